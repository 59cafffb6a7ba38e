"""The network in memory: connecting, faults, time."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.protocols.wire import Echo
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, NeverQuiet, Recorder

PLACE = "a:9101"


class RecorderFactory(Factory):
    """Keeps the recorders that it made."""

    def __init__(self) -> None:
        self.made: list[Recorder] = []
        self.started = self.stopped = 0

    def doStart(self) -> None:
        self.started += 1

    def doStop(self) -> None:
        self.stopped += 1

    def buildProtocol(self, addr: object) -> Recorder:
        self.made.append(Recorder())
        return self.made[-1]


class TimeTests(SynchronousTestCase):
    def test_stops_at_each_call_on_the_way(self) -> None:
        clock = Clock()
        net = MemoryTopology(clock)
        seen: list[float] = []

        def again() -> None:
            seen.append(clock.seconds())
            if len(seen) < 30:
                clock.callLater(0.1, again)

        clock.callLater(0.1, again)
        net.advance(1.05)
        self.assertEqual([round(at, 3) for at in seen], [n / 10 for n in range(1, 11)])
        self.assertAlmostEqual(clock.seconds(), 1.05)

    def test_bytes_move_between_the_calls(self) -> None:
        net = MemoryTopology()
        net.listen(PLACE, Factory.forProtocol(Echo))
        client = net.connect(PLACE)
        net.clock.callLater(1, client.write, b"a")
        echoed: list[bytes] = []
        net.clock.callLater(2, lambda: echoed.append(client.received))
        net.advance(2)
        self.assertEqual(echoed, [b"a"])

    def test_calls_due_now_are_run(self) -> None:
        net = MemoryTopology()
        seen: list[int] = []
        net.clock.callLater(0, seen.append, 1)
        net.run()
        self.assertEqual(seen, [1])

    def test_two_that_never_rest(self) -> None:
        net = MemoryTopology()
        net.listen(PLACE, Factory.forProtocol(Echo))
        net.client_endpoint(PLACE).connect(Factory.forProtocol(Echo))
        net.run()
        net.connections(PLACE)[0].write(b"ball")
        with self.assertRaises(NeverQuiet):
            net.run(most=100)
