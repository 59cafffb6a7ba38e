"""Another configuration while it runs, on sockets."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.task import deferLater

from quorumha.app.kinds import parse_config
from quorumha.app.prepared import make_listener
from quorumha.app.service import ProxyService, make_service
from tests.integration.sockets import REACTOR, SocketCase, Taker

LISTENER = '[listeners.{}]\nlisten = "{}"\nserve = "tcp"\npool = "p"\n'
LOOPBACK = "tcp:0:interface=127.0.0.1"


class ApplyTests(SocketCase):
    """Ports close a turn after they are told to."""

    async def serve(self, address: str) -> ProxyService:
        """C{l} at some port, and C{m} where it is said; both lead to L{node}."""
        self.node = Taker()
        port = await self.listen(TCP4ServerEndpoint(REACTOR, 0, interface="127.0.0.1"), self.node)
        self.pool = f'stop_timeout = "1s"\n[pools.p]\nupstreams = ["tcp:127.0.0.1:{port.getHost().port}"]\n'
        self.pool += 'check = "off"\n' + LISTENER.format("l", LOOPBACK)
        self.both = self.pool + LISTENER.format("m", address)
        service = make_service(REACTOR, parse_config(self.both, "test.toml", {}))
        self.addCleanup(self.end_all, self.node)
        self.addCleanup(lambda: service.stopService())
        service.startService()
        return service

    def apply(self, service: ProxyService, text: str) -> Deferred[None]:
        return service.apply(parse_config(text, "test.toml", {}))

    def test_given_up_and_wanted_again(self) -> None:
        """One change right after the other, whatever kind of socket it is."""

        async def run() -> None:
            port = await TCP4ServerEndpoint(REACTOR, 0, interface="127.0.0.1").listen(Taker())
            number = port.getHost().port
            await port.stopListening()
            for address in (f"tcp:{number}:interface=127.0.0.1", f"unix:{Path(self.mktemp()).absolute()}"):
                service = await self.serve(address)
                for _ in range(3):
                    texts = self.pool, self.both
                    await gatherResults([self.apply(service, text) for text in texts])
                self.assertIn("m", service.listening)

        return Deferred.fromCoroutine(run())  # type: ignore[return-value]  # trial waits for it

    def test_nobody_is_served_before_the_turn(self) -> None:
        """Who connects to a new address while others are still to be had waits, and is served then."""

        async def run() -> None:
            service = await self.serve(LOOPBACK)
            config = service.config.listeners["m"]
            fresh = make_listener(service._process, service._assembly, config)
            await fresh.listen()
            assert fresh.port is not None
            host = fresh.port.getHost()
            client = await self.dial(TCP4ClientEndpoint(REACTOR, "127.0.0.1", host.port))  # type: ignore[attr-defined]
            for _ in range(3):
                await deferLater(REACTOR, 0)
            self.assertFalse(fresh.in_use())
            fresh.limit(service.connections)
            client.transport.write(b"asks")
            node = await self.node.wait_for()
            await node.until_got(b"asks")
            self.assertTrue(fresh.in_use())
            client.transport.abortConnection()
            await fresh.close()

        return Deferred.fromCoroutine(run())  # type: ignore[return-value]  # trial waits for it

    def test_stopped_while_a_listener_ends(self) -> None:
        """Its client is finished within the time for a stop, as all others."""

        async def run() -> None:
            service = await self.serve(LOOPBACK)
            number = service.listening["m"].port  # type: ignore[attr-defined]  # on TCP
            client = await self.dial(TCP4ClientEndpoint(REACTOR, "127.0.0.1", number))
            client.transport.write(b"asks")
            node = await self.node.wait_for()
            await node.until_got(b"asks")
            await self.apply(service, self.pool)
            stopping = service.stopService()
            node.transport.write(b"told")
            node.transport.loseConnection()
            await client.until(lambda: client.read_ended)
            self.assertEqual(client.received, b"told")
            await stopping

        return Deferred.fromCoroutine(run())  # type: ignore[return-value]  # trial waits for it
