"""The end of listeners: in their order, each serving until its turn, all within the time for a stop."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import KINDS
from quorumha.app.listener import HANDSHAKE_GRACE, Listener, finish_in_turn
from quorumha.app.service import ProxyService
from quorumha.config.model import ListenerConfig
from quorumha.endpoints.unix import SafePort
from quorumha.http.server.client_limits import AGAIN_GRACE
from quorumha.net.connection_limit import ConnectionLimit
from quorumha.net.drain import DrainingFactory
from quorumha.testing import MemoryProxy, MemoryTopology, Recorder
from quorumha.testing.http.plays import raw, respond
from quorumha.testing.http.scripted import ScriptedUpstream
from tests.served_party import JSON, OCTETS, ServedCase, request

#: When each ends at a stop.
TURNS = {kind.name: kind.turn for kind in KINDS.listeners}


class Port:
    """As much of a port as a listener needs."""

    def __init__(self, told: list[str], name: str, kept: bool) -> None:
        self.told = told
        self.name = name
        self.kept = kept

        self.factory = Factory()

    def stopReading(self) -> None:
        self.told.append(f"{self.name} accepts no more")

    def doRead(self) -> None:
        self.told.append(f"{self.name} accepts")

    def stopListening(self) -> Deferred[None]:
        self.told.append(f"{self.name} closes")
        return succeed(None)


class TurnCase(SynchronousTestCase):
    """Listeners whose work the test ends.

    @ivar told: what happened, in order.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.told: list[str] = []
        self.working: dict[str, Deferred[None]] = {}
        self.limits: dict[str, float] = {}

    def listener(self, serve: str, *, kept: bool = False) -> Listener:
        case = self

        class Draining(DrainingFactory[Any]):
            def drain(self, limit: float = 0.0, idle: float = 0.0, recent: float = 0.0) -> Deferred[None]:
                case.told.append(f"{serve} drains")
                case.limits[serve] = limit
                case.working[serve] = Deferred()
                return case.working[serve]

        factory = Draining(self.clock)
        config = ListenerConfig(serve, "", serve, kind=KINDS.listener(serve))
        made = Listener(config, None, factory)  # type: ignore[arg-type]  # it listens already
        made.gate = ConnectionLimit(self.clock).listener(serve)
        port: IListeningPort = Port(self.told, serve, kept)  # type: ignore[assignment]  # as much as is needed
        made.port = port
        return made

    def finish(self, *serve: str, timeout: float = 5.0) -> Deferred[None]:
        listeners = [self.listener(one) for one in serve]
        return Deferred.fromCoroutine(finish_in_turn(listeners, timeout, self.clock))


