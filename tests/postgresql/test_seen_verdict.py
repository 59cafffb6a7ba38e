"""Tests for L{quorumha.postgresql.seen_verdict}."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.role_word import HIGHEST
from quorumha.postgresql.seen_verdict import SeenVerdict, seen_verdict


def entry(timeline: object, system: object = "7", group: str = "g") -> dict[str, object]:
    """One of a response."""
    return {"group": group, "system_identifier": system, "timeline": timeline}


class SeenVerdictTests(SynchronousTestCase):
    """What follows from one response."""

    def said(self, *entries: object) -> SeenVerdict:
        """Of such a list."""
        return seen_verdict(200, json.dumps(entries).encode())

    def test_timelines(self) -> None:
        """By system, whatever a group is called; more than is known may stand there."""
        found = self.said(entry(3), entry(2, "8"), {**entry(4, group="h"), "more": [1]}, entry(1))
        self.assertEqual(found, SeenVerdict(timelines={"7": 4, "8": 2}))
        self.assertEqual(self.said(), SeenVerdict(timelines={}))
        self.assertEqual(self.said(entry(HIGHEST)).timelines, {"7": HIGHEST})

    def test_no_quorumhas(self) -> None:
        """Nothing of it counts then: a number that no timeline has would end all writers for ever."""
        for wrong in (
            entry(0),
            entry(-1),
            entry(HIGHEST + 1),
            entry(2**70),
            entry(1.5),
            entry("3"),
            entry(True),
            entry(1, ""),
            entry(1, 7),
            {"timeline": 1},
            [1],
            None,
        ):
            found = self.said(entry(3), wrong)
            self.assertEqual((found.timelines, found.fault), (None, "what it answers is not a quorumha's"))
        deep = b'[{"more": ' + b"[" * 100_000
        for body in (b"", b"{}", b"alive\n", b"[" * 5000, deep, b"\xff", b"null"):
            self.assertEqual(seen_verdict(200, body).fault, "what it answers is not a quorumha's", body)

    def test_statuses(self) -> None:
        """An older quorumha has no such path."""
        fault = seen_verdict(404, b"there is nothing at this path\n").fault
        self.assertEqual(
            fault, "it has no /writerz: it is an older quorumha, or this is not its `[admin] probes`"
        )
        fault = seen_verdict(421, b"[]").fault
        self.assertEqual(fault, "it answers 421: the host by which it is asked is not in its `[admin] hosts`")
        self.assertEqual(seen_verdict(503, b"[]").fault, "it answers 503")

    @given(st.integers(100, 599), st.binary(max_size=200))
    def test_anything(self, status: int, body: bytes) -> None:
        """Either it is a word, or a fault."""
        found = seen_verdict(status, body)
        self.assertEqual(found.timelines is None, found.fault is not None)
