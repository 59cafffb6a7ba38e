"""The network in memory: connecting, faults, time."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import (
    CannotListenError,
    ConnectingCancelledError,
    ConnectionRefusedError,
    NoProtocol,
)
from twisted.internet.protocol import Factory, Protocol
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


class ConnectingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.factory = RecorderFactory()

    def dial(self, place: str = PLACE) -> Deferred[Protocol]:
        return self.net.client_endpoint(place).connect(Factory.forProtocol(Recorder))

    def test_takes_a_turn_on_both_sides(self) -> None:
        listening = self.net.server_endpoint(PLACE).listen(self.factory)
        self.assertEqual(self.successResultOf(listening).getHost().port, 9101)
        connecting = self.dial()
        self.assertNoResult(connecting)
        self.net.run()
        client = self.successResultOf(connecting)
        (node,) = self.factory.made
        self.assertEqual((client.wire.getPeer().host, client.wire.getPeer().port), ("a", 9101))
        self.assertEqual(client.wire.getPeer(), node.wire.getHost())
        self.assertEqual(client.wire.getHost(), node.wire.getPeer())
        self.assertEqual(client.wire.getHost().host, "127.0.0.1")

    def test_the_source_is_what_the_node_sees(self) -> None:
        self.net.listen(PLACE, self.factory)
        self.net.connect(PLACE, source="192.0.2.7")
        self.net.run()
        self.assertEqual(self.factory.made[0].wire.getPeer().host, "192.0.2.7")

    def test_unix_places(self) -> None:
        self.net.listen("unix:/run/tm.ipc", self.factory)
        client = self.net.connect("unix:/run/tm.ipc")
        self.net.run()
        self.assertEqual(client.wire.getPeer().name, b"/run/tm.ipc")
        self.assertIs(self.factory.made[0].wire.getPeer().name, None)

    def test_refused_where_nobody_listens(self) -> None:
        connecting = self.dial()
        self.assertNoResult(connecting)
        self.net.run()
        self.failureResultOf(connecting, ConnectionRefusedError)

    def test_a_place_is_taken_once(self) -> None:
        self.net.listen(PLACE, self.factory)
        self.failureResultOf(self.net.server_endpoint(PLACE).listen(self.factory), CannotListenError)

    def test_no_listening_after_stop_but_connections_live(self) -> None:
        port = self.net.listen(PLACE, self.factory)
        client = self.net.connect(PLACE)
        self.net.run()
        stopping = port.stopListening()
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual((self.factory.started, self.factory.stopped), (1, 1))
        refused = self.dial()
        client.write(b"still here")
        self.net.run()
        self.failureResultOf(refused, ConnectionRefusedError)
        self.assertEqual(self.factory.made[0].received, b"still here")
        self.net.listen(PLACE, self.factory)
        again = self.dial()
        self.net.run()
        self.successResultOf(again)
        self.assertEqual(len(self.net.connections(PLACE)), 2)

    def test_cancelled(self) -> None:
        self.net.listen(PLACE, self.factory)
        connecting = self.dial()
        connecting.cancel()
        self.net.run()
        self.failureResultOf(connecting, ConnectingCancelledError)
        self.assertEqual(self.factory.made, [])

    def test_a_black_hole_lasts_until_cancelled(self) -> None:
        self.net.black_hole(PLACE)
        connecting = self.dial()
        self.net.advance(3600)
        self.assertNoResult(connecting)
        connecting.cancel()
        self.failureResultOf(connecting, ConnectingCancelledError)
        self.net.revive(PLACE)
        refused = self.dial()
        self.net.run()
        self.failureResultOf(refused, ConnectionRefusedError)

    def test_a_factory_that_declines(self) -> None:
        class Declines(Factory):
            def buildProtocol(self, addr: object) -> None:
                return None

        self.net.listen(PLACE, Declines())
        client = self.net.connect(PLACE)
        declined = self.net.client_endpoint(PLACE).connect(Declines())
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionDone")
        self.failureResultOf(declined, NoProtocol)

    def test_a_bad_place_is_named(self) -> None:
        for place in ("a", "a:", ":1", "a:b", "unix:"):
            with self.assertRaisesRegex(ValueError, "neither host:port"):
                self.net.client_endpoint(place)

    def test_endpoints_count_their_tries(self) -> None:
        endpoint = self.net.client_endpoint(PLACE)
        for _ in range(2):
            self.failureResultOf(self.ran(endpoint.connect(self.factory)), ConnectionRefusedError)
        self.assertEqual(endpoint.tries, 2)

    def ran(self, deferred: Deferred[Protocol]) -> Deferred[Protocol]:
        self.net.run()
        return deferred


class FaultTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology(capacity=1000)
        self.factory = RecorderFactory()
        self.net.listen(PLACE, self.factory)
        self.client = self.net.connect(PLACE)
        self.net.run()
        self.node = self.factory.made[0]

    def test_killed(self) -> None:
        self.node.write(b"half an ans")
        self.net.run()
        self.node.write(b"never sent")
        self.net.kill(PLACE)
        self.assertEqual(self.node.how_it_ended, "ConnectionLost")
        self.assertEqual(self.net.connections(PLACE), [])
        self.net.run()
        self.assertEqual(self.client.received, b"half an ans")
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")
        self.assertEqual(self.refusal(), "ConnectionRefusedError")

    def test_killed_with_a_reset(self) -> None:
        self.net.kill(PLACE, reset=True)
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionLost")

    def test_killed_before_it_read_breaks_as_tcp_does(self) -> None:
        self.node.pause()
        self.client.write(b"unread")
        self.net.run()
        self.net.kill(PLACE)
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionLost")

    def test_killed_and_revived(self) -> None:
        self.net.kill(PLACE)
        self.net.revive(PLACE)
        again = self.net.connect(PLACE)
        again.write(b"hello")
        self.net.run()
        self.assertEqual(self.factory.made[1].received, b"hello")
        self.assertEqual(self.net.accepted(PLACE), 2)

    def test_a_hung_node_takes_connections_and_nothing_else(self) -> None:
        self.net.hang(PLACE)
        self.client.write(bytes(5000))
        second = self.net.connect(PLACE)
        second.write(b"hello")
        self.node.write(b"stuck")
        self.net.advance(60)
        self.assertTrue(second.connected)
        self.assertEqual((self.node.received, self.client.received), (b"", b""))
        self.assertEqual(self.client.wire.unsent, 4000)
        self.net.revive(PLACE)
        self.net.run()
        self.assertEqual(len(self.node.received), 5000)
        self.assertEqual(self.client.received, b"stuck")
        self.assertEqual(self.factory.made[1].received, b"hello")

    def test_a_hung_node_learns_later_that_its_client_left(self) -> None:
        self.net.hang(PLACE)
        second = self.net.connect(PLACE)
        self.net.run()
        self.client.close()
        second.abort()
        self.net.run()
        self.assertIs(self.node.reason, None)
        self.net.revive(PLACE)
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionDone")
        self.assertEqual(self.factory.made[1].how_it_ended, "ConnectionLost")

    def test_a_hung_node_may_take_no_connections(self) -> None:
        self.net.hang(PLACE, accepts=False)
        connecting = self.net.client_endpoint(PLACE).connect(self.factory)
        self.net.advance(60)
        self.assertNoResult(connecting)
        connecting.cancel()
        self.failureResultOf(connecting, ConnectingCancelledError)

    def test_killed_while_hung(self) -> None:
        self.net.hang(PLACE)
        waiting = self.net.connect(PLACE)
        waiting.write(b"hello")
        self.net.run()
        self.net.kill(PLACE)
        self.net.run()
        self.assertEqual(waiting.how_it_ended, "ConnectionLost")
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")

    def test_a_place_where_nobody_ever_listened(self) -> None:
        with self.assertRaisesRegex(ValueError, "nobody ever listened at 'b:1'"):
            self.net.kill("b:1")

    def refusal(self) -> str | None:
        client = self.net.connect(PLACE)
        self.net.run()
        return client.how_it_ended


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
