"""One node, and nodes behind a proxy."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, MemoryProxy, RpcError, http_request
from tests.testing.goquorum.network_case import NetworkCase

PROXY = """
[pools.quorum]
upstreams = [
  { name = "a1", endpoint = "http://10.0.0.21:8545" },
  { name = "a2", endpoint = "http://10.0.0.22:8545" },
]
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
"""


class SwitchesTests(NetworkCase):
    """What a test switches."""

    def test_replies(self) -> None:
        self.a1.replies["eth_call"] = RpcError(-32000, "header not found")
        self.refused("header not found", self.a1, "eth_call", {})
        self.a1.replies["eth_call"] = lambda params: f"0x{len(params)}"
        self.assertEqual(self.call(self.a1, "eth_call", {}, "latest"), "0x2")
        del self.a1.replies["eth_call"]
        self.assertEqual(self.call(self.a1, "eth_call", {}, "latest"), "0x")
        self.assertEqual(len(self.a1.seen["eth_call"]), 3)

    def test_modules(self) -> None:
        self.a1.modules.discard("raft")
        self.refused("the method raft_role does not exist/is not available", self.a1, "raft_role")

    def test_tenants(self) -> None:
        self.a1.psis = {"psi1"}
        self.a1.tokens = {"good": ("eth_*",), "old": ("expired",)}
        psi, good = b"Quorum-PSI: psi1", b"Authorization: Bearer good"
        self.assertEqual(self.call(self.a1, "eth_getPSI", fields=(psi, good)), "psi1")
        for fields, said in (
            ((), "missing access token"),
            ((b"Authorization: Bearer old",), "token expired"),
            ((b"Authorization: Bearer none",), "invalid token"),
        ):
            error = self.assertRaises(RpcError, self.call, self.a1, "eth_chainId", fields=fields)
            self.assertEqual((error.code, str(error)), (-32001, said))
        error = self.assertRaises(RpcError, self.call, self.a1, "net_version", fields=(good,))
        self.assertEqual(str(error), "net_version - access denied")
        asking = ("eth_getBalance", KEYS[0], "latest")
        error = self.assertRaises(RpcError, self.call, self.a1, *asking, fields=(b"Quorum-PSI: no", good))
        self.assertEqual(str(error), "unable to find private state for context psi no")

    def test_private(self) -> None:
        self.refused(
            "private transaction manager is not in use",
            self.a1,
            "eth_sendTransaction",
            {"from": KEYS[0], "data": "0x01", "privateFor": ["x"]},
        )
        self.a1.ptm = True
        hash = self.send(self.a1, data="0x01", privateFor=["x"])
        found = self.call(self.a1, "eth_getTransactionByHash", hash)
        self.assertEqual((found["v"], len(found["input"])), ("0x25", 130))
        root = self.call(self.a1, "debug_privateStateRoot", "latest")
        self.a1.private_state = b"other"
        self.assertNotEqual(self.call(self.a1, "debug_privateStateRoot", "latest"), root)

    def test_joined(self) -> None:
        self.a2.joined = False
        self.assertEqual([self.call(one, "net_peerCount") for one in (self.a1, self.a2)], ["0x1", "0x0"])
        hash = self.send(self.a2)
        self.net.advance(1)
        self.assertFalse(self.network.included(hash))
        self.a2.joined = True
        self.net.advance(1)
        self.assertTrue(self.network.included(hash))


class ProxyTests(SynchronousTestCase):
    """Behind C{serve = "goquorum-rpc"}."""

    def test_two_proxies(self) -> None:
        """Before the same nodes."""
        first = MemoryProxy(PROXY)
        second = MemoryProxy(PROXY, first.net, host="second", network=first.network)
        for proxy in (first, second):
            proxy.simulate()
            proxy.start()
        self.assertEqual(first.quorums, second.quorums)
        second.kill("a1")
        body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
        asking = http_request(b"POST", b"/", body, b"Content-Type: application/json")
        for proxy in (first, second):
            self.assertIn(b"0x1ea1", proxy.ask(asking, within=5).body)
        first.revive("a1")
        self.assertTrue(second.quorums["a1"].alive)
        for proxy in (first, second):
            proxy.stop()

    def test_simulate(self) -> None:
        proxy = MemoryProxy(PROXY)
        proxy.simulate()
        proxy.start()
        body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
        asking = http_request(b"POST", b"/", body, b"Content-Type: application/json")
        self.assertEqual(json.loads(proxy.ask(asking).body)["result"], "0x1ea1")
        self.assertEqual(sum(len(one.seen.get("eth_chainId", ())) for one in proxy.quorums.values()), 1)
        for name, other in (("a1", "a2"), ("a2", "a1")):
            proxy.kill(name)
            self.assertFalse(proxy.quorums[name].alive)
            before = len(proxy.quorums[other].seen.get("eth_chainId", ()))
            self.assertEqual(json.loads(proxy.ask(asking, within=5).body)["result"], "0x1ea1")
            self.assertEqual(len(proxy.quorums[other].seen["eth_chainId"]), before + 1)
            proxy.revive(name)
            proxy.net.advance(5)
        self.assertEqual(set(proxy.network.nodes), {"a1", "a2", "other-1", "other-2"})
        proxy.stop()
