"""docs/howto/json-rpc.md: what the page says is so, before simulated nodes."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.goquorum.decide.home import home_order
from quorumha.testing import KEYS, MemoryProxy
from quorumha.testing.http_clients import http_request
from quorumha.testing.socket_recorder import SocketRecorder
from tests.documents import ROOT, blocks
from tests.goquorum.served_rpc import ServedRpc, rpc_request

EXAMPLE = ROOT / "docs" / "examples" / "json-rpc.toml"
PAYMENT = {"from": KEYS[0], "to": KEYS[1], "value": "0x0", "gas": "0x5208"}


class PageTests(ServedRpc):
    """The example, and what is said beside it."""

    def begin(self, **environ: str) -> MemoryProxy:
        """Serve the example.

        @param environ: its variables.
        """
        self.proxy = proxy = MemoryProxy.from_file(EXAMPLE, environ=environ)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        self.clock = proxy.net.clock
        proxy.net.advance(1.0)
        return proxy

    def page(self, number: int, **more: str) -> MemoryProxy:
        """Serve a TOML block of the page.

        @param number: from 0.
        """
        shown = [one.text for one in blocks("toml") if one.page == "docs/howto/json-rpc.md"]
        self.proxy = proxy = MemoryProxy(shown[number], **more)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        proxy.net.advance(1.0)
        return proxy

    def pay(self, account: str = KEYS[0], within: float = 2.0, **more: Any) -> dict[str, Any]:
        return self.call("eth_sendTransaction", {**PAYMENT, "from": account}, within=within, **more)

    def test_one_may_die(self) -> None:
        """Reads go on, and so do accounts; what was acknowledged takes place once."""
        proxy = self.begin()
        hashes = [self.pay(account)["result"] for account in KEYS[:10]]
        proxy.kill("a1")
        for account in KEYS[:10]:
            self.assertEqual(self.call("eth_getBalance", account, "latest", within=2.0)["id"], 1)
            hashes.append(self.pay(account)["result"])
        proxy.net.advance(2.0)
        self.assertEqual([one for one in hashes if not proxy.network.included(one)], [])
        for account in KEYS[:10]:
            self.assertEqual([one.nonce for one in proxy.network.transactions_of(account)], [0, 1])

    def test_a_nodes_own_host(self) -> None:
        """Is what it gets; a name of its own has to be in its list, and an address passes always."""
        proxy = self.begin(QUORUM_1_RPC="http://node-1:8545", QUORUM_1_WS="ws://node-1:8546")
        for node in proxy.quorums.values():
            node.vhosts = ("node-1",)
        for _ in range(4):
            self.assertEqual(self.call("net_version")["id"], 1)
        hosts = {
            name: {one.get(b"host") for one in node.rpc.requests} for name, node in proxy.quorums.items()
        }
        self.assertEqual(hosts, {"a1": {b"node-1:8545"}, "a2": {b"10.0.0.22:8545"}})

    def test_the_clients_host(self) -> None:
        """With C{host = "keep"}."""
        text = EXAMPLE.read_text(encoding="utf-8") + 'host = "keep"\n'
        self.proxy = proxy = MemoryProxy(text)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        self.call("net_version")
        hosts = [one.get(b"host") for node in proxy.quorums.values() for one in node.rpc.requests]
        self.assertIn(b"proxy", hosts)

    def test_before_the_client_gives_up(self) -> None:
        """It hears why nobody can answer; said as late as it gives up, nothing of that is heard."""
        proxy = self.begin()
        for name in proxy.quorums:
            proxy.kill(name)
        proxy.net.advance(1.0)
        self.assertEqual(self.pay(within=29.5)["error"]["code"], -32050)
        client = SocketRecorder.connect(proxy.net, proxy.place_of("rpc"))
        client.call("eth_sendTransaction", PAYMENT)
        proxy.net.advance(29.5)
        self.assertEqual([one["error"]["code"] for one in client.values], [-32050])

    def test_checks(self) -> None:
        """The keys of the page are taken; a node without connections gets no transactions."""
        proxy = self.page(0)
        proxy.network.partition({"a1"})
        proxy.net.advance(2.0)
        for account in KEYS[:10]:
            self.assertIn("result", self.pay(account))
        self.assertEqual(self.asked("eth_sendTransaction")["a1"], 0)

    def test_methods_of_your_own(self) -> None:
        """One that reads goes on to the next node; one that is not known does not; closed is refused."""
        proxy = self.page(1)
        for node in proxy.quorums.values():
            node.replies.update({"plugin@prices_get1": "0x1", "plugin@prices_set1": "0x1"})
        first = proxy.quorums["a1"]
        first.faults.die_before_commit = True
        for _ in range(2):
            self.assertEqual(self.call("plugin@prices_get1", within=1.0)["result"], "0x1")
        first.start()
        proxy.net.advance(1.0)
        said = []
        first.faults.die_before_commit = True
        for _ in range(2):
            said.append(self.call("plugin@prices_set1", within=3.0))
        codes = [one["error"]["code"] for one in said if "error" in one]
        self.assertEqual(codes, [-32051])
        for method in ("personal_listAccounts", "debug_traceTransaction", "admin_peers"):
            self.assertEqual(self.call(method)["error"]["code"], -32601)

    def test_tenants(self) -> None:
        """Token, private state and query go on, also with what is asked for the call."""
        proxy = self.begin()
        proxy.network.gossip = None
        body = rpc_request("eth_sendTransaction", PAYMENT).partition(b"\r\n\r\n")[2]
        fields = (b"Content-Type: application/json", b"Authorization: Bearer t", b"Quorum-PSI: p")
        proxy.ask(http_request(b"POST", b"/?PSI=p", body, *fields), within=2.0)
        for node in proxy.quorums.values():
            asked = [one for one in node.rpc.requests if b"txpool" not in one.body and one.method == b"POST"]
            ours = [one for one in asked if b"raft_cluster" not in one.body and b"StateRoot" not in one.body]
            self.assertGreater(len(ours), 0)
            for one in ours:
                self.assertEqual(
                    (one.target, one.get(b"authorization"), one.get(b"quorum-psi")),
                    (b"/?PSI=p", b"Bearer t", b"p"),
                )

    def test_whose_pages_may_call(self) -> None:
        """Nodes decide."""
        proxy = self.begin()
        for node in proxy.quorums.values():
            node.cors = ("https://dapp.example",)
        response = proxy.ask(rpc_request("net_version", fields=(b"Origin: https://dapp.example",)))
        self.assertEqual(response.get(b"access-control-allow-origin"), b"https://dapp.example")

    def test_web_socket(self) -> None:
        """On the same port."""
        proxy = self.begin()
        client = SocketRecorder.connect(proxy.net, proxy.place_of("rpc"))
        client.call("net_version", id=7)
        proxy.net.advance(0.1)
        self.assertEqual([one["id"] for one in client.values], [7])

    def test_no_other_paths_and_no_compression(self) -> None:
        proxy = self.begin()
        self.assertEqual(proxy.ask(http_request(b"POST", b"/graphql", b"{}")).status, 404)
        proxy.ask(rpc_request("net_version", fields=(b"Accept-Encoding: gzip",)))
        for node in proxy.quorums.values():
            self.assertEqual({one.get(b"accept-encoding") for one in node.rpc.requests}, {None})


class TwoProxiesTests(SynchronousTestCase):
    """One file on two machines."""

    def setUp(self) -> None:
        self.first = MemoryProxy.from_file(EXAMPLE)
        self.first.simulate()
        net, network = self.first.net, self.first.network
        self.second = MemoryProxy.from_file(EXAMPLE, net=net, network=network, host="second")
        self.second.simulate()
        for one in (self.first, self.second):
            one.start()
            self.addCleanup(one.stop)
        net.advance(1.0)

    def test_they_agree(self) -> None:
        """On the node of each account."""
        for account in KEYS[:10]:
            homes = {
                home_order(bytes.fromhex(account[2:]), proxy.service.pools["quorum"].members)[0].name
                for proxy in (self.first, self.second)
            }
            self.assertEqual(len(homes), 1)

    def test_a_filter_of_the_other_one(self) -> None:
        """Is found by asking."""
        made = self.first.ask(rpc_request("eth_newBlockFilter")).body
        id = made.split(b'"result":"')[1].split(b'"')[0].decode()
        block = self.first.network.mine().hash
        self.first.net.advance(0.1)
        found = self.second.ask(rpc_request("eth_getFilterChanges", id))
        self.assertIn(block.encode(), found.body)


class RestartTests(ServedRpc):
    """What it knows is in memory."""

    def test_accounts_and_filters(self) -> None:
        """The last transaction of before is known, and a filter of before is found."""
        first = MemoryProxy.from_file(EXAMPLE)
        first.simulate()
        first.start()
        first.net.advance(1.0)
        self.proxy = first
        for account in KEYS[:10]:
            self.call("eth_sendTransaction", {**PAYMENT, "from": account}, within=2.0)
        id = self.call("eth_newBlockFilter")["result"]
        client = SocketRecorder.connect(first.net, first.place_of("rpc"))
        first.net.advance(0.1)
        first.stop()
        self.assertEqual(client.closed, 1001)
        self.proxy = MemoryProxy.from_file(EXAMPLE, net=first.net, network=first.network)
        self.proxy.simulate()
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        first.net.advance(1.0)
        self.assertIsInstance(self.call("eth_getFilterChanges", id)["result"], list)
        for account in KEYS[:10]:
            self.call("eth_sendTransaction", {**PAYMENT, "from": account}, within=2.0)
        first.net.advance(1.0)
        for account in KEYS[:10]:
            self.assertEqual([one.nonce for one in first.network.transactions_of(account)], [0, 1])


class WarningsTests(SynchronousTestCase):
    """What C{quorumha check} says of the page's advice."""

    def test_names(self) -> None:
        text = EXAMPLE.read_text(encoding="utf-8").replace('name = "a1", ', "")
        (warning,) = parse_config(text, "q.toml", {}).warnings
        self.assertIn("has no `name`", str(warning))
