"""L{NetworkCase}: a simulated network in memory, and how a test asks its nodes."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import (
    KEYS,
    MemoryTopology,
    RpcError,
    SimulatedNetwork,
    SimulatedNode,
    http_request,
    responses,
)


class NetworkCase(SynchronousTestCase):
    """Two nodes with one key store, and a third."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.network = SimulatedNetwork(self.net.clock)
        self.a1, self.a2 = (self.network.add(name, KEYS[:10]) for name in ("a1", "a2"))
        self.b = self.network.add("b", KEYS[50:52])
        for node in self.network.nodes.values():
            node.listen(self.net, f"{node.name}:8545", f"{node.name}:8546")

    def call(self, node: SimulatedNode, method: str, *params: Any, fields: tuple[bytes, ...] = ()) -> Any:
        """The result.

        @raise RpcError: it was an error.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        client = self.net.connect(f"{node.name}:8545")
        client.write(http_request(b"POST", b"/", body, b"Content-Type: application/json", *fields))
        self.net.run()
        (found,) = responses(client, b"POST")
        said = json.loads(found.body)
        client.close()
        if "error" in said:
            raise RpcError(said["error"]["code"], said["error"]["message"])
        return said["result"]

    def send(self, node: SimulatedNode, account: str = KEYS[0], **fields: Any) -> str:
        """The hash of a transaction that the node makes."""
        hash: str = self.call(node, "eth_sendTransaction", {"from": account, "to": KEYS[1], **fields})
        return hash

    def refused(self, said: str, node: SimulatedNode, method: str, *params: Any) -> None:
        """It answers with this error."""
        error = self.assertRaises(RpcError, self.call, node, method, *params)
        self.assertEqual(str(error), said)
