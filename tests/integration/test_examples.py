"""Each file of docs/examples/ runs, and every listener in it answers."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol

from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import OWN_KEY, Party
from tests.integration.example_case import ExampleCase, Network
from tests.test_examples import EXAMPLES

JSON = "Content-Type: application/json\r\n"
OCTETS = "Content-Type: application/octet-stream\r\n"
#: The public key of another member.
OTHER_KEY = bytes(reversed(range(32)))
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


class Parties(dict[str, Party]):
    """A node's table of the network; fires when it is told of the first party."""

    def __init__(self) -> None:
        super().__init__()
        self.told: Deferred[str] = Deferred()

    def setdefault(self, url: str, party: Party) -> Party:  # type: ignore[override]
        """The node calls this for each party that a C{/partyinfo} names."""
        found = super().setdefault(url, party)
        if not self.told.called:
            self.told.callback(url)
        return found


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

    async def q2t_responses(self) -> None:
        """The socket beside GoQuorum, with a payload that is not there."""
        self.assertEqual((await self.ask("q2t", "GET", "/upcheck")).status, 200)
        missing = await self.ask("q2t", "GET", "/transaction/" + "A" * 86 + "==")
        self.assertEqual(missing.status, 404)

    async def rpc_responses(self) -> None:
        """JSON-RPC through the relay."""
        answer = await self.ask("rpc", "POST", "/", BLOCK_NUMBER, JSON)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(json.loads(answer.body)["id"], 7)

    async def third_party_responses(self) -> None:
        """The third-party side."""
        self.assertEqual((await self.ask("third-party", "GET", "/upcheck")).status, 200)

    async def p2p_responses(self) -> None:
        """Every path of the peer-to-peer side, and some that it does not have."""
        self.assertEqual((await self.ask("p2p", "GET", "/upcheck")).status, 200)
        sealed = Payload.seal(b"payload", OTHER_KEY, [OWN_KEY], self.net.store.next_salt())
        pushed = await self.ask("p2p", "POST", "/push", sealed.encode(), OCTETS)
        self.assertEqual(pushed.status, 201, pushed)
        self.assertEqual(list(self.net.store.transactions), [sealed.hash])
        asked = json.dumps({"type": "INDIVIDUAL", "key": pushed.body.decode(), "publicKey": ""}).encode()
        sent = await self.ask("p2p", "POST", "/resend", asked, JSON)
        self.assertEqual((sent.status, sent.body), (200, sealed.encode()))
        validated = await self.ask("p2p", "POST", "/partyinfo/validate", sealed.encode(), OCTETS)
        self.assertEqual((validated.status, validated.body), (200, b"payload"))
        for path in ("/transaction/x", "/partyinfo/other", "/"):
            self.assertEqual((await self.ask("p2p", "GET", path)).status, 404, path)
        self.assertEqual((await self.ask("p2p", "GET", "/push/..;/upcheck")).status, 400)

    async def party_info_reaches_both(self) -> None:
        """One node answers, the other one is told, too: the same bytes, once."""
        tables = [Parties() for _ in self.net.tesseras]
        for tessera, table in zip(self.net.tesseras, tables, strict=True):
            tessera.state.parties = table
        url = b"http://198.51.100.7:9001/"
        body = PartyInfo(url, ((OTHER_KEY, url),), (url,)).encode()
        fields = OCTETS + "tesseraSupportedApiVersions: 2.0\r\n"
        self.assertEqual((await self.ask("p2p", "POST", "/partyinfo", body, fields)).status, 200)
        for tessera, table in zip(self.net.tesseras, tables, strict=True):
            await table.told
            posted = [r for r in tessera.p2p.requests if (r.method, r.target) == (b"POST", b"/partyinfo")]
            self.assertEqual([r.body for r in posted], [body])
            self.assertEqual(posted[0].all(b"tesseraSupportedApiVersions"), [b"2.0"])

    @staticmethod
    def sockets(*names: str) -> dict[str, str]:
        """Variables of listeners."""
        return {f"{name.upper().replace('-', '_')}_LISTEN": name for name in names}

    async def test_beside_goquorum(self) -> None:
        """The socket answers, also when either node is away."""
        child = await self.start(EXAMPLES / "beside-goquorum.toml", self.sockets("q2t"), await self.network())
        await self.q2t_responses()
        for variable in ("TESSERA_1_Q2T", "TESSERA_2_Q2T"):
            port = self.ports[variable]
            number = port.getHost().port
            await port.stopListening()
            port.factory.abort_connections()
            for _ in range(3):
                await self.q2t_responses()
            again = serverFromString(reactor, f"tcp:{number}:interface=127.0.0.1")
            back = await again.listen(port.factory)
            self.addCleanup(back.stopListening)
        await self.stopped_cleanly(child)

    async def test_standalone(self) -> None:
        """Every listener answers."""
        child = await self.start(
            EXAMPLES / "standalone.toml", self.sockets("rpc", "third-party", "p2p"), await self.network()
        )
        await self.rpc_responses()
        await self.third_party_responses()
        await self.p2p_responses()
        await self.party_info_reaches_both()
        await self.stopped_cleanly(child)

    async def test_json_rpc(self) -> None:
        """It answers, also when either node is away."""
        found = await self.network()
        places = {name: f"http://{one.removeprefix('tcp:')}" for name, one in found.items() if "RPC" in name}
        sockets = {name.replace("RPC", "WS"): one.replace("http", "ws") for name, one in places.items()}
        child = await self.start(EXAMPLES / "json-rpc.toml", self.sockets("rpc"), {**places, **sockets})
        await self.rpc_responses()
        gone = self.ports["QUORUM_1_RPC"]
        await gone.stopListening()
        gone.factory.abort_connections()
        for _ in range(3):
            await self.rpc_responses()
        await self.stopped_cleanly(child)

    async def test_tessera_ha(self) -> None:
        """Every listener answers."""
        child = await self.start(
            EXAMPLES / "tessera-ha.toml", self.sockets("q2t", "third-party", "p2p"), await self.network()
        )
        await self.q2t_responses()
        await self.third_party_responses()
        await self.p2p_responses()
        await self.party_info_reaches_both()
        await self.stopped_cleanly(child)

    async def test_ha_setup_1(self) -> None:
        """GoQuorum's socket answers, also when the Tessera on its machine is away; so does the database."""
        found = await self.network()
        own, other = (self.ports[f"TESSERA_{number}_Q2T"] for number in (1, 2))
        child = await self.start(
            EXAMPLES / "ha-setup-1.toml",
            self.sockets("q2t", "database"),
            {
                "TESSERA_OWN_Q2T": found["TESSERA_1_Q2T"],
                "TESSERA_OTHER_Q2T": found["TESSERA_2_Q2T"],
                "DATABASE_PRIMARY": f"tcp:{await self.address(GreetingFactory(b'p:'))}",
            },
        )
        await self.q2t_responses()
        # The checks are all that it has asked of the other one.
        self.assertNotIn(b"/upcheck", [r.target for r in other.factory.requests])
        self.assertIn(b"/upcheck", [r.target for r in own.factory.requests])
        await own.stopListening()
        own.factory.abort_connections()
        for _ in range(3):
            await self.q2t_responses()
        self.assertEqual(await self.greeting(), b"p:?")
        await self.stopped_cleanly(child)

    async def test_small(self) -> None:
        """Every listener answers."""
        child = await self.start(
            EXAMPLES / "small.toml", self.sockets("q2t", "rpc", "third-party", "p2p"), await self.network()
        )
        await self.q2t_responses()
        await self.rpc_responses()
        await self.third_party_responses()
        await self.p2p_responses()
        await self.party_info_reaches_both()
        await self.stopped_cleanly(child)


class DatabaseTests(ExampleCase):
    """database.toml: the primary, and the other site while the primary cannot be reached."""

    async def test_backup(self) -> None:
        """New connections go to the primary while it lives, and else to the backup."""
        primary = await self.listen(GreetingFactory(b"p:"))
        child = await self.start(
            EXAMPLES / "database.toml",
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
