"""What real nodes answered to captured requests, clients get through quorumha, but for what it refuses."""

from __future__ import annotations

import json

from quorumha.testing import MemoryProxy
from tests.testing.goquorum_captures import Captured, body_form, simulated

CONFIG = """
[pools.quorum]
upstreams = [{ name = "a1", endpoint = "http://127.0.0.1:8545" }]
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
"""
#: Of class C{never}: as if the node had no such method.
NEVER = {"ok-admin_nodeInfo", "ok-admin_peers", "ok-admin_datadir", "ok-personal_listWallets"}
#: What has two readings.
AMBIGUOUS = {"send-case"}
#: Asked of another node, which is not there; and sent again, which is success (see the tests of C{signed}).
LEFT_OUT = {
    "raw-gap-at-other",
    "filter-changes-other-node",
    "filter-uninstall-other-node",
    "raw-again-same-node",
    "raw-again-mined",
    "raw-again-mined-other",
    "raw-gap-again",
    # What became of the one in AMBIGUOUS.
    "send-case-tx",
}
#: Read otherwise than nodes do, on purpose: two readings are refused, and so is what stands behind a message.
REFUSED = {
    "key-case",
    "key-case-reversed",
    "key-fold",
    "trailing-garbage",
    "two-values",
    "deep",
    "deep-10001",
    # Over the limit: more than 1,000 entries; a body without a length.
    "batch-1500",
    "too-large-chunked",
    # The C{Host} that members get is their own.
    "host-name",
}


class ServedCase(Captured):
    """The first node behind a proxy."""

    def setUp(self) -> None:
        super().setUp()
        self.network.nodes["a1"].listen(self.net, "127.0.0.1:8545")
        self.proxy = MemoryProxy(CONFIG, self.net, network=self.network)
        self.proxy.start()

    def tearDown(self) -> None:
        self.proxy.stop()


class ServedTests(ServedCase):
    """Every captured call, in order, at the first node behind a proxy."""

    def place(self, node: str) -> str:
        return self.proxy.place_of("rpc")

    def test_calls(self) -> None:
        compared = 0
        for exchange in simulated("calls"):
            if exchange["name"] in NEVER:
                error = json.loads(self.asked(exchange).body)["error"]
                self.assertEqual(error["code"], -32601, exchange["name"])
            elif exchange["name"] in AMBIGUOUS:
                error = json.loads(self.asked(exchange).body)["error"]
                self.assertEqual(error["code"], -32602, exchange["name"])
            elif exchange["name"] not in LEFT_OUT:
                self.agree(exchange)
                compared += 1
        self.assertGreater(compared, 80)

    def test_envelopes_and_batches(self) -> None:
        """Status and body; a member's fields where a member answers."""
        self._same("envelope", 30)

    def test_http(self) -> None:
        """Likewise, of what goes on around JSON-RPC."""
        self._same("http", 18)

    def _same(self, name: str, least: int) -> None:
        compared = 0
        for exchange in simulated(name):
            found = self.asked(exchange)
            if exchange["name"] in REFUSED:
                continue
            self.assertEqual(found.status, exchange["status"], exchange["name"])
            said, wanted = found.body.decode("latin-1"), exchange["body"]
            self.assertEqual(body_form(said), body_form(wanted), exchange["name"])
            kind = dict(exchange["headers"]).get("Content-Type")
            got = found.get(b"content-type")
            self.assertEqual(None if got is None else got.decode(), kind, exchange["name"])
            compared += 1
        self.assertGreaterEqual(compared, least)
