"""Tests for L{quorumha.postgresql.shared_reading}."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.shared_reading import SharedReading


class SharedReadingTests(SynchronousTestCase):
    """One file."""

    def setUp(self) -> None:
        self.readings: list[Deferred[bytes]] = []
        self.file = SharedReading(self.begin)

    def begin(self) -> Deferred[bytes]:
        """A reading that the test ends."""
        reading: Deferred[bytes] = Deferred()
        self.readings.append(reading)
        return reading

    def test_together(self) -> None:
        """Who wants it while it is being read waits for that; later it is read anew."""
        first, second = self.file.data(), self.file.data()
        self.assertEqual(len(self.readings), 1)
        self.readings[0].callback(b"a")
        self.assertEqual((self.successResultOf(first), self.successResultOf(second)), (b"a", b"a"))
        later = self.file.data()
        self.readings[1].callback(b"b")
        self.assertEqual(self.successResultOf(later), b"b")

    def test_cannot_be_read(self) -> None:
        """All are told."""
        wanting = [self.file.data(), self.file.data()]
        self.readings[0].errback(ValueError("it is empty"))
        for one in wanting:
            self.failureResultOf(one, ValueError)

    def test_who_gave_up(self) -> None:
        """The thread is not to be had back: nobody else takes another one before it is."""
        wanting = self.file.data()
        wanting.cancel()
        self.failureResultOf(wanting, CancelledError)
        again = self.file.data()
        self.assertEqual(len(self.readings), 1)
        self.readings[0].callback(b"a")
        self.assertEqual(self.successResultOf(again), b"a")

    def test_wanted_by_who_was_waiting(self) -> None:
        """Whoever wants it again when it was read begins another reading."""
        self.file.data().addCallback(lambda _: self.file.data())
        self.readings[0].callback(b"a")
        self.assertEqual(len(self.readings), 2)
