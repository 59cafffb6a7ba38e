"""Tests for L{quorumha.app.process_drain}; real ports in tests/integration/test_ctl.py."""

from __future__ import annotations

from quorumha.admin.running import NotNow
from quorumha.app.process_drain import ProcessDrain
from quorumha.events import DrainChanged
from quorumha.testing import FactRecorder, http_request
from tests.app.test_apply import ApplyCase, listener, pool


class DrainTests(ApplyCase):
    """A process that shall be left alone."""

    def begin(self, more: str = "") -> ProcessDrain:
        self.facts = FactRecorder()
        self.text = more + pool("p", 1) + listener("l", 80, "p")
        self.serve(self.text, observers=self.facts.observers)
        return self.proxy.service.operations.process

    def steps(self) -> list[tuple[str, float]]:
        return [(one.step, one.seconds) for one in self.facts.of(DrainChanged)]

    def closes(self, to: str = "") -> bool:
        """Whether a response says that its connection closes."""
        return b"\r\nconnection: close\r\n" in self.proxy.ask(http_request(), to).head.lower()

    def test_drain_and_undrain(self) -> None:
        """It is not ready at once; clients are taken as ever meanwhile; then each response is a last one."""
        drain, service = self.begin(), self.proxy.service
        drain.drain()
        self.assertTrue(service.draining)
        self.net.advance(4)
        drain.drain()
        self.assertFalse(self.closes())
        kept = self.proxy.client(http_request())
        self.net.advance(1.5)
        self.assertTrue(self.closes())
        self.assertIsNone(kept.how_it_ended, "who is idle is not closed: a request may be on its way")
        self.send(kept)
        self.assertEqual((self.said(kept), kept.how_it_ended), (["1", "1"], "ConnectionDone"))
        drain.undrain()
        drain.undrain()
        self.assertEqual((service.draining, self.closes()), (False, False))
        self.assertEqual(self.steps(), [("draining", 5.0), ("drained", 0.0), ("undrained", 0.0)])

    def test_undrain_before_it_is_drained(self) -> None:
        drain = self.begin("drain_delay = 3\n")
        drain.drain()
        drain.undrain()
        self.net.advance(10)
        self.assertEqual(self.steps(), [("draining", 3.0), ("undrained", 0.0)])
        self.assertFalse(self.closes())

    def test_at_once(self) -> None:
        drain = self.begin("drain_delay = 0\n")
        drain.drain()
        self.assertTrue(drain.drained)
        self.assertTrue(self.closes())

    def test_another_configuration(self) -> None:
        """What comes with it takes nobody either."""
        drain = self.begin("drain_delay = 0\n")
        drain.drain()
        self.apply(self.text, listener("m", 81, "p"))
        self.assertTrue(self.closes("m"))
        drain.undrain()
        self.assertFalse(self.closes("m"))

    def test_stop(self) -> None:
        """At once, unless it was to say first that it is not ready."""
        stops: list[float] = []
        drain = self.begin()
        drain.before_stop(lambda: stops.append(0.0))
        self.assertEqual((stops, self.steps()), ([0.0], []))

    def test_stop_delay(self) -> None:
        stops: list[float] = []
        drain = self.begin("stop_delay = 3\n")
        drain.before_stop(lambda: stops.append(self.net.clock.seconds()))
        self.assertTrue(self.proxy.service.draining)
        self.net.advance(2.5)
        self.assertFalse(self.closes(), "it serves as ever")
        with self.assertRaises(NotNow):
            drain.undrain()
        self.assertEqual(stops, [])
        self.net.advance(1)
        self.assertEqual(len(stops), 1)
        self.assertEqual(self.steps(), [("stopping", 3.0)])

    def test_stop_of_one_that_drains(self) -> None:
        """What it said already counts."""
        stops: list[float] = []
        drain = self.begin("stop_delay = 3\n")
        drain.drain()
        self.net.advance(2)
        drain.before_stop(lambda: stops.append(self.net.clock.seconds()))
        self.net.advance(0.8)
        self.assertEqual(stops, [])
        self.net.advance(0.4)
        self.assertEqual(len(stops), 1)

    def test_stopped_meanwhile(self) -> None:
        """Nothing of it outlives the process."""
        drain = self.begin("drain_delay = 1000\n")
        drain.drain()
        self.proxy.stop()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
