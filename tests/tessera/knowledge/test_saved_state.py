"""What is remembered of what members said of their versions."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.api_versions import common
from quorumha.tessera.knowledge.saved_state import SavedState

GOOD = {"versions": {"a": ["1.0", "2.0"]}, "texts": {"/version": "20.10.1"}}


class SavedStateTests(SynchronousTestCase):
    """L{SavedState}."""

    def setUp(self) -> None:
        self.kept: list[bytes] = []
        self.saved_state = SavedState(self.kept.append)

    def test_over_a_restart(self) -> None:
        """What was kept last says all that was learnt."""
        self.saved_state.learn_versions("a", frozenset({"2.0", "1.0"}))
        self.saved_state.learn_versions("b", frozenset({"1.0"}))
        self.saved_state.learn_text("/version", "20.10.1-SNAPSHOT")
        later = SavedState(kept=self.kept[-1])
        self.assertEqual(common(later.versions, "ab"), ["1.0"])
        self.assertEqual(common(later.versions, "a"), ["1.0", "2.0"])
        self.assertEqual(later.texts, {"/version": "20.10.1-SNAPSHOT"})

    def test_kept_only_when_there_is_news(self) -> None:
        for _ in range(3):
            self.saved_state.learn_versions("a", frozenset({"1.0"}))
            self.saved_state.learn_text("/version", "1")
        self.assertEqual(len(self.kept), 2)
        self.saved_state.learn_versions("a", frozenset({"1.0", "2.0"}))
        self.saved_state.learn_text("/version", "2")
        self.assertEqual(len(self.kept), 4)
        again = SavedState(self.kept.append, self.kept[-1])
        again.learn_versions("a", frozenset({"1.0", "2.0"}))
        again.learn_text("/version", "2")
        self.assertEqual(len(self.kept), 4, "what was read is no news")

    def test_long_texts(self) -> None:
        """A page of another server is no version."""
        self.saved_state.learn_text("/version", "x" * 1000)
        self.assertEqual((self.saved_state.texts, self.kept), ({}, []))

    def test_nowhere_to_keep_it(self) -> None:
        """It is remembered all the same, while the process lives."""
        saved_state = SavedState()
        saved_state.learn_versions("a", frozenset({"1.0"}))
        saved_state.learn_text("/version", "1")
        self.assertEqual(common(saved_state.versions, "a"), ["1.0"])
        self.assertEqual(saved_state.texts, {"/version": "1"})

    def test_bad_files(self) -> None:
        """They are as none: nothing that a node did not say is told to a client."""
        for bad in (
            b"",
            b"{",
            b"[]",
            b"null",
            b"\xff\xfe",
            b"{}",
            b"[" * 100_000,
            json.dumps({**GOOD, "versions": []}).encode(),
            json.dumps({**GOOD, "versions": {"a": "1.0"}}).encode(),
            json.dumps({**GOOD, "versions": {"a": [1.0]}}).encode(),
            json.dumps({**GOOD, "versions": {"a": None}}).encode(),
            json.dumps({**GOOD, "versions": {"a": ["1" * 5000]}}).encode(),
            json.dumps({**GOOD, "texts": None}).encode(),
            json.dumps({**GOOD, "texts": {"/version": None}}).encode(),
            json.dumps({**GOOD, "texts": {"/version": ["x"]}}).encode(),
            json.dumps({**GOOD, "texts": {"/version": "\u20ac"}}).encode(),
            json.dumps({**GOOD, "texts": {"/version": "\ud800"}}).encode(),
            json.dumps({"versions": {}}).encode(),
        ):
            saved_state = SavedState(kept=bad)
            self.assertEqual(saved_state.texts, {}, bad[:60])
            self.assertEqual(saved_state.versions, {}, bad[:60])
        self.assertEqual(SavedState(kept=json.dumps(GOOD).encode()).texts, GOOD["texts"])

    @given(
        st.one_of(
            st.binary(max_size=60),
            st.recursive(
                st.none() | st.integers() | st.text(max_size=30) | st.floats(),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.sampled_from(["versions", "texts", "a"]), inner, max_size=3)
                ),
                max_leaves=8,
            ).map(lambda value: json.dumps(value).encode()),
        )
    )
    def test_any_file(self, kept: bytes) -> None:
        """Whatever is in it, it can be used."""
        saved_state = SavedState(self.kept.append, kept)
        for version in common(saved_state.versions, ["a", "versions", "texts"]):
            self.assertIsInstance(version, str)
        for text in saved_state.texts.values():
            text.encode("latin-1")
        saved_state.learn_versions("a", frozenset({"1.0"}))
