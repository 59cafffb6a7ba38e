"""What real GoQuorums answer through C{goquorum-rpc}: captured requests, and messages with two readings."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Raw
from msgspec.json import decode

from quorumha.goquorum.decide.call import echoed
from tests.e2e.case import RpcNodesCase
from tests.goquorum.test_captures_served import AMBIGUOUS, NEVER, REFUSED
from tests.integration.clients import Answer, ask
from tests.testing.goquorum_captures import CUT, body_form, load
from tests.vectors.jsonrpc.families import FAMILIES
from tests.vectors.jsonrpc.model import MessageVector

_JSON = "Content-Type: application/json\r\n"


class WireTests(RpcNodesCase):
    """One network for all of it."""

    def setUp(self) -> None:
        super().setUp()
        self.net = self.network()

    def post(self, port: int, body: bytes) -> Answer:
        return ask(port, "POST", "/", body, _JSON)

    def assert_answered(self, id: bytes, body: bytes, name: str) -> None:
        self.assertTrue(body.startswith(b'{"jsonrpc":"2.0","id":%b,' % echoed(id)), (name, body))

    def assert_served(self, vector: MessageVector) -> None:
        """Own words where no node may see it, else a node's answer to each call, with its id."""
        response = self.post(self.net.port, vector.raw)
        self.assertEqual(response.status, 200, vector.name)
        if vector.answer is not None:
            self.assertEqual(response.body, vector.answer + b"\n", vector.name)
            return
        due = [one for one in vector.entries if one is not None and (one[:1] != b">" or b'"id":' in one)]
        if not due:
            self.assertEqual(response.body, b"", vector.name)
            return
        is_batch = vector.raw.lstrip()[:1] == b"["
        found = [bytes(one) for one in decode(response.body, type=list[Raw])] if is_batch else [response.body]
        self.assertEqual(len(found), len(due), vector.name)
        for entry, body in zip(due, found, strict=True):
            if entry[:1] == b">":
                self.assert_answered(bytes(decode(entry[1:], type=dict[str, Raw])["id"]), body, vector.name)
            else:
                self.assertEqual(body.rstrip(), entry, vector.name)

    def test_messages_with_two_readings(self) -> None:
        """And all others of C{tests/vectors/jsonrpc}; none of them is taken for another client's."""
        count = sum(1 for family in FAMILIES.values() for one in family if not self.assert_served(one))
        print(f"\n{count} messages")

    def test_a_call_behind_a_call(self) -> None:
        """Nodes run the second one, though its key is in other letters: it gets to none."""
        body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","METHOD":"personal_listAccounts"}'
        account = self.net.accounts[0].encode()
        self.assertIn(account, self.post(self.net.http["a1"], body).body)
        self.assertIn(b'"data":{"quorumha":"ambiguous","requestId":"', self.post(self.net.port, body).body)

    def test_nodes_say_the_same_through_the_proxy(self) -> None:
        """To what was captured of reads, envelopes and HTTP: status, body, type of content."""
        compared = 0
        for file in ("envelope", "http", "calls"):
            for one in load(file):
                if self.compared(file, one):
                    compared += 1
        print(f"\n{compared} requests")
        self.assertGreater(compared, 100)

    def compared(self, file: str, exchange: dict[str, Any]) -> bool:
        """Whether it could be: both are asked, one right after the other."""
        request, name = exchange["request"], exchange["name"]
        left_out = NEVER | AMBIGUOUS | REFUSED
        if name in left_out or CUT.search(request["body"]) or exchange["node"] != "a1":
            return False
        if "chunked" in name or "graphql" in name or name == "gzip" or not _repeatable(file, request):
            return False
        fields = "".join(f"{key}: {value}\r\n" for key, value in request["headers"].items() if key != "Host")
        found = [
            ask(port, request["method"], request["path"], request["body"].encode("latin-1"), fields)
            for port in (self.net.http["a1"], self.net.port)
        ]
        direct, served = (
            (one.status, body_form(one.body.decode("latin-1")), one.value("content-type")) for one in found
        )
        self.assertEqual(served, direct, name)
        return True


def _repeatable(file: str, request: dict[str, Any]) -> bool:
    """Whether it may be asked twice, at whichever node, with the same answer."""
    if file != "calls":
        return "eth_sendTransaction" not in request["body"]
    method = json.loads(request["body"]).get("method", "")
    own = ("net_", "admin_", "raft_", "txpool_", "debug_memStats", "debug_gcStats", "debug_stacks", "miner_")
    writes = (
        "send",
        "Send",
        "Filter",
        "sign",
        "Sign",
        "fill",
        "resend",
        "unlock",
        "lock",
        "distribute",
        "coinbase",
    )
    return not method.startswith(own) and not any(word in method for word in writes)
