"""Tests for L{quorumha.ctl.ages}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.ages import age


class AgeTests(SynchronousTestCase):
    """L{age}."""

    def test_bounds(self) -> None:
        """Two units, and whole numbers."""
        for seconds, said in ((-1, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (86400, "1 d 0 h")):
            self.assertEqual(age(seconds), said)
