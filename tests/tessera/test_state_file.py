"""What is remembered of start-up answers."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.state_file import NewestLast, SavedState, read_file, write_file

GOOD = {"versions": {"a": ["1.0", "2.0"]}, "texts": {"/version": "20.10.1"}}


class RememberedTests(SynchronousTestCase):
    """L{SavedState}."""

    def setUp(self) -> None:
        self.kept: list[bytes] = []
        self.remembered = SavedState(self.kept.append)

    def test_over_a_restart(self) -> None:
        """What was kept last says all that was learnt."""
        self.remembered.learn_versions("a", frozenset({"2.0", "1.0"}))
        self.remembered.learn_versions("b", frozenset({"1.0"}))
        self.remembered.learn_text("/version", "20.10.1-SNAPSHOT")
        later = SavedState(kept=self.kept[-1])
        self.assertEqual(later.versions.common("ab"), ["1.0"])
        self.assertEqual(later.versions.common("a"), ["1.0", "2.0"])
        self.assertEqual(later.texts, {"/version": "20.10.1-SNAPSHOT"})

    def test_kept_only_when_there_is_news(self) -> None:
        for _ in range(3):
            self.remembered.learn_versions("a", frozenset({"1.0"}))
            self.remembered.learn_text("/version", "1")
        self.assertEqual(len(self.kept), 2)
        self.remembered.learn_versions("a", frozenset({"1.0", "2.0"}))
        self.remembered.learn_text("/version", "2")
        self.assertEqual(len(self.kept), 4)
        again = SavedState(self.kept.append, self.kept[-1])
        again.learn_versions("a", frozenset({"1.0", "2.0"}))
        again.learn_text("/version", "2")
        self.assertEqual(len(self.kept), 4, "what was read is no news")

    def test_long_texts(self) -> None:
        """A page of another server is no version."""
        self.remembered.learn_text("/version", "x" * 1000)
        self.assertEqual((self.remembered.texts, self.kept), ({}, []))

    def test_nowhere_to_keep_it(self) -> None:
        """It is remembered all the same, while the process lives."""
        remembered = SavedState()
        remembered.learn_versions("a", frozenset({"1.0"}))
        remembered.learn_text("/version", "1")
        self.assertEqual(remembered.versions.common("a"), ["1.0"])
        self.assertEqual(remembered.texts, {"/version": "1"})

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
            remembered = SavedState(kept=bad)
            self.assertEqual(remembered.texts, {}, bad[:60])
            self.assertEqual(remembered.versions.by_member, {}, bad[:60])
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
        remembered = SavedState(self.kept.append, kept)
        for version in remembered.versions.common(["a", "versions", "texts"]):
            self.assertIsInstance(version, str)
        for text in remembered.texts.values():
            text.encode("latin-1")
        remembered.learn_versions("a", frozenset({"1.0"}))


class NewestLastTests(SynchronousTestCase):
    """L{NewestLast}."""

    def test_the_newest_comes_last(self) -> None:
        """Two writers at once could end in either order, and what was known first would stay."""
        began: list[tuple[bytes, Deferred[None]]] = []

        def write(data: bytes) -> Deferred[None]:
            began.append((data, Deferred()))
            return began[-1][1]

        keep = NewestLast(write)
        for data in (b"1", b"2", b"3"):
            keep(data)
        self.assertEqual([data for data, _ in began], [b"1"])
        began[0][1].callback(None)
        self.assertEqual([data for data, _ in began], [b"1", b"3"])
        began[1][1].errback(OSError())
        self.flushLoggedErrors(OSError)
        self.assertEqual(len(began), 2)
        keep(b"4")
        self.assertEqual(began[-1][0], b"4")


class FileTests(SynchronousTestCase):
    """L{read_file} and L{write_file}."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir(parents=True)
        self.path = self.folder / "l.versions.json"

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def test_written_and_read(self) -> None:
        write_file(self.path, b"one")
        write_file(self.path, b"two")
        self.assertEqual(read_file(self.path), b"two")
        self.assertEqual(self.names(), ["l.versions.json"], "and nothing beside it")

    def test_nothing_there(self) -> None:
        self.assertEqual(read_file(self.path), b"")
        self.assertEqual(read_file(self.folder), b"", "a folder is no file")

    def test_fifo_is_not_waited_for(self) -> None:
        """Nothing but a file is read."""
        path = Path(self.mktemp())
        os.mkfifo(path)
        self.assertEqual(read_file(path), b"")

    def test_cannot_be_written(self) -> None:
        """It is said, and leaves nothing behind."""
        with self.assertRaises(OSError):
            write_file(self.folder / "nowhere" / "x.json", b"x")
        self.path.mkdir()
        with self.assertRaises(OSError):
            write_file(self.path, b"x")
        self.assertEqual(self.names(), ["l.versions.json"])

    def test_whole_or_not_at_all(self) -> None:
        """Also when several threads write at once: each puts a whole file in place."""
        pieces = [bytes([65 + number]) * 100_000 for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda piece: [write_file(self.path, piece) for _ in range(25)], pieces))
        self.assertIn(read_file(self.path), pieces)
        self.assertEqual(self.names(), ["l.versions.json"])
