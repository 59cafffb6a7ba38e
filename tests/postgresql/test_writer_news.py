"""Tests for L{quorumha.postgresql.writer_news}, and for the log's lines of its facts."""

from __future__ import annotations

from twisted.logger import formatEvent
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.recent_changes import RecentChanges
from quorumha.postgresql.writer_facts import NotSynchronous, OldPrimary, SystemDiffers, WriterChanged
from quorumha.postgresql.writer_log_lines import LINES
from tests.postgresql.group_fixture import LEASE, Grouped, primary, standby


def text(fact: object) -> str:
    """What the log says."""
    line = LINES.line_of(fact)
    assert line is not None, fact
    return formatEvent({**line.keys(fact), "log_format": line.text})


def event(fact: object) -> object:
    """What it calls it."""
    line = LINES.line_of(fact)
    assert line is not None, fact
    return line.keys(fact)["event"]


class Row5OneEventTests(SynchronousTestCase):
    """Every change is one fact, with its cause and what happens next, however many pools have it."""

    def setUp(self) -> None:
        self.grouped = Grouped()
        self.grouped.say(a=primary(1), b=standby(1))

    def changes(self) -> list[str]:
        """What changed since it was last asked."""
        return [text(fact) for fact in self.grouped.made(WriterChanged)]

    def test_row_5_a_writer(self) -> None:
        """At the start."""
        [fact] = self.grouped.made(WriterChanged)
        self.assertEqual((fact.pool, fact.upstream, fact.change), ("left", "a", "writer"))
        self.assertEqual((fact.group, fact.timeline, event(fact)), ("main", 1, "writer"))
        self.assertEqual(
            text(fact),
            "main: a is written to from now on, on timeline 1: a says that it is the primary, on timeline 1;"
            " all sessions go there",
        )

    def test_row_5_a_switch(self) -> None:
        """One fact: not that nobody was, in between."""
        self.changes()
        self.grouped.say(b=primary(2))
        self.assertEqual(
            self.changes(),
            [
                "main: b is written to from now on, on timeline 2: b was promoted: its timeline 2 is higher"
                " than 1; all sessions go there"
            ],
        )

    def test_row_5_silent_and_resumed(self) -> None:
        """Each once."""
        self.changes()
        self.grouped.clock.advance(LEASE)
        self.grouped.say(a=None)
        self.grouped.clock.advance(LEASE)
        self.grouped.say(b=standby(1), a=primary(1))
        self.assertEqual(
            self.changes(),
            [
                "main: the sessions of a pause: a, which is written to, has said nothing for 3 s; they go on"
                " when it says again that it is the primary, or end when another one is promoted",
                "main: the sessions of a go on: a says again that it is the primary; all sessions go there",
            ],
        )

    def test_row_5_nobody(self) -> None:
        """Once, though the reason changes while it lasts."""
        self.changes()
        self.grouped.say(a=standby(1))
        self.grouped.clock.advance(LEASE)
        self.grouped.say(a=None, b=None)
        self.assertEqual(
            self.changes(),
            [
                "main: nobody is written to: no member says that it is a primary (a, b);"
                " sessions wait for a promotion"
            ],
        )

    def test_row_5_split(self) -> None:
        """It says whom it is about, and what a person has to do."""
        self.changes()
        self.grouped.say(b=primary(1))
        self.grouped.say(b=standby(2))
        [fact] = self.grouped.made(WriterChanged)
        self.assertEqual((event(fact), fact.upstream), ("database-split", "a, b"))
        self.assertIn("quorumha database use NAME --yes", text(fact))

    def test_row_5_nobody_from_the_start(self) -> None:
        """Who starts with an old primary wants to know why nothing happens."""
        grouped = Grouped()
        grouped.say(a=standby(1), b=None)
        self.assertEqual([event(fact) for fact in grouped.made(WriterChanged)], ["no-writer"])

    def test_row_5_forgotten(self) -> None:
        """By a person: once, also where a split ends so."""
        self.grouped.say(b=primary(1))
        self.changes()
        self.grouped.views[0].forget()
        [said] = self.changes()
        self.assertIn("nobody is written to: a person had what was known of the database forgotten", said)

    def test_row_5_a_row_of_changes(self) -> None:
        """The page's strip shows it."""
        recent = RecentChanges(dict, lambda: 7.0)
        for fact in self.grouped.facts:
            recent(fact)
        [row] = recent.newest
        self.assertEqual((row.at, row.pool, row.upstream, row.change), (7.0, "left", "a", "writer"))
        self.assertEqual(row.next, "all sessions go there")

    def test_every_fact_has_a_line(self) -> None:
        """Of those that there are."""
        self.grouped.say(b=primary(2))
        for fact in self.grouped.facts:
            self.assertTrue(text(fact))


class MemberNewsTests(SynchronousTestCase):
    """What is wrong with a member that may not be written to is said once, until it changes."""

    def setUp(self) -> None:
        self.grouped = Grouped()
        self.grouped.say(a=primary(1), b=primary(2))

    def test_old_primary(self) -> None:
        """It is back, and writable."""
        self.grouped.made(OldPrimary)
        self.grouped.say(a=standby(2))
        self.grouped.say(a=primary(1))
        self.grouped.say(a=primary(1))
        facts = self.grouped.made(OldPrimary)
        self.assertEqual(facts, [OldPrimary("left", "a", 1, 2)])
        self.assertIn("is an old one, and gets no session", text(facts[0]))

    def test_another_system(self) -> None:
        """A standby of something else, too."""
        for _ in range(2):
            self.grouped.say(a=standby(9, "8"))
        facts = self.grouped.made(SystemDiffers)
        self.assertEqual(facts, [SystemDiffers("left", "a", "8", "7")])
        self.assertIn("its system_identifier is 8, not 7", text(facts[0]))

    def test_not_synchronous(self) -> None:
        """Once, until it was; of the writer alone, and where it says so."""
        for synchronous in (None, False, False, None, True, False):
            self.grouped.say(b=primary(2, synchronous=synchronous), a=primary(1, synchronous=False))
        facts = self.grouped.made(NotSynchronous)
        self.assertEqual(facts, [NotSynchronous("left", "b")] * 2)
        self.assertIn("`synchronous_standby_names` is empty", text(facts[0]))
