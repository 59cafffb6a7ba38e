"""When the other side is pinged, and when it is gone."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.websocket.heartbeat import Heartbeat


class HeartbeatTests(SynchronousTestCase):
    """Every ten seconds."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.seen: list[str] = []
        self.listens = True
        self.heartbeat = self.make(10.0)

    def make(self, seconds: float) -> Heartbeat:
        return Heartbeat(
            self.clock,
            seconds,
            lambda: self.seen.append("ping"),
            lambda: self.seen.append("silent"),
            lambda: self.listens,
        )

    def pass_(self, seconds: float) -> None:
        # Limits are looked at once more after the sockets were read.
        self.clock.pump([seconds, 0])

    def test_silent(self) -> None:
        """One ping, and nothing for as long: once."""
        for _ in range(4):
            self.pass_(10.0)
        self.assertEqual(self.seen, ["ping", "silent"])

    def test_any_byte(self) -> None:
        """Then it lives."""
        for _ in range(4):
            self.pass_(10.0)
            self.heartbeat.alive()
        self.assertEqual(self.seen, ["ping"] * 4)

    def test_who_is_not_read_from_is_not_silent(self) -> None:
        """Its pong may lie there."""
        self.listens = False
        for _ in range(4):
            self.pass_(10.0)
        self.assertEqual(self.seen, ["ping"] * 4)

    def test_never(self) -> None:
        """Nor after its end."""
        self.heartbeat.stop()
        self.make(0.0)
        self.pass_(100.0)
        self.assertEqual(self.seen, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
