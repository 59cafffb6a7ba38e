"""The last changes of members' states."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Lack
from quorumha.numbers import LastChange
from quorumha.pool.recent_changes import KEPT, RecentChanges, StateChange
from tests.pool.test_pool import pool_of, upstream


class RecentChangesTests(SynchronousTestCase):
    """L{RecentChanges}."""

    def setUp(self) -> None:
        self.now = 1000.0
        self.pool = pool_of(upstream("a"), upstream("b"))
        self.a, self.b = self.pool.members
        self.changes = RecentChanges(lambda: {self.pool.name: self.pool}, lambda: self.now)
        self.pool.observers.add(self.changes)

    def test_newest_first(self) -> None:
        """With the wall's time; the member's numbers know of it, too, and those of others do not."""
        self.pool.checked(self.a, "refused", 5.0, "checked again")
        self.now = 1010.0
        self.pool.checked(self.a, None, 6.0, "")
        name = self.pool.name
        up, down = self.changes.newest
        self.assertEqual(down, StateChange(1000.0, name, "a", "down", "refused", "checked again"))
        self.assertEqual((up.at, up.change, up.cause), (1010.0, "up", "its checks are good"))
        numbers = self.a.numbers
        self.assertEqual(dict(numbers.changes), {"down": 1, "up": 1})
        self.assertEqual(numbers.last["down"], LastChange(1000.0, "refused", "checked again"))
        self.assertEqual((numbers.changed_at, numbers.cause), (1010.0, "its checks are good"))
        self.assertEqual((dict(self.b.numbers.changes), self.b.numbers.changed_at), ({}, 0.0))

    def test_bounded(self) -> None:
        for turn in range(KEPT):
            self.now = float(turn)
            self.a.enabled = not self.a.enabled
        self.now = 2000.0
        self.b.enabled = False
        newest = self.changes.newest
        self.assertEqual((len(newest), newest[0].upstream, newest[-1].at), (KEPT, "b", 1.0))
        self.assertEqual(sum(self.a.numbers.changes.values()), KEPT)

    def test_other_facts(self) -> None:
        self.pool.observers.notify(Lack(self.pool.name, "a", "no descriptors"))
        self.assertEqual(self.changes.newest, ())

    def test_member_that_is_gone(self) -> None:
        """It is told of, and counted nowhere."""
        self.pool.remove(self.b)
        self.assertEqual([one.change for one in self.changes.newest], ["removed"])
        self.assertEqual(dict(self.b.numbers.changes), {})
