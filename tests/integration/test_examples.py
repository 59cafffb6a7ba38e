"""Each file of docs/examples/ under the real C{twistd}, in front of simulated nodes on loopback.

The listeners are Unix sockets in a folder of the test's own: nobody else's port can be in
the way, and the socket's being there says that the process is ready.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from bench.arms import twistd_command
from bench.processes import Child
from quorumha.testing import SimulatedGoQuorum, SimulatedTessera, TesseraStore
from tests.integration.clients import Answer, Client, ask
from tests.test_examples import EXAMPLES

JSON = "Content-Type: application/json\r\n"
BLOCK_NUMBER = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "eth_blockNumber", "params": []}).encode()


class Greeting(Protocol):
    """A stand-in for a database: says its name, then returns what it gets."""

    def connectionMade(self) -> None:
        """Twisted calls this."""
        assert self.transport is not None
        self.transport.write(self.factory.name)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        """Twisted calls this."""
        assert self.transport is not None
        self.transport.write(data)


class GreetingFactory(Factory):
    """See L{Greeting}."""

    noisy = False
    protocol = Greeting

    def __init__(self, name: bytes) -> None:
        self.name = name


class ExampleCase(TestCase):
    """Starts one example, and stops everything again."""

    timeout = 60

    def setUp(self) -> None:
        # Not trial's own folder: a socket's path may be 107 bytes long.
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-example-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    async def listen(self, factory: IProtocolFactory) -> IListeningPort:
        """A port on loopback."""
        port: IListeningPort = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        return port

    async def address(self, factory: IProtocolFactory) -> str:
        """The same; its host and port."""
        return f"127.0.0.1:{(await self.listen(factory)).getHost().port}"

    def socket(self, name: str) -> str:
        """The path of a listener."""
        return str(self.folder / name)

    async def start(self, name: str, listeners: dict[str, str], upstreams: dict[str, str]) -> Child:
        """Start C{twistd} on an example and wait until all listeners take connections.

        @param listeners: variables, and the names of sockets for them.
        @param upstreams: variables, and the upstreams for them.
        """
        sockets = {variable: f"unix:{self.socket(path)}:mode=600" for variable, path in listeners.items()}
        child = Child(
            twistd_command(EXAMPLES / f"{name}.toml"), self.folder / "log", {**sockets, **upstreams}
        )
        self.addCleanup(child.kill)
        for path in listeners.values():
            await deferToThread(child.wait_listening, self.socket(path))
        return child

    async def ask(
        self, listener: str, method: str, target: str, body: bytes = b"", fields: str = ""
    ) -> Answer:
        """One request; it waits in a thread, because the nodes live in this one."""
        answer: Answer = await deferToThread(ask, self.socket(listener), method, target, body, fields)
        return answer

    async def stopped_cleanly(self, child: Child) -> None:
        """It ends by itself when it is asked to, and takes its sockets with it."""
        await deferToThread(child.stop)
        self.assertEqual(child.popen.returncode, 0, child.said())
        self.assertEqual([p.name for p in self.folder.iterdir() if p.is_socket()], [])


class Network:
    """Two Tessera nodes with one store, and two GoQuorum nodes."""

    def __init__(self) -> None:
        self.store = TesseraStore()
        self.tesseras = [SimulatedTessera(name, self.store, reactor) for name in ("t1", "t2")]
        self.quorums = [SimulatedGoQuorum(name, reactor) for name in ("q1", "q2")]


class ListenersTests(ExampleCase):
    """A request through every listener of every example."""

    async def network(self) -> dict[str, str]:
        """Start the nodes.

        @return: the variables that lead to them.
        """
        self.net = Network()
        found: dict[str, str] = {}
        self.ports: dict[str, Any] = {}
        for number, tessera in enumerate(self.net.tesseras, 1):
            for role, factory in (
                ("Q2T", tessera.q2t),
                ("P2P", tessera.p2p),
                ("THIRD_PARTY", tessera.third_party),
            ):
                variable = f"TESSERA_{number}_{role}"
                self.ports[variable] = port = await self.listen(factory)
                found[variable] = f"http://127.0.0.1:{port.getHost().port}"
        for number, quorum in enumerate(self.net.quorums, 1):
            variable = f"QUORUM_{number}_RPC"
            self.ports[variable] = port = await self.listen(quorum.rpc)
            found[variable] = f"tcp:127.0.0.1:{port.getHost().port}"
        return found

    async def q2t_answers(self) -> None:
        """The socket beside GoQuorum, with a payload that is not there."""
        self.assertEqual((await self.ask("q2t", "GET", "/upcheck")).status, 200)
        missing = await self.ask("q2t", "GET", "/transaction/" + "A" * 86 + "==")
        self.assertEqual(missing.status, 404)

    async def rpc_answers(self) -> None:
        """JSON-RPC through the relay."""
        answer = await self.ask("rpc", "POST", "/", BLOCK_NUMBER, JSON)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(json.loads(answer.body)["id"], 7)

    async def third_party_answers(self) -> None:
        """The third-party side."""
        self.assertEqual((await self.ask("third-party", "GET", "/upcheck")).status, 200)

    async def p2p_answers(self) -> None:
        """The paths of the peer-to-peer side, and one that it does not have."""
        self.assertEqual((await self.ask("p2p", "GET", "/upcheck")).status, 200)
        for path in ("/version", "/transaction/x", "/partyinfo/other", "/"):
            self.assertEqual((await self.ask("p2p", "GET", path)).status, 404, path)
        self.assertEqual((await self.ask("p2p", "GET", "/push/..;/upcheck")).status, 400)

    @staticmethod
    def sockets(*names: str) -> dict[str, str]:
        """Variables of listeners."""
        return {f"{name.upper().replace('-', '_')}_LISTEN": name for name in names}

    async def test_beside_goquorum(self) -> None:
        """The socket answers, also when either node is away."""
        child = await self.start("beside-goquorum", self.sockets("q2t"), await self.network())
        await self.q2t_answers()
        for variable in ("TESSERA_1_Q2T", "TESSERA_2_Q2T"):
            port = self.ports[variable]
            number = port.getHost().port
            await port.stopListening()
            for _ in range(3):
                await self.q2t_answers()
            again = serverFromString(reactor, f"tcp:{number}:interface=127.0.0.1")
            back = await again.listen(port.factory)
            self.addCleanup(back.stopListening)
        await self.stopped_cleanly(child)

    async def test_standalone(self) -> None:
        """Every listener answers."""
        child = await self.start(
            "standalone", self.sockets("rpc", "third-party", "p2p"), await self.network()
        )
        await self.rpc_answers()
        await self.third_party_answers()
        await self.p2p_answers()
        await self.stopped_cleanly(child)

    async def test_small(self) -> None:
        """Every listener answers."""
        child = await self.start(
            "small", self.sockets("q2t", "rpc", "third-party", "p2p"), await self.network()
        )
        await self.q2t_answers()
        await self.rpc_answers()
        await self.third_party_answers()
        await self.p2p_answers()
        await self.stopped_cleanly(child)


class DatabaseTests(ExampleCase):
    """database.toml: the primary, and the other site while the primary cannot be reached."""

    async def greeting(self) -> bytes:
        """Who answers a new connection, after a round trip."""

        def talk() -> bytes:
            with Client(self.socket("database")) as client:
                client.send(b"?")
                return client.exactly(3)

        found: bytes = await deferToThread(talk)
        return found

    async def test_backup(self) -> None:
        """New connections go to the primary while it lives, and else to the backup."""
        primary = await self.listen(GreetingFactory(b"p:"))
        child = await self.start(
            "database",
            {"DATABASE_LISTEN": "database"},
            {
                "DATABASE_PRIMARY": f"tcp:127.0.0.1:{primary.getHost().port}",
                "DATABASE_DR": f"tcp:{await self.address(GreetingFactory(b'd:'))}",
            },
        )
        self.assertEqual(await self.greeting(), b"p:?")
        await primary.stopListening()
        for _ in range(3):
            self.assertEqual(await self.greeting(), b"d:?")
        await self.stopped_cleanly(child)