class TurnTests(TurnCase):
    """Who goes when."""

    def test_one_after_the_other(self) -> None:
        """What relays goes first, what other parties talk to late, and what all need last."""
        first = ("tcp", "http", "goquorum-rpc")
        stopping = self.finish("postgresql", "tessera-p2p", "tessera-q2t", *first, "tessera-thirdparty")
        for one in first:
            self.assertEqual(set(self.working), set(first))
            self.working[one].callback(None)
        self.assertEqual(set(self.working), set(TURNS) - {"tessera-p2p", "postgresql"})
        for one in ("tessera-q2t", "tessera-thirdparty"):
            self.working[one].callback(None)
        self.assertNoResult(stopping)
        self.working["tessera-p2p"].callback(None)
        self.assertEqual(set(self.working), set(TURNS))
        self.assertNoResult(stopping)
        self.working["postgresql"].callback(None)
        self.successResultOf(stopping)
        last = [
            f"{name} {what}"
            for name in ("tessera-p2p", "postgresql")
            for what in ("accepts", "closes", "drains")
        ]
        self.assertEqual([one for one in self.told if one in last], last)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_all_within_the_time(self) -> None:
        """Some of it is left for later turns, and the first may use all of it."""
        stopping = self.finish("tcp", "tessera-q2t", "tessera-p2p")
        self.clock.advance(3)
        self.assertEqual(set(self.working), {"tcp", "tessera-q2t"})
        self.clock.advance(1)
        self.assertEqual(set(self.working), {"tcp", "tessera-q2t", "tessera-p2p"})
        self.assertEqual(self.limits, {"tcp": 5.0, "tessera-q2t": 2.0, "tessera-p2p": 1.0})
        self.clock.advance(1)
        for one in self.working.values():
            one.callback(None)
        self.successResultOf(stopping)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_stall(self) -> None:
        """The process slept while it stopped: what is left of the time is short, and nothing is skipped."""
        self.finish("tcp", "tessera-q2t", "tessera-p2p")
        self.clock.advance(60)
        self.clock.advance(0.001)
        self.assertEqual(set(self.working), {"tcp", "tessera-q2t", "tessera-p2p"})
        self.assertTrue(all(limit > 0 for limit in self.limits.values()))

    def test_one_that_is_ending(self) -> None:
        """A stop finds a listener whose port is closed already: the time holds for its clients, too."""
        listener = self.listener("http")
        Deferred.fromCoroutine(listener.finish(0, self.clock, idle=0))
        self.assertEqual(self.limits, {"http": 0})
        self.successResultOf(listener.closed)
        stopping = Deferred.fromCoroutine(finish_in_turn([listener], 5, self.clock))
        self.assertEqual(self.limits, {"http": 5.0})
        self.working["http"].callback(None)
        self.successResultOf(stopping)

    def test_everyone_who_waits_is_taken(self) -> None:
        """However many at a time the port takes."""
        listener = self.listener("http")
        gate, port = listener.gate, listener.port
        assert gate is not None
        accept = port.doRead  # type: ignore[union-attr]  # this test's own

        def accepts() -> None:
            accept()
            if gate.open < 7:
                gate.took(9)

        port.doRead = accepts  # type: ignore[union-attr]  # likewise
        Deferred.fromCoroutine(finish_in_turn([listener], 5, self.clock))
        self.assertEqual((gate.open, self.told.count("http accepts")), (7, 8))

    def test_no_limit(self) -> None:
        self.finish("tcp", "tessera-p2p", timeout=0)
        self.clock.advance(100_000)
        self.assertEqual((set(self.working), self.limits), ({"tcp"}, {"tcp": 0.0}))
        self.working["tcp"].callback(None)
        self.assertEqual(set(self.working), {"tcp", "tessera-p2p"})

    def test_one_that_is_leaving(self) -> None:
        """It takes nobody any more since its configuration went; who is left has the time for the stop."""
        listener = self.listener("tcp")
        Deferred.fromCoroutine(listener.finish(0, self.clock, idle=0))
        self.assertEqual(self.limits, {"tcp": 0})
        stopping = Deferred.fromCoroutine(finish_in_turn([listener], 5, self.clock))
        self.assertEqual(self.limits, {"tcp": 5.0})
        self.working["tcp"].callback(None)
        self.successResultOf(stopping)

    def test_one_that_fails(self) -> None:
        """The others end all the same."""
        stopping = self.finish("tcp", "tessera-p2p")
        self.working["tcp"].errback(ZeroDivisionError())
        self.working["tessera-p2p"].callback(None)
        self.successResultOf(stopping)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_kept_socket(self) -> None:
        """Who waits to be accepted there waits for the next process."""
        self.successResultOf(Deferred.fromCoroutine(finish_in_turn([], 5, self.clock)))
        listener = self.listener("http", kept=True)
        Deferred.fromCoroutine(finish_in_turn([listener], 5, self.clock))
        self.assertEqual(self.told, ["http closes", "http drains"])

    @given(
        st.lists(st.sampled_from(sorted(TURNS)), min_size=1, max_size=6, unique=True),
        st.lists(st.tuples(st.floats(0, 3), st.integers(0, 5)), max_size=12),
    )
    def test_any_schedule(self, serve: list[str], steps: list[tuple[float, int]]) -> None:
        """Never out of order, and nobody's turn comes after the time is over."""
        self.setUp()
        stopping = self.finish(*serve)
        for seconds, number in steps:
            self.clock.advance(seconds)
            left = [one for one in self.working.values() if not one.called]
            if number < len(left):
                left[number].callback(None)
            begun = [TURNS[one.partition(" ")[0]] for one in self.told if one.endswith("drains")]
            self.assertEqual(begun, sorted(begun))
        self.clock.pump([5, 0.001, 0.001])
        self.assertEqual(set(self.working), set(serve))
        for one in self.working.values():
            if not one.called:
                one.callback(None)
        self.successResultOf(stopping)


STANDALONE = """
[pools.rpc]
upstreams = ["tcp:10.0.0.1:8545"]
check = "off"
[pools.q2t]
upstreams = ["http://10.0.0.1:9101"]
check = "off"
[pools.p2p]
upstreams = ["http://10.0.0.1:9001"]
check = "off"
[listeners.rpc]
listen = "tcp:22000"
serve = "tcp"
pool = "rpc"
[listeners.q2t]
listen = "tcp:9101"
serve = "tessera-q2t"
pool = "q2t"
[listeners.p2p]
listen = "tcp:9001"
serve = "tessera-p2p"
pool = "p2p"
"""


