"""Upstreams given by name: looked up at each dial, once at a time."""

from __future__ import annotations

import socket
from functools import partial
from threading import Thread, current_thread
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase, TestCase

from quorumha.endpoints.named import NEXT_AFTER, INamedEndpoint, NamedEndpoint, look_up
from quorumha.endpoints.strings import upstream_endpoint
from quorumha.pool.dial_errors import connect_failed
from quorumha.testing import MemoryTopology, Recorder

RECORDERS = Factory.forProtocol(Recorder)


class NamedTests(SynchronousTestCase):
    """L{NamedEndpoint}, with a resolver that the test plays."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        for address in ("10.0.0.1", "10.0.0.2"):
            self.net.listen(f"{address}:1", RECORDERS)
        self.dialled: list[str] = []
        self.lookups: list[Deferred[list[str]]] = []
        self.endpoint = NamedEndpoint(self.look_up, self.dial)

    def look_up(self) -> Deferred[list[str]]:
        self.lookups.append(Deferred())
        return self.lookups[-1]

    def dial(self, address: str) -> IStreamClientEndpoint:
        self.dialled.append(address)
        return self.net.client_endpoint(f"{address}:1")

    def connect(self) -> Deferred[Any]:
        return self.endpoint.connect(RECORDERS)

    def test_looked_up_at_each_dial(self) -> None:
        """Nothing is kept: a name that leads elsewhere is followed at the next dial."""
        for address in ("10.0.0.1", "10.0.0.2"):
            connecting = self.connect()
            self.lookups[-1].callback([address])
            self.net.run()
            self.successResultOf(connecting)
        self.assertEqual((self.dialled, len(self.lookups)), (["10.0.0.1", "10.0.0.2"], 2))

    def test_at_one_address(self) -> None:
        """Whoever knows it looks nothing up."""
        self.assertTrue(INamedEndpoint.providedBy(self.endpoint))
        connecting = self.endpoint.at("10.0.0.2").connect(RECORDERS)
        self.net.run()
        self.successResultOf(connecting)
        self.assertEqual((self.dialled, self.lookups), (["10.0.0.2"], []))

    def test_one_lookup_at_a_time(self) -> None:
        """Dials that come meanwhile wait for it, and those that were given up leave no second one behind."""
        for _ in range(100):
            connecting = self.connect()
            connecting.cancel()
            self.failureResultOf(connecting, CancelledError)
        waiting = [self.connect() for _ in range(3)]
        (lookup,) = self.lookups
        lookup.callback(["10.0.0.1"])
        self.net.run()
        self.assertEqual(len([self.successResultOf(one) for one in waiting]), 3)
        self.assertEqual(len(self.dialled), 3)

    def test_next_address(self) -> None:
        """Of several addresses the first that takes the connection."""
        self.net.kill("10.0.0.1:1")
        connecting = self.connect()
        self.lookups[0].callback(["10.0.0.1", "10.0.0.2"])
        self.net.run()
        self.successResultOf(connecting)
        self.net.kill("10.0.0.2:1")
        connecting = self.connect()
        self.lookups[1].callback(["10.0.0.1", "10.0.0.2"])
        self.net.run()
        self.failureResultOf(connecting, ConnectionRefusedError)

    def test_first_address_says_nothing(self) -> None:
        """The next one is dialled a moment later, beside it; whoever connects first is taken."""
        self.endpoint = NamedEndpoint(self.look_up, self.dial, self.net.clock)
        self.net.black_hole("10.0.0.1:1")
        connecting = self.connect()
        self.lookups[0].callback(["10.0.0.1", "10.0.0.2"])
        self.net.advance(NEXT_AFTER - 0.01)
        self.assertNoResult(connecting)
        self.net.advance(0.01)
        self.net.run()
        self.successResultOf(connecting)
        self.assertEqual(self.dialled, ["10.0.0.1", "10.0.0.2"])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_given_up_while_dialling(self) -> None:
        """The next address is not tried."""
        self.net.black_hole("10.0.0.1:1")
        connecting = self.connect()
        self.lookups[0].callback(["10.0.0.1", "10.0.0.2"])
        connecting.cancel()
        self.net.run()
        self.failureResultOf(connecting)
        self.assertEqual(self.dialled, ["10.0.0.1"])

    def test_no_such_name(self) -> None:
        """Nothing found, or a resolver that fails: the same to whoever dials."""
        for found in (succeed([]), fail(ZeroDivisionError())):
            endpoint = NamedEndpoint(lambda found=found: found, self.dial)  # type: ignore[misc]
            failure = self.failureResultOf(endpoint.connect(RECORDERS), DNSLookupError)
            self.assertEqual(connect_failed(failure).reason, "name does not resolve")


class LookUpTests(TestCase):
    """The system's resolver."""

    timeout = 20

    async def test_real_names(self) -> None:
        self.assertEqual((await look_up(reactor, "localhost")())[0], "127.0.0.1")
        self.assertEqual(await look_up(reactor, "no-such-name.invalid")(), [])
        self.assertEqual(await look_up(reactor, "a" * 64 + ".invalid")(), [], "no label is so long")

    async def test_ipv4_first_and_each_once(self) -> None:
        rows = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 0, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
        ]
        found = await look_up(reactor, "both", lambda *_, **__: rows)()
        self.assertEqual(found, ["192.0.2.1", "2001:db8::1"])

    async def test_families_in_turn(self) -> None:
        """One whole family may lead nowhere."""
        rows = [(socket.AF_INET, 0, 0, "", (f"192.0.2.{number}", 0)) for number in (1, 2, 3)]
        rows += [(socket.AF_INET6, 0, 0, "", (f"2001:db8::{number}", 0, 0, 0)) for number in (1, 2)]
        found = await look_up(reactor, "both", lambda *_, **__: rows)()
        self.assertEqual(found, ["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2", "192.0.2.3"])

    async def test_a_stop_waits_for_no_name_server(self) -> None:
        """The thread ends with the process."""
        threads: list[Thread] = []

        def note(*_: object, **__: object) -> list[Any]:
            threads.append(current_thread())
            return []

        await look_up(reactor, "slow", note)()
        self.assertTrue(threads[0].daemon)

    async def test_through_an_endpoint(self) -> None:
        """A pool's upstream by name reaches what listens there."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            protocol = await upstream_endpoint(reactor, f"tcp:localhost:{port}").connect(RECORDERS)
            taken.accept()[0].close()
            lost: Deferred[None] = Deferred()
            protocol.connectionLost = partial(_fire, lost)  # type: ignore[method-assign]
            await lost
        with self.assertRaises(DNSLookupError):
            await upstream_endpoint(reactor, "tcp:no-such-name.invalid:1").connect(RECORDERS)


def _fire(lost: Deferred[None], _: object) -> None:
    lost.callback(None)
