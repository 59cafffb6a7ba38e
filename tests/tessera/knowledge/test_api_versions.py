"""What the members of a pool can do together."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.api_versions import OLDEST, common, order, parse_versions

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


def sets(known: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(versions) for name, versions in known.items()}


class CommonTests(SynchronousTestCase):
    """L{common}."""

    def test_intersection(self) -> None:
        known = sets({"a": ["2.1", "1.0", "2.0"], "b": ["1.0", "2.1"]})
        self.assertEqual(common(known, ["a", "b"]), ["1.0", "2.1"])
        self.assertEqual(common(known, ["a"]), ["1.0", "2.0", "2.1"])

    def test_members_that_never_answered_do_not_count(self) -> None:
        known = sets({"a": ["1.0", "2.0"]})
        self.assertEqual(common(known, ["a", "b"]), ["1.0", "2.0"])
        self.assertEqual(common(known, ["b"]), [], "nothing is known")
        self.assertEqual(common(known, []), [])

    def test_nothing_in_common(self) -> None:
        """Then the oldest: every Tessera understands it."""
        self.assertEqual(common(sets({"a": ["2.0"], "b": ["3.0"]}), "ab"), [OLDEST])

    @given(st.dictionaries(st.sampled_from("abcd"), VERSIONS), st.sets(st.sampled_from("abcde")))
    def test_rules(self, by_member: dict[str, frozenset[str]], asked: set[str]) -> None:
        """What is told each member knows; it is all of that, lowest first; and always the same."""
        told = common(by_member, sorted(asked))
        known = [by_member[name] for name in asked if name in by_member]
        self.assertEqual(bool(told), bool(known))
        if told != [OLDEST]:
            for versions in known:
                self.assertLessEqual(set(told), versions)
        everything = set().union(*by_member.values())
        for version in everything:
            if known and all(version in versions for versions in known):
                self.assertIn(version, told)
        self.assertEqual([order(v) for v in told], sorted(order(v) for v in told))
        self.assertEqual(told, common(by_member, sorted(asked, reverse=True)))
