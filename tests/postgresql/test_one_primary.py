"""Tests for L{quorumha.postgresql.one_primary}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.one_primary import OnePrimary
from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, SavedWriter, Writer

LEASE = 3.0


def primary(timeline: int, system: str = "7", *, read_only: bool = False) -> RoleWord:
    """What a primary says."""
    return RoleWord(True, timeline, system, read_only)


def standby(timeline: int, system: str = "7") -> RoleWord:
    """What a standby says."""
    return RoleWord(False, timeline, system)


class Told:
    """A L{OnePrimary} of C{a} and C{b}, and its clock."""

    def __init__(self, saved: SavedWriter | None = None, system: str = "", members: str = "ab") -> None:
        self.now = 100.0
        self.one = OnePrimary(LEASE, saved or SavedWriter(), system)
        self.one.members(list(members), self.now)

    def say(self, place: str, word: RoleWord | None, ago: float = 0.0) -> Decision:
        """A member says this, or nothing; what follows."""
        if word is None:
            self.one.unreachable(place, self.now)
        else:
            self.one.observed(place, word, self.now - ago, self.now)
        return self.one.decision

    def wait(self, seconds: float) -> Decision:
        """Time passes."""
        self.now += seconds
        self.one.tick(self.now)
        return self.one.decision


class PartTwoTests(SynchronousTestCase):
    """Who is the writer."""

    def setUp(self) -> None:
        self.told = Told()

    def test_one_is_the_writer(self) -> None:
        """Of a primary and its standby."""
        self.assertEqual(self.told.say("a", primary(1)), Nobody(Cause.STARTING, ("b",)))
        self.assertEqual(self.told.say("b", standby(1)), Writer("a", 1))

    def test_split(self) -> None:
        """Two say the same timeline."""
        self.told.say("a", primary(1))
        self.assertEqual(self.told.say("b", primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))
        self.assertEqual(self.told.say("b", primary(2)), Writer("b", 2))

    def test_silent(self) -> None:
        """Its sessions pause, until it says something, or another one is promoted."""
        self.told.say("a", primary(1))
        self.told.say("b", standby(1))
        self.assertEqual(self.told.wait(LEASE), Writer("a", 1, paused=True))
        self.assertEqual(self.told.say("a", primary(1)), Writer("a", 1))
        self.assertEqual(self.told.say("b", primary(2)), Writer("b", 2))
        self.assertEqual(self.told.say("a", primary(1)), Writer("b", 2))
