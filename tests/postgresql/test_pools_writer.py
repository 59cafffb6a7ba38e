"""Tests for L{quorumha.postgresql.pools_writer}."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Observers
from quorumha.postgresql.writer_group import WriterGroup
from tests.postgresql.group_fixture import LEASE, Grouped, MemoryDisk, make_pool, primary, standby


class PoolsWriterTests(SynchronousTestCase):
    """A pool takes part while somebody needs it."""

    def test_nothing_before_the_start(self) -> None:
        """A configuration that is only checked changes nothing."""
        clock = Clock()
        group, pool = WriterGroup("main", clock, Observers(), LEASE), make_pool("left", Observers())
        view = group.of(pool)
        self.assertIs(group.of(pool), view)
        self.assertIsNone(pool.writer)
        self.assertEqual(clock.getDelayedCalls(), [])
        view.start()
        self.assertIs(pool.writer, view)

    def test_as_long_as_anybody_needs_it(self) -> None:
        """Two listeners of a pool have one; a reload starts the new part before it stops the old one."""
        grouped = Grouped()
        view, pool = grouped.views[0], grouped.pools[0]
        view.start()
        view.stop()
        self.assertIs(pool.writer, view)
        grouped.say(a=primary(1), b=standby(1))
        self.assertEqual(grouped.relays[0].at, "a")
        view.stop()
        self.assertIsNone(pool.writer)

    def test_another_group_and_back(self) -> None:
        """Of the views of a pool the one that was started last is told what members say."""
        grouped = Grouped()
        view, pool = grouped.views[0], grouped.pools[0]
        other = WriterGroup("other", grouped.clock, Observers(), LEASE).of(pool)
        other.start()
        self.assertIs(pool.writer, other)
        view.start()
        self.assertIs(pool.writer, view)
        other.stop()
        view.stop()
        self.assertIs(pool.writer, view)

    def test_the_end(self) -> None:
        """Nothing is scheduled any more, and what is kept stays as it is."""
        disk = MemoryDisk()
        grouped = Grouped(disk)
        grouped.say(a=primary(1), b=standby(1))
        saved = disk.saved
        for view in grouped.views:
            view.stop()
        self.assertEqual(grouped.clock.getDelayedCalls(), [])
        self.assertEqual((disk.saved, grouped.relays[0].at), (saved, "a"))

    def test_it_begins_anew(self) -> None:
        """What was said meanwhile is not known: its sessions pause."""
        grouped = Grouped()
        grouped.say(a=primary(1), b=standby(1))
        for view in grouped.views:
            view.stop()
        grouped.news()
        grouped.clock.advance(LEASE)
        grouped.views[0].start()
        self.assertEqual(grouped.news(), ["pause 10.0.0.a:5432"])

    def test_of_another_group(self) -> None:
        """A reload moved the pool there: the old group's end takes nothing from it."""
        grouped = Grouped()
        other = WriterGroup("other", grouped.clock, Observers(), LEASE).of(grouped.pools[0])
        other.start()
        grouped.views[0].stop()
        self.assertIs(grouped.pools[0].writer, other)
