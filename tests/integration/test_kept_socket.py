"""Stop and start on sockets that systemd keeps: who connects meanwhile is answered, not refused."""

from __future__ import annotations

import shutil
import socket
import ssl
import tempfile
import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from bench.processes import LATE, Child
from quorumha.testing import SimulatedTessera, TesseraStore
from quorumha.testing.http.message_reader import Message
from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.endpoints.papers import Papers
from tests.integration.clients import Address, Answer, Client, ask
from tests.integration.crowd import OCTETS, Crowd, Told
from tests.integration.kept_sockets import Keeper

PARTY = b"http://198.51.100.7:9001/"
OTHER_KEY = bytes(reversed(range(32)))
POSTED = PartyInfo(PARTY, ((OTHER_KEY, PARTY),), (PARTY,)).encode()

TESSERA = """
stop_timeout = "2s"
[pools.p2p]
upstreams = {p2p}
[pools.q2t]
upstreams = {q2t}
[listeners.p2p]
listen = "systemd:domain=INET:name=p2p"
serve = "tessera-p2p"
pool = "p2p"
[listeners.q2t]
listen = "systemd:domain=UNIX:name=q2t"
serve = "tessera-q2t"
pool = "q2t"
"""

EVERY_KIND = """
[pools.http]
upstreams = {q2t}
[pools.tcp]
upstreams = ["tcp:127.0.0.1:{tcp}"]
[listeners.unix]
listen = "systemd:domain=UNIX:name=unix"
pool = "http"
[listeners.tls]
listen = "systemd:domain=INET:name=tls"
pool = "http"
tls = {{ cert = "{cert}", key = "{key}" }}
[listeners.proxied]
listen = "haproxy:systemd:domain=INET:name=proxied"
pool = "http"
[listeners.relay]
listen = "systemd:domain=INET:name=relay"
serve = "tcp"
pool = "tcp"
"""


@implementer(IHalfCloseableProtocol)
class Last(Protocol):
    """Says what it got once the other side has ended."""

    transport: Any

    def __init__(self) -> None:
        self.got = b""

    def dataReceived(self, data: bytes) -> None:
        """Twisted calls this."""
        self.got += data

    def readConnectionLost(self) -> None:
        """Twisted calls this."""
        self.transport.write(b"got " + self.got)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Twisted calls this."""


class KeptSocketCase(TestCase):
    """Two Tesseras in this process, sockets that it keeps, and C{twistd} on them."""

    timeout = 4 * LATE

    def setUp(self) -> None:
        # Not trial's own folder: a socket's path may be 107 bytes long.
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-kept-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.keeper = Keeper()
        self.addCleanup(self.keeper.close)
        store = TesseraStore()
        self.store = store
        self.tesseras = [SimulatedTessera(reactor, store) for _ in range(2)]

    async def port(self, factory: IProtocolFactory) -> int:
        """A node's port."""
        port = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    async def members(self, role: str) -> str:
        """Both nodes' ports, as TOML."""
        ports = [await self.port(getattr(tessera, role)) for tessera in self.tesseras]
        return "[" + ", ".join(f'"http://127.0.0.1:{port}"' for port in ports) + "]"

    def configure(self, text: str) -> None:
        self.config = self.folder / "quorumha.toml"
        self.config.write_text(text)

    def start(self) -> Child:
        """Start it; the first answer tells when it serves."""
        child = self.keeper.start(self.config, self.folder / "log")
        self.addCleanup(child.kill)
        return child

    @staticmethod
    async def ask(
        address: Address, method: str, target: str, body: bytes = b"", limit: float = LATE
    ) -> Answer:
        fields = OCTETS if body else ""
        answer: Answer = await deferToThread(ask, address, method, target, body, fields, limit)
        return answer


