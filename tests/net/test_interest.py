"""Who is in an epoll, and for what; the rest is tested with the poller."""

from __future__ import annotations

import select
import socket

from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.interest import Interest
from tests.net.turns import Turns


class InterestTests(SynchronousTestCase):
    """What the kernel is asked for."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.interest = Interest(self.reactor)
        self.one, other = socket.socketpair()
        for end in (self.one, other):
            self.addCleanup(end.close)

    def mask(self) -> int | None:
        return self.interest._masks.get(self.one.fileno())

    def test_masks(self) -> None:
        interest, one = self.interest, self.one
        for step, mask in (
            (interest.addReader, select.EPOLLIN),
            (interest.addWriter, select.EPOLLIN | select.EPOLLOUT),
            (interest.pauseReader, select.EPOLLOUT),
            (interest.removeWriter, 0),
            (interest.addReader, select.EPOLLIN),
            (lambda one: interest.pauseReader(one, closes=True), select.EPOLLRDHUP),
            (interest.addWriter, select.EPOLLRDHUP | select.EPOLLOUT),
            (interest.removeReader, select.EPOLLOUT),
            (interest.removeWriter, None),
            (interest.removeReader, None),
        ):
            step(one)
            self.assertEqual(self.mask(), mask)
            self.assertEqual(bool(self.reactor.readers), mask is not None)

    def test_watched(self) -> None:
        self.interest.addReader(self.one)
        self.assertEqual(self.interest.watched(), {self.one})
        self.interest.pauseReader(self.one)
        self.assertEqual(self.interest.watched(), set())

    def test_closed(self) -> None:
        """Who has no number any more is not taken."""
        self.one.close()
        self.interest.pauseReader(self.one)
        self.assertEqual(self.interest._masks, {})
