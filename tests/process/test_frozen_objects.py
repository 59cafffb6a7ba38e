"""What the garbage collector does not look at again."""

from __future__ import annotations

import gc

from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.frozen_objects import freeze_objects


class FrozenTests(SynchronousTestCase):
    def test_frozen(self) -> None:
        """What is there now; what comes is collected as ever."""
        before: list[object] = [[]]
        self.assertTrue(any(one is before for one in gc.get_objects()))
        freeze_objects()
        after: list[object] = [[]]
        tracked = gc.get_objects()
        self.assertFalse(any(one is before for one in tracked))
        self.assertTrue(any(one is after for one in tracked))
