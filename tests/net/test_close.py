"""ended_cleanly, by the reasons that Twisted gives.  With real sockets: tests/integration/test_endings.py."""

from __future__ import annotations

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.close import ended_cleanly


class EndedCleanlyTests(SynchronousTestCase):
    def test_reasons(self) -> None:
        self.assertTrue(ended_cleanly(Failure(ConnectionDone())))
        self.assertFalse(ended_cleanly(Failure(ConnectionLost())))
        self.assertFalse(ended_cleanly(Failure(ConnectionAborted())))
        self.assertFalse(ended_cleanly(Failure(ValueError())))