class RestartTests(KeptSocketCase):
    """A stop and a start, with Tessera's clients before it."""

    async def begin(self) -> Child:
        """Start it, and let it answer once."""
        self.configure(TESSERA.format(p2p=await self.members("p2p"), q2t=await self.members("q2t")))
        self.p2p = self.keeper.tcp("p2p")
        self.q2t = self.keeper.unix("q2t", self.folder / "q2t")
        child = self.start()
        self.assertEqual((await self.ask(self.p2p, "GET", "/upcheck")).status, 200, child.said())
        return child

    async def _nobody_is_refused(self) -> None:
        child = await self.begin()
        crowd = Crowd()
        clients = [crowd.join(self.p2p, "POST", "/partyinfo", POSTED) for _ in range(3)]
        clients += [crowd.join(self.q2t, "GET", "/upcheck") for _ in range(2)]
        self.assertTrue(await deferToThread(crowd.each_asked_since, 0.0))
        asked = time.monotonic()
        await deferToThread(child.stop)
        # Nobody serves now. Had one been refused, it would have failed.
        self.assertTrue(await deferToThread(crowd.each_asks))
        stopped = time.monotonic()
        self.start()
        self.assertTrue(await deferToThread(crowd.each_asked_since, stopped), child.said())
        crowd.end()
        await gatherResults(clients)
        waited: list[Told] = []
        for told in crowd.told:
            self.assertEqual({one.status for one in told}, {200})
            waited.append(next(one for one in told if one.ended > stopped))
        served = max(one.ended for one in waited)
        longest = max(one.ended - one.begun for one in waited)
        print(f"\nstopped in {stopped - asked:.2f} s, all answered {served - stopped:.2f} s after that")
        # Another Tessera waits 3.75 s for a connection, and again for an answer (WIRE A4).
        print(f"who waited longest waited {longest:.2f} s")

    def test_nobody_is_refused(self) -> Deferred[None]:
        """C{POST /partyinfo} of three peers and C{GET /upcheck} of two GoQuorums go on all along."""
        return Deferred.fromCoroutine(self._nobody_is_refused())

    async def _nobody_sees_an_error(self) -> None:
        child = await self.begin()
        crowd = Crowd()
        clients = [crowd.stay(self.p2p, "POST", "/partyinfo", POSTED) for _ in range(3)]
        clients += [crowd.stay(self.q2t, "GET", "/upcheck") for _ in range(3)]
        self.assertTrue(await deferToThread(crowd.each_asked_since, 0.0))
        for _ in range(3):
            await deferToThread(child.stop)
            stopped = time.monotonic()
            child = self.start()
            self.assertTrue(await deferToThread(crowd.each_asked_since, stopped), child.said())
        crowd.end()
        await gatherResults(clients)
        self.assertEqual({one.status for told in crowd.told for one in told}, {200})

    def test_nobody_sees_an_error(self) -> Deferred[None]:
        """Clients that keep their connections, and ask without a pause: each is told its last response."""
        return Deferred.fromCoroutine(self._nobody_sees_an_error())

    async def _in_flight(self) -> None:
        child = await self.begin()
        reached: Deferred[None] = Deferred()

        def held(request: Message) -> bool:
            if request.target == b"/push" and not reached.called:
                reached.callback(None)
            return request.target == b"/push"

        for tessera in self.tesseras:
            tessera.faults.only = held
            tessera.faults.hang = True
        payload = Payload.seal(b"payload", OTHER_KEY, [OWN_KEY], self.store.next_salt()).encode()
        with Client(self.p2p) as idle, Client(self.p2p) as fresh:
            await deferToThread(idle.ask, "GET", "/upcheck")
            # Begun before the stop: so it may take its time, while this machine does something else.
            begun, rest = b"GET /upcheck HTTP/1.1\r\n", b"Host: node\r\n\r\n"
            fresh.send(begun)
            pushed = deferToThread(ask, self.p2p, "POST", "/push", payload, OCTETS)
            await reached
            stopping = deferToThread(child.stop)
            # A kept connection is ended by the stop; who sees that may connect again at once.
            self.assertEqual(await deferToThread(idle.rest), b"")
            meanwhile = deferToThread(ask, self.p2p, "GET", "/upcheck")
            fresh.send(rest)
            answer = await deferToThread(fresh.answer)
            self.assertEqual((answer.status, answer.value("connection")), (200, "close"))
            for tessera in self.tesseras:
                tessera.faults.hang = False
            answer = await pushed
            self.assertEqual((answer.status, answer.value("connection")), (201, "close"))
        await stopping
        self.assertFalse(meanwhile.called)
        self.start()
        self.assertEqual((await meanwhile).status, 200)

    def test_in_flight(self) -> Deferred[None]:
        """What was asked before the stop is answered, who connects after it gets the next process."""
        return Deferred.fromCoroutine(self._in_flight())


class KindsTests(KeptSocketCase):
    """Listeners of each kind are as complete as those that quorumha makes."""

    async def _every_kind(self) -> None:
        papers = Papers(str(self.folder / "papers"))
        tls = papers.server()
        self.configure(
            EVERY_KIND.format(
                q2t=await self.members("q2t"),
                tcp=await self.port(Factory.forProtocol(Last)),
                cert=Path(tls.cert).absolute(),
                key=Path(tls.key).absolute(),
            )
        )
        path = self.folder / "unix"
        addresses = {"unix": self.keeper.unix("unix", path)}
        path.chmod(0o640)
        for name in ("relay", "proxied", "tls"):
            addresses[name] = self.keeper.tcp(name)
        for _ in range(2):
            child = self.start()
            await deferToThread(self._each_works, addresses, ssl.create_default_context(cafile=papers.ca))
            await deferToThread(child.stop)
            self.assertNotIn("Traceback", child.said())
            self.assertTrue(path.is_socket())
            self.assertEqual(path.stat().st_mode & 0o777, 0o640)

    def _each_works(self, addresses: dict[str, Address], context: ssl.SSLContext) -> None:
        self.assertEqual(ask(addresses["unix"], "GET", "/upcheck").status, 200)
        with Client(addresses["proxied"]) as client:
            client.send(b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 80\r\n")
            self.assertEqual(client.ask("GET", "/upcheck").status, 200)
        last = self.tesseras[0].q2t.requests + self.tesseras[1].q2t.requests
        self.assertIn(b"203.0.113.9", [one.get(b"x-forwarded-for") for one in last])
        with Client(addresses["tls"]) as client:
            client.socket = context.wrap_socket(client.socket, server_hostname="node.example")
            self.assertEqual(client.ask("GET", "/upcheck").status, 200)
        with Client(addresses["relay"]) as client:
            client.send(b"all")
            client.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(client.rest(), b"got all")

    def test_every_kind(self) -> Deferred[None]:
        """Unix, TLS, PROXY protocol, half-close; twice on the same sockets, which stay as they were."""
        return Deferred.fromCoroutine(self._every_kind())
