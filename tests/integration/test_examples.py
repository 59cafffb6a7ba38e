"""Each file of docs/examples/ runs, and every listener in it answers."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest

from bench.processes import free_port
from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import OWN_KEY, Party
from tests.integration.database import why_no_database
from tests.integration.database_pair import PROBE_PASSWORD, shared_pair
from tests.integration.example_case import ExampleCase, Network
from tests.integration.row_writer import RowWriter
from tests.test_examples import EXAMPLES

JSON = "Content-Type: application/json\r\n"
OCTETS = "Content-Type: application/octet-stream\r\n"
#: The public key of another member.
OTHER_KEY = bytes(reversed(range(32)))
BLOCK_NUMBER = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "eth_blockNumber", "params": []}).encode()


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
        """GoQuorum's socket answers, also when the Tessera on its machine is away.

        Of its databases see L{DatabaseTests}, and tests/testing/test_memory_proxy for those with a Patroni.
        """
        found = await self.network()
        own, other = (self.ports[f"TESSERA_{number}_Q2T"] for number in (1, 2))
        child = await self.start(
            EXAMPLES / "ha-setup-1.toml",
            self.sockets("q2t", "database"),
            {
                "TESSERA_OWN_Q2T": found["TESSERA_1_Q2T"],
                "TESSERA_OTHER_Q2T": found["TESSERA_2_Q2T"],
                "STATE_DIRECTORY": str(self.folder),
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
    """database-by-hand.toml, before a real pair."""

    def setUp(self) -> None:
        if reason := why_no_database():
            raise SkipTest(reason)
        super().setUp()

    async def test_promoted(self) -> None:
        """A writer goes on at the promoted database, and nothing that was acknowledged is lacking there."""
        pair = await deferToThread(shared_pair)
        port, password = free_port(), self.folder / "password"
        password.touch(0o600)
        password.write_text(PROBE_PASSWORD + "\n")
        variables = {
            "DATABASE_LISTEN": f"tcp:{port}:interface=127.0.0.1",
            "DATABASE_A": f"tcp:127.0.0.1:{pair.a.port}",
            "DATABASE_B": f"tcp:127.0.0.1:{pair.b.port}",
            "DATABASE_PASSWORD_FILE": str(password),
            "STATE_DIRECTORY": str(self.folder),
        }
        child = await self.start(EXAMPLES / "database-by-hand.toml", {}, variables)
        await deferToThread(child.wait_listening, ("127.0.0.1", port))
        await deferToThread(pair.synchronous)
        writer = RowWriter(self.id(), pair.primary.where(port=port))
        self.addCleanup(writer.end)
        await deferToThread(writer.more, pair.primary)
        old = pair.primary
        await deferToThread(old.kill)
        await deferToThread(pair.promote)
        await deferToThread(writer.more, pair.primary)
        await deferToThread(writer.end)
        kept = await deferToThread(pair.primary.ask, "SELECT number FROM rows WHERE writer = %s", self.id())
        self.assertEqual({row.number for row in writer.written} - {number for (number,) in kept}, set())
        await self.stopped_cleanly(child)
