"""What the members of a pool can do together."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.api_versions import OLDEST, ApiVersions, order, parse_versions

VERSIONS = st.frozensets(st.sampled_from(["1.0", "2.0", "2.1", "3.0", "4.0", "10.0", "x", "1.x"]))


class ParseTests(SynchronousTestCase):
    """L{parse_versions}."""

    def test_as_real_nodes_write_it(self) -> None:
        self.assertEqual(parse_versions(b'["1.0","2.0"]'), frozenset({"1.0", "2.0"}))
        self.assertEqual(parse_versions(b"[]"), frozenset())

    def test_what_is_none(self) -> None:
        for body in (
            b"",
            b"null",
            b'"1.0"',
            b'{"1.0":1}',
            b"[1.0]",
            b'["1.0",null]',
            b'[["1.0"]]',
            b'["%b"]' % (b"1" * 20),
            b"<html>",
            b"\xff",
            b"[" * 100_000,
        ):
            self.assertIsNone(parse_versions(body), body[:20])

    @given(st.binary(max_size=60))
    def test_any_bytes(self, body: bytes) -> None:
        found = parse_versions(body)
        if found is not None:
            self.assertIsInstance(json.loads(body), list)


class OrderTests(SynchronousTestCase):
    """L{order}."""

    def test_by_numbers(self) -> None:
        self.assertEqual(
            sorted(["10.0", "2.1", "2.0", "1.0", "2.10", "2"], key=order),
            ["1.0", "2", "2.0", "2.1", "2.10", "10.0"],
        )

    @given(st.text(max_size=19))
    def test_any_text(self, version: str) -> None:
        """What is no number counts as 0, signs of other scripts too."""
        self.assertEqual(len(order(version)), version.count(".") + 1)
        self.assertEqual(order("\N{ARABIC-INDIC DIGIT THREE}.1"), (0, 1))


class ApiVersionsTests(SynchronousTestCase):
    """L{ApiVersions}."""

    def test_intersection(self) -> None:
        known = ApiVersions({"a": ["2.1", "1.0", "2.0"], "b": ["1.0", "2.1"]})
        self.assertEqual(known.common(["a", "b"]), ["1.0", "2.1"])
        self.assertEqual(known.common(["a"]), ["1.0", "2.0", "2.1"])

    def test_members_that_never_answered_do_not_count(self) -> None:
        known = ApiVersions({"a": ["1.0", "2.0"]})
        self.assertEqual(known.common(["a", "b"]), ["1.0", "2.0"])
        self.assertEqual(known.common(["b"]), [], "nothing is known")
        self.assertEqual(known.common([]), [])

    def test_nothing_in_common(self) -> None:
        """Then the oldest: every Tessera understands it."""
        self.assertEqual(ApiVersions({"a": ["2.0"], "b": ["3.0"]}).common("ab"), [OLDEST])

    def test_news(self) -> None:
        """What a member says again is none; what it says last is what counts."""
        known = ApiVersions()
        self.assertTrue(known.learn("a", frozenset({"1.0"})))
        self.assertFalse(known.learn("a", frozenset({"1.0"})))
        self.assertTrue(known.learn("a", frozenset({"1.0", "2.0"})))
        self.assertEqual(known.common("a"), ["1.0", "2.0"])

    @given(st.dictionaries(st.sampled_from("abcd"), VERSIONS), st.sets(st.sampled_from("abcde")))
    def test_rules(self, by_member: dict[str, frozenset[str]], asked: set[str]) -> None:
        """What is told each member knows; it is all of that, lowest first; and always the same."""
        common = ApiVersions(by_member).common(sorted(asked))
        known = [by_member[name] for name in asked if name in by_member]
        self.assertEqual(bool(common), bool(known))
        if common != [OLDEST]:
            for versions in known:
                self.assertLessEqual(set(common), versions)
        everything = set().union(*by_member.values())
        for version in everything:
            if known and all(version in versions for versions in known):
                self.assertIn(version, common)
        self.assertEqual([order(v) for v in common], sorted(order(v) for v in common))
        self.assertEqual(common, ApiVersions(by_member).common(sorted(asked, reverse=True)))