class StandaloneTests(SynchronousTestCase):
    """A GoQuorum's RPC, and both ports of a Tessera."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.nodes = {
            port: ScriptedUpstream(self.net.clock, then=respond(200, b"yes")) for port in (9101, 9001)
        }
        for port, node in self.nodes.items():
            self.net.listen(f"10.0.0.1:{port}", node)
        self.rpc: list[Recorder] = []

        def build() -> Recorder:
            self.rpc.append(Recorder())
            return self.rpc[-1]

        self.net.listen("10.0.0.1:8545", Factory.forProtocol(build))  # type: ignore[arg-type]  # makes one
        self.service: ProxyService = MemoryProxy(STANDALONE, self.net, host="pair").service
        self.service.startService()
        self.net.run()

    def call(self) -> Recorder:
        """A JSON-RPC call that the node is at."""
        client = self.net.connect("pair:22000")
        client.write(b"call")
        self.net.run()
        self.assertEqual(self.rpc[-1].received, b"call")
        return client

    def stop(self) -> Deferred[None]:
        stopping: Deferred[None] = self.service.stopService()
        self.net.run()
        return stopping

    def pushed(self) -> bytes:
        """What another party is told."""
        client = self.net.connect("pair:9001")
        client.write(request(b"GET", b"/upcheck"))
        self.net.run()
        return client.received[:15]

    def test_other_parties_are_served_meanwhile(self) -> None:
        """The call has its time, and is answered; the other party sees nothing of the stop."""
        client = self.call()
        stopping = self.stop()
        for _ in range(20):
            self.net.advance(0.1)
            self.assertEqual(self.pushed(), b"HTTP/1.1 200 OK")
        self.rpc[0].write(b"result")
        self.net.run()
        self.assertEqual(client.received, b"result")
        self.net.advance(0.4)
        self.assertNoResult(stopping)
        self.net.advance(0.3)
        self.net.advance(AGAIN_GRACE)
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual(client.how_it_ended, "ConnectionDone")
        with self.assertRaises(AssertionError):
            self.assertEqual(self.pushed(), b"HTTP/1.1 200 OK")

    def test_an_idle_call(self) -> None:
        """Silent for half a second after its response: it ends at once, and so does the process."""
        client = self.call()
        self.rpc[0].write(b"result")
        self.net.run()
        self.net.advance(0.5)
        stopping = self.stop()
        self.net.advance(0)
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual((client.received, client.how_it_ended), (b"result", "ConnectionDone"))

    def test_a_call_that_hangs(self) -> None:
        """It is cut when the time is over, and nothing takes longer."""
        client = self.call()
        stopping = self.stop()
        self.net.advance(4.9)
        self.assertIsNone(client.how_it_ended)
        self.net.advance(0.1)
        self.net.advance(0)
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual(client.how_it_ended, "ConnectionLost")


HTTP = """
[pools.p]
upstreams = ["http://10.0.0.1:80"]
check = "off"
[listeners.h]
listen = "tcp:8080"
pool = "p"
upgrade = true
"""
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"


class HTTPTests(SynchronousTestCase):
    """A listener with C{serve = "http"} at a stop."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.node = ScriptedUpstream(self.net.clock, then=respond(200, b"yes"))
        self.net.listen("10.0.0.1:80", self.node)
        self.service: ProxyService = MemoryProxy(HTTP, self.net, host="pair").service
        self.service.startService()
        self.net.run()
        self.kept = self.net.connect("pair:8080")
        self.kept.write(GET)
        self.net.run()

    def stop(self) -> Deferred[None]:
        stopping: Deferred[None] = self.service.stopService()
        self.net.run()
        return stopping

    def test_a_request_that_lies_in_the_socket(self) -> None:
        """It is read before idle clients are judged, and answered."""
        self.net.advance(60)
        before = self.kept.received
        stopping = self.service.stopService()
        self.kept.write(GET)
        self.net.run()
        self.net.advance(0)
        self.net.run()
        self.assertEqual(self.kept.received.removeprefix(before)[:15], b"HTTP/1.1 200 OK")
        self.net.advance(AGAIN_GRACE)
        self.net.run()
        self.successResultOf(stopping)

    def test_idle_clients_hold_up_no_stop(self) -> None:
        self.net.advance(60)
        stopping = self.stop()
        self.net.advance(0)
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual(self.kept.how_it_ended, "ConnectionDone")

    def test_a_quiet_tunnel(self) -> None:
        """As a relayed connection: it ends half a second after its last bytes, which went to the client."""
        self.node.script.append(raw(SWITCH))
        client = self.net.connect("pair:8080")
        client.write(UPGRADE)
        self.net.run()
        head = client.received.partition(b"X-Request-Id: ")[0]
        self.assertEqual(head + b"\r\n", SWITCH)
        stopping = self.stop()
        self.net.advance(0.4)
        self.net.run()
        self.assertNoResult(stopping)
        self.net.advance(0.2)
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual(client.how_it_ended, "ConnectionDone")


