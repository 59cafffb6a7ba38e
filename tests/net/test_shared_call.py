"""Tests for L{quorumha.net.shared_call}."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.shared_call import SharedCall


class SharedCallTests(SynchronousTestCase):
    """One file."""

    def setUp(self) -> None:
        self.readings: list[Deferred[bytes]] = []
        self.file = SharedCall(self.begin)

    def begin(self) -> Deferred[bytes]:
        """A reading that the test ends."""
        reading: Deferred[bytes] = Deferred()
        self.readings.append(reading)
        return reading

    def test_together(self) -> None:
        """Who wants it while it is being read waits for that; later it is read anew."""
        first, second = self.file.result(), self.file.result()
        self.assertEqual(len(self.readings), 1)
        self.readings[0].callback(b"a")
        self.assertEqual((self.successResultOf(first), self.successResultOf(second)), (b"a", b"a"))
        later = self.file.result()
        self.readings[1].callback(b"b")
        self.assertEqual(self.successResultOf(later), b"b")

    def test_cannot_be_read(self) -> None:
        """All are told."""
        wanting = [self.file.result(), self.file.result()]
        self.readings[0].errback(ValueError("it is empty"))
        for one in wanting:
            self.failureResultOf(one, ValueError)

    def test_who_gave_up(self) -> None:
        """The thread is not to be had back: nobody else takes another one before it is."""
        wanting = self.file.result()
        wanting.cancel()
        self.failureResultOf(wanting, CancelledError)
        again = self.file.result()
        self.assertEqual(len(self.readings), 1)
        self.readings[0].callback(b"a")
        self.assertEqual(self.successResultOf(again), b"a")

    def test_wanted_by_who_was_waiting(self) -> None:
        """Whoever wants it again when it was read begins another reading."""
        self.file.result().addCallback(lambda _: self.file.result())
        self.readings[0].callback(b"a")
        self.assertEqual(len(self.readings), 2)
