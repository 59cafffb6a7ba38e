"""Each message of C{tests/vectors/jsonrpc} over HTTP: what nodes get to see of it, and what is answered."""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import decode

from quorumha.goquorum.decide.call import echoed
from quorumha.testing.memory_proxy import http_request
from tests.goquorum.served_rpc import ServedRpc
from tests.vectors.jsonrpc.families import FAMILIES
from tests.vectors.jsonrpc.model import MessageVector

ID = b"X-Request-Id: abc-1"


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
        response = self.proxy.ask(
            http_request(b"POST", b"/", vector.raw, b"Content-Type: application/json", ID)
        )
        self.assertEqual(response.status, 200, vector.name)
        calls = [one[1:] for one in vector.entries if one is not None and one[:1] == b">"]
        wanted = [with_id(one) for one in calls]
        if vector.answer is None and vector.raw.lstrip()[:1] == b"[":
            self.served_batch(vector, wanted, response.body)
            return
        # Members that lack the method are asked one after the other.
        self.assertEqual(set(self.bodies()), set(wanted), vector.name)
        own = [one for one in (vector.answer, *vector.entries) if one is not None and one[:1] != b">"]
        if own:
            self.assertEqual(response.body, with_request_id(own[0]) + b"\n", vector.name)
            self.assertEqual(response.get(b"content-type"), b"application/json")
        elif not calls or b'"id":' not in calls[0]:
            self.assertEqual(response.body, b"", vector.name)
        else:
            self.assertTrue(response.body.startswith(b'{"jsonrpc":"2.0","id":'), vector.name)

    def served_batch(self, vector: MessageVector, wanted: list[bytes], body: bytes) -> None:
        """Entries in order; what is no call has its error in its place, and a notification nothing."""
        got = self.bodies()
        whole = b"[%b]" % b",".join(wanted)
        # Those that a member lacks are asked of another one, too.
        self.assertTrue(all(one == whole or one.strip(b"[]") in whole for one in got), (vector.name, got))
        self.assertEqual(bool(got), bool(wanted), vector.name)
        due = [one for one in vector.entries if one is not None and (one[:1] != b">" or b'"id":' in one)]
        if not due:
            self.assertEqual(body, b"", vector.name)
            return
        found = [bytes(one) for one in decode(body, type=list[Raw])]
        self.assertEqual(len(found), len(due), vector.name)
        for entry, answer in zip(due, found, strict=True):
            if entry[:1] != b">":
                self.assertEqual(answer, with_request_id(entry), vector.name)
            else:
                id = bytes(decode(entry[1:], type=dict[str, Raw])["id"])
                self.assertTrue(answer.startswith(b'{"jsonrpc":"2.0","id":%b,' % echoed(id)), vector.name)


def with_id(call: bytes) -> bytes:
    """As it goes to a node: a notification has an id of ours, so that it is known what became of it."""
    if b'"id":' in call:
        return call
    return call.replace(b'{"jsonrpc":"2.0",', b'{"jsonrpc":"2.0","id":"-",', 1)


def with_request_id(answer: bytes) -> bytes:
    """As it is served: one with data says the id of its request, too; one as a node's does not."""
    return answer.replace(b'"}}}', b'","requestId":"abc-1"}}}')


def _add(family: str) -> None:
    def test(self: MessagesServedTests) -> None:
        self.serve()
        self.bodies()
        for vector in FAMILIES[family]:
            self.served(vector)

    setattr(MessagesServedTests, f"test_{family}", test)


for _family in FAMILIES:
    _add(_family)
