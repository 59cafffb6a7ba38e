"""The simulated GoQuorum's HTTP and JSON-RPC."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import Chain, Message, Reader, SimulatedGoQuorum
from quorumha.testing.goquorum.simulated_goquorum import BODY_LIMIT

FROM = "0xED9D02E382B34818E88B88A309C7FE71E65F419D"


def read(data: bytes, requests: bool) -> Message:
    ended: list[Message] = []
    Reader(lambda _: None, ended.append, requests).feed(data)
    return ended[-1]


class Nodes(SynchronousTestCase):
    def setUp(self) -> None:
        self.chain = Chain()
        self.first, self.second = (SimulatedGoQuorum(Clock(), self.chain) for _ in range(2))

    def ask(
        self,
        body: bytes,
        method: str = "POST",
        host: str = "10.0.0.1:22000",
        kind: str = "application/json",
        node: SimulatedGoQuorum | None = None,
    ) -> Message:
        head = f"{method} / HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
        request = read(head.encode() + b"\r\n\r\n" + body, requests=True)
        return read((node or self.first).rpc.respond(request), requests=False)

    def call(self, method: str, *params: Any, node: SimulatedGoQuorum | None = None) -> dict[str, Any]:
        body = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()
        answer = self.ask(body, host="localhost", node=node)
        self.assertEqual((answer.status, answer.get(b"content-type")), (200, b"application/json"))
        said: dict[str, Any] = json.loads(answer.body)
        self.assertEqual(said["id"], 7)
        return said


class HTTPTests(Nodes):
    body = b'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}'

    def test_statuses(self) -> None:
        self.assertEqual(self.ask(self.body).status, 200)
        self.assertEqual(self.ask(self.body, kind="text/plain").status, 415)
        self.assertEqual(self.ask(self.body, method="PUT").status, 405)
        self.assertEqual(self.ask(bytes(BODY_LIMIT + 1)).status, 413)
        empty = self.ask(b"", method="GET")
        self.assertEqual((empty.status, empty.body), (200, b""))

    def test_hosts(self) -> None:
        refused = self.ask(self.body, host="node.example")
        self.assertEqual((refused.status, refused.body), (403, b"invalid host specified\n"))
        for host in ("localhost", "LOCALHOST:22000", "127.0.0.1", "[::1]:22000"):
            self.assertEqual(self.ask(self.body, host=host).status, 200)
        self.first.vhosts = ("*",)
        self.assertEqual(self.ask(self.body, host="node.example").status, 200)
