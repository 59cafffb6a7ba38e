"""closed_cleanly, by the reasons that Twisted gives; with sockets: tests/integration/test_endings.py."""

from __future__ import annotations

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.progress import closed_cleanly


class EndedCleanlyTests(SynchronousTestCase):
    def test_reasons(self) -> None:
        self.assertTrue(closed_cleanly(Failure(ConnectionDone())))
        self.assertFalse(closed_cleanly(Failure(ConnectionLost())))
        self.assertFalse(closed_cleanly(Failure(ConnectionAborted())))
        self.assertFalse(closed_cleanly(Failure(ValueError())))
