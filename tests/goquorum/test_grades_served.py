"""What grades of members come to for clients: section 8 of the issue, end to end."""

from __future__ import annotations

import json
import math
from typing import Any

from quorumha.testing import KEYS, Recorder, on_calls
from tests.goquorum.checked_rpc import CheckedRpc
from tests.goquorum.served_rpc import rpc_request

TRANSACTION = {"from": KEYS[0], "to": KEYS[1], "gas": "0x5208"}


class GradesServedTests(CheckedRpc):
    """Whom calls go to."""

    def send(self, method: str, *params: Any) -> Recorder:
        return self.proxy.client(rpc_request(method, *params))

    def got(self, client: Recorder) -> tuple[int, dict[str, Any]] | None:
        response = self.proxy.response(client, b"POST")
        return None if response is None else (response.status, json.loads(response.body))

    def lose_majority(self) -> None:
        for name, node in self.network.nodes.items():
            if name not in ("a1", "a2"):
                node.die()
        self.net.advance(5.0)

    def test_writes_go_to_writable_members_only(self) -> None:
        """Whoever is the account's member else."""
        self.serve()
        self.start()
        self.node("a1").joined = False
        self.net.advance(1.0)
        for key in KEYS[:4]:
            client = self.send("eth_sendTransaction", {**TRANSACTION, "from": key})
            self.net.advance(1.0)
            self.assertIn("result", (self.got(client) or (0, {}))[1])
        self.assertEqual(len(self.node("a2").seen["eth_sendTransaction"]), 4)
        self.assertNotIn("eth_sendTransaction", self.node("a1").seen)

    def test_no_writable_member(self) -> None:
        """They wait inside C{client_timeout}, then 503 -32050 names each member and its cause."""
        self.serve()
        self.start()
        self.lose_majority()
        client = self.send("eth_sendTransaction", TRANSACTION)
        self.net.advance(28.5)
        self.assertIsNone(self.got(client))
        self.net.advance(2.0)
        found = self.got(client)
        assert found is not None
        status, body = found
        self.assertEqual((status, body["error"]["code"]), (503, -32050))
        for name in ("a1", "a2"):
            self.assertIn(f"{name}: read-only: raft has no m", body["error"]["message"])
        for name in ("a1", "a2"):
            self.assertNotIn("eth_sendTransaction", self.node(name).seen)

    def test_writable_again_while_they_wait(self) -> None:
        """They go on at once when the checks see it."""
        self.serve()
        self.start()
        self.lose_majority()
        client = self.send("eth_sendTransaction", TRANSACTION)
        self.net.advance(3.0)
        for node in self.network.nodes.values():
            if not node.alive:
                node.start()
        self.net.advance(4.0)
        found = self.got(client)
        assert found is not None
        self.assertIn("result", found[1], found)

    def test_reads_of_a_read_only_member(self) -> None:
        """It is read from as ever."""
        self.serve()
        self.start()
        self.lose_majority()
        client = self.send("eth_chainId")
        self.net.run()
        self.assertEqual((self.got(client) or (0, {}))[0], 200)

    def test_no_reads_of_who_is_behind(self) -> None:
        """While another one can be read from."""
        self.serve('lag = "500ms"')
        self.start()
        self.node("a1").lag = math.inf
        self.network.mine()
        self.net.advance(2.0)
        self.assertNotEqual(self.signs("a1").behind, "")
        for _ in range(4):
            self.send("eth_chainId")
            self.net.run()
        self.assertEqual(len(self.node("a2").seen["eth_chainId"]), 4)
        self.proxy.kill("a2")
        self.net.advance(1.0)
        client = self.send("eth_chainId")
        self.net.advance(1.0)
        self.assertEqual((self.got(client) or (0, {}))[0], 200)

    def test_a_read_leaves_a_member_that_is_put_down(self) -> None:
        """At once: as one that waits there when it begins to sync."""
        self.serve()
        self.start()
        a1 = self.node("a1")
        a1.faults.only = on_calls("eth_gasPrice")
        a1.faults.hang = True
        clients = [self.send("eth_gasPrice") for _ in range(2)]
        self.net.run()
        self.assertEqual(sum(self.got(client) is None for client in clients), 1)
        a1.syncing = {"currentBlock": "0x1"}
        self.net.advance(1.0)
        self.assertTrue(self.down("a1"))
        self.assertEqual([(self.got(client) or (0, {}))[0] for client in clients], [200, 200])
