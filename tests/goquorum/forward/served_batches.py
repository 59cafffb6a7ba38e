"""C{ServedBatches}: batches before simulated nodes, in memory."""

from __future__ import annotations

import json
from typing import Any

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeResponse
from quorumha.testing.http.recording import Recorder
from quorumha.testing.memory_proxy import http_request
from tests.goquorum.served_accounts import AccountsServed


def entry(method: str, *params: Any, id: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": list(params)}


def silent(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": list(params)}


def batch_request(*entries: Any, fields: tuple[bytes, ...] = ()) -> bytes:
    body = json.dumps(entries, separators=(",", ":")).encode()
    return http_request(b"POST", b"/", body, b"Content-Type: application/json", *fields)


class ServedBatches(AccountsServed):
    """With what tests of batches ask for."""

    def serve_warm(self, listener: str = "", pool: str = "", members: int = 2) -> list[str]:
        """Accounts of the nodes that have their home at a1, and those of a2, in turn: each was used once."""
        self.serve(listener, pool, members)
        self.homes: dict[str, list[str]] = {}
        for account in KEYS[:10]:
            before = self.asked("eth_sendTransaction")
            self.assertIn("result", self.call("eth_sendTransaction", self.transaction(account), within=3.0))
            after = self.asked("eth_sendTransaction")
            home = next(name for name in after if after[name] > before[name])
            self.homes.setdefault(home, []).append(account)
        self.assertEqual(set(self.homes), {f"a{n}" for n in range(1, members + 1)})
        self.clear()
        return [self.homes["a1"][0], self.homes["a2"][0]]

    def clear(self) -> None:
        for node in self.proxy.quorums.values():
            node.rpc.requests.clear()
            node.seen.clear()

    def batches(self, name: str) -> list[list[dict[str, Any]]]:
        """The batches that a node got, but for checks, fences and spreads."""
        bodies = [one.body for one in self.node(name).rpc.requests if one.body[:1] == b"["]
        ours = (b"eth_getTransactionByHash", b"eth_getRawTransactionByHash")
        return [json.loads(one) for one in bodies if not any(method in one for method in ours)]

    def say(self, name: str, response: NodeResponse) -> None:
        """What stands before a node says so to clients' calls, not to checks."""
        node = self.node(name)
        whole = node.rpc.head_and_body
        node.rpc.respond = lambda request: (
            whole(response, request) if request.method == b"POST" else whole(NodeResponse(200), request)
        )

    def begin(self, *entries: Any, fields: tuple[bytes, ...] = ()) -> Recorder:
        return self.proxy.client(batch_request(*entries, fields=fields))

    def batch(
        self, *entries: Any, within: float = 0.1, fields: tuple[bytes, ...] = ()
    ) -> list[dict[str, Any]]:
        self.response: Message = self.proxy.ask(batch_request(*entries, fields=fields), within=within)
        self.assertEqual(self.response.status, 200)
        found: list[dict[str, Any]] = json.loads(self.response.body)
        return found

    def die_with(self, node: SimulatedNode, method: bytes, *, done: bool = False) -> None:
        """It dies when it gets such a call, before or after it has done it."""
        if done:
            node.faults.die_after_commit = True
        else:
            node.faults.die_before_commit = True
        node.faults.only = lambda request: method in request.body
