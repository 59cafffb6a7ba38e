"""How many descriptors there may be, and how many are kept back."""

from __future__ import annotations

import doctest
import os
import resource

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net import descriptors
from quorumha.net.descriptors import MOST, allowed, clients_for, lowest_free, raise_limit, reserve_of


class Selecting(SelectReactor):
    """The select reactor, as far as its kind is looked at."""

    def __init__(self) -> None:
        """Nothing of it runs."""


class LimitTests(SynchronousTestCase):
    """The soft limit of this very process, put back afterwards."""

    def setUp(self) -> None:
        soft, self.hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, self.hard))
        self.most = MOST if self.hard == resource.RLIM_INFINITY else min(MOST, self.hard)

    def soften(self, limit: int) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, self.hard))

    def soft(self) -> int:
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

    def test_raised_and_told(self) -> None:
        self.soften(300)
        with capturedLogs() as events:
            raise_limit(Clock())
        self.assertEqual((self.soft(), allowed(Clock())), (self.most, self.most))
        self.assertEqual(
            [(one["event"], one["limit"]) for one in events], [("descriptors-raised", self.most)]
        )

    def test_never_lowered(self) -> None:
        with capturedLogs() as events:
            raise_limit(Clock())
            raise_limit(Clock())
        self.assertLessEqual(len(events), 1)
        self.assertGreaterEqual(self.soft(), self.most)

    def test_select(self) -> None:
        """It could not watch more, so more would end it."""
        self.soften(300)
        raise_limit(Selecting())
        self.assertEqual(self.soft(), 300)
        self.soften(self.most)
        self.assertEqual(allowed(Selecting()), min(1024, self.most))


class ReserveTests(SynchronousTestCase):
    """What is kept back."""

    def test_examples(self) -> None:
        self.assertEqual(doctest.testmod(descriptors).failed, 0)

    @given(st.integers(16, 1_000_000))
    def test_enough_for_all(self, limit: int) -> None:
        """Two for each client, and a quarter, or 64, for all else."""
        self.assertEqual(reserve_of(limit), min(limit // 4, 64))
        self.assertLessEqual(2 * clients_for(limit), limit - reserve_of(limit))

    def test_lowest_free(self) -> None:
        free = lowest_free()
        reading, writing = os.pipe()
        self.assertEqual(reading, free)
        self.assertGreater(lowest_free() or 0, reading)
        os.close(reading)
        os.close(writing)
        self.assertEqual(lowest_free(), free)

    def test_none_free(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        self.assertIsNone(lowest_free())
