"""Each message of C{tests/vectors/jsonrpc} over HTTP: what nodes get to see of it, and what is answered."""

from __future__ import annotations

from quorumha.testing.memory_proxy import http_request
from tests.goquorum.served_rpc import ServedRpc
from tests.vectors.jsonrpc.families import FAMILIES
from tests.vectors.jsonrpc.model import MessageVector


class MessagesServedTests(ServedRpc):
    """No node gets what it could read in another way, nor anything that is no call."""

    def bodies(self) -> list[bytes]:
        """What nodes got since they were asked last, but for checks."""
        found = []
        for node in self.proxy.quorums.values():
            found += [one.body for one in node.rpc.requests if one.body]
            node.rpc.requests.clear()
        return found

    def served(self, vector: MessageVector) -> None:
        response = self.proxy.ask(http_request(b"POST", b"/", vector.raw, b"Content-Type: application/json"))
        self.assertEqual(response.status, 200, vector.name)
        wanted = [one[1:] for one in vector.entries if one is not None and one[:1] == b">"]
        # Members that lack the method are asked one after the other.
        self.assertEqual(set(self.bodies()), set(wanted), vector.name)
        own = [one for one in (vector.answer, *vector.entries) if one is not None and one[:1] != b">"]
        if own:
            self.assertEqual(response.body, own[0] + b"\n", vector.name)
            self.assertEqual(response.get(b"content-type"), b"application/json")
        elif not wanted or b'"id":' not in wanted[0]:
            self.assertEqual(response.body, b"", vector.name)
        else:
            self.assertTrue(response.body.startswith(b'{"jsonrpc":"2.0","id":'), vector.name)


def _add(family: str) -> None:
    def test(self: MessagesServedTests) -> None:
        self.serve()
        self.bodies()
        for vector in FAMILIES[family]:
            if vector.answer is not None or vector.raw.lstrip()[:1] != b"[":
                self.served(vector)

    setattr(MessagesServedTests, f"test_{family}", test)


for _family in FAMILIES:
    _add(_family)
