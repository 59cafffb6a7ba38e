"""Upstreams, states and outcomes: values."""

from __future__ import annotations

import doctest
from itertools import pairwise

from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool import upstream
from quorumha.pool.upstream import (
    AttemptState,
    Broken,
    ConnectFailed,
    LocalFailure,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    Upstream,
    describe,
)


class ValueTests(SynchronousTestCase):
    """What may be told apart, and what is told."""

    def test_describe(self) -> None:
        outcomes: list[tuple[Outcome, str]] = [
            (ConnectFailed("refused"), "could not connect (refused)"),
            (LocalFailure("no memory"), "could not be asked (no memory)"),
            (TimedOut(Phase.CONNECT), "timed out (connect)"),
            (Broken("connection lost"), "broke off (connection lost)"),
            (Responded(404), "answered 404"),
        ]
        for outcome, words in outcomes:
            self.assertEqual(describe(outcome), words)

    def test_examples(self) -> None:
        self.assertEqual(doctest.testmod(upstream).failed, 0)

    def test_states_are_in_order(self) -> None:
        """A policy may ask whether an attempt got as far as a state."""
        order = [
            AttemptState.DIALLED,
            AttemptState.CONNECTED,
            AttemptState.SENT_SOME,
            AttemptState.SENT_ALL,
            AttemptState.HEAD_SEEN,
            AttemptState.PASSED_DOWN,
        ]
        self.assertEqual(order, sorted(AttemptState))
        for earlier, later in pairwise(order):
            self.assertLess(earlier, later)

    def test_endpoint_is_not_shown(self) -> None:
        """Its text could hold paths of keys; two dials of one place are one upstream."""
        reactor = MemoryReactor()
        one, other = (Upstream("a", TCP4ClientEndpoint(reactor, "10.0.0.1", n)) for n in (1, 2))
        self.assertNotIn("10.0.0.1", repr(one))
        self.assertEqual(one, other)

    def test_defaults(self) -> None:
        """nginx's: one failure within ten seconds puts aside for ten seconds."""
        one = Upstream("a", TCP4ClientEndpoint(MemoryReactor(), "10.0.0.1", 1))
        self.assertEqual((one.max_fails, one.fail_timeout, one.weight, one.backup), (1, 10.0, 1, False))