class HandshakeTests(TurnCase):
    """Clients that were accepted, and are in their handshake, when the listener's turn comes."""

    class Shaking(Factory):
        """A factory with a client in its handshake."""

        def in_handshake(self) -> list[str]:
            return ["a client"]

    def test_have_their_time(self) -> None:
        """The port takes nobody new, and is closed, which cuts them, only a little later."""
        for kept in (False, True):
            self.setUp()
            listener = self.listener("http", kept=kept)
            listener.port.factory = self.Shaking()  # type: ignore[union-attr]  # the test's own
            stopping = Deferred.fromCoroutine(finish_in_turn([listener], 5, self.clock))
            self.assertEqual(self.told[-1], "http accepts no more")
            self.clock.advance(HANDSHAKE_GRACE)
            self.assertEqual(self.told[-2:], ["http closes", "http drains"])
            self.working["http"].callback(None)
            self.successResultOf(stopping)


class WaitingTests(ServedCase):
    """Requests that wait for a member when the stop begins."""

    def test_told_at_once(self) -> None:
        """503, and to use another connection; the stop is over at once, too."""
        party = self.serve("a", serve=("p2p", "q2t"), keys='client_timeout = "none"', pool='check = "off"')
        party.kill("a")
        calls = (
            ("p2p", request(b"GET", b"/upcheck")),
            ("p2p", request(b"POST", b"/push", b"payload", OCTETS)),
            ("q2t", request(b"GET", b"/version/api")),
            ("q2t", request(b"GET", b"/transaction/abc")),
            ("q2t", request(b"POST", b"/send", b"{}", JSON)),
            ("q2t", request(b"POST", b"/sendsignedtx", b"{}", JSON)),
        )
        waiting = [party.client(data, to) for to, data in calls]
        party.net.advance(2)
        self.assertEqual([party.response(client) for client in waiting], [None] * len(calls))
        stopping = party.service.stopService()
        party.net.run()
        for client in waiting:
            told = party.response(client)
            assert told is not None
            self.assertEqual((told.status, told.get(b"connection")), (503, b"close"))
        party.net.advance(2)
        party.net.run()
        self.successResultOf(stopping)

    def test_nobody_waits_any_more(self) -> None:
        """Who asks while others are still served, and would have to wait, is told at once, too."""
        party = self.serve("a", keys='client_timeout = "none"', pool='check = "off"')
        party.kill("a")
        party.site.state.waiting_room.close()
        told = party.ask(request(b"GET", b"/upcheck"))
        self.assertEqual((told.status, told.get(b"connection")), (503, b"close"))


class _ClosingPort(SafePort):
    """A port of a unix socket whose closing takes a while."""

    def __init__(self) -> None:
        self.removed = 0
        self.stopping: Deferred[None] = Deferred()

    def stopListening(self) -> Deferred[None]:
        return self.stopping

    def remove_name(self) -> None:
        self.removed += 1


class RemoveSocketTests(SynchronousTestCase):
    """The socket file at an end at once."""

    def test_while_the_port_is_being_closed(self) -> None:
        """It goes then, too; a port that is closed has removed its own."""
        port = _ClosingPort()
        listener = Listener(None, None, None, port=port)  # type: ignore[arg-type]
        closing = Deferred.fromCoroutine(listener.close())
        listener.remove_socket()
        self.assertEqual(port.removed, 1)
        port.stopping.callback(None)
        self.successResultOf(closing)
        listener.remove_socket()
        self.assertEqual(port.removed, 1)

    def test_of_one_that_is_leaving(self) -> None:
        """Its file goes, too, though the configuration knows it no more."""
        service = MemoryProxy(STANDALONE, MemoryTopology()).service
        port = _ClosingPort()
        listener = Listener(None, None, None, port=port)  # type: ignore[arg-type]
        service.leaving.add(listener)
        service.remove_sockets()
        self.assertEqual(port.removed, 1)
