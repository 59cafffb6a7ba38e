"""What the demo's clients ask, in turn, and which answer is right.  No I/O."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote

from attrs import frozen

from quorumha.testing import Message
from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import OWN_KEY

#: The other party of the demo's network, which only speaks and never listens.
OTHER_KEY, OTHER_URL = bytes(range(32, 64)), b"http://other-party:9001/"


@frozen
class Ask:
    """One request.

    @ivar name: for the reason of a failure.
    @ivar data: its bytes, head and body.
    @ivar right: whether an answer is the right one.
    """

    name: str
    data: bytes
    right: Callable[[Message], bool]


def request(line: str, host: str, body: bytes = b"", *headers: str) -> bytes:
    """The bytes of a request."""
    length = [f"Content-Length: {len(body)}"] if body or not line.startswith("GET") else []
    lines = [f"{line} HTTP/1.1", f"Host: {host}", *headers, *length]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status(*expected: int) -> Callable[[Message], bool]:
    """Whether the status is one of these."""
    return lambda response: response.status in expected


def rpc(client: int) -> Iterator[Ask]:
    """JSON-RPC, through the TCP relay: reads, and signed transactions.

    A repeat of a signed transaction is harmless: "already known" says that it is there.
    """
    number = 0
    while True:
        for method in ("eth_blockNumber", "eth_chainId", "eth_sendRawTransaction", "net_peerCount"):
            number += 1
            params = [f"0x{client:02x}{number:012x}"] if method == "eth_sendRawTransaction" else []
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
            data = request("POST /", "localhost", body, "Content-Type: application/json")
            yield Ask(method, data, lambda response, number=number: _rpc_right(response, number))  # type: ignore[misc]


def _rpc_right(response: Message, number: int) -> bool:
    said = json.loads(response.body)
    error = said.get("error", {}).get("message")
    return response.status == 200 and said["id"] == number and error in (None, "already known")


class PrivateTransactions:
    """What a GoQuorum asks over the unix socket: it sends, and reads what it sent.

    @ivar sent: the keys of what was sent, the newest last; at most 50.
    """

    def __init__(self, client: int) -> None:
        self.sent: list[str] = []
        self._client = client
        self._number = 0

    def asks(self) -> Iterator[Ask]:
        """Without end."""
        while True:
            self._number += 1
            clear = b64encode(b"payload %d of client %d" % (self._number, self._client)).decode()
            to = [b64encode(OTHER_KEY).decode()] if self._number % 2 else []
            body = json.dumps({"payload": clear, "to": to}).encode()
            yield Ask("/send", request("POST /send", "c", body, "Content-Type: application/json"), self._sent)
            if self.sent:
                where = quote(self.sent[-1], safe="+=")
                data = request(f"GET /transaction/{where}?isRaw=false", "c")
                yield Ask("/transaction", data, status(200))
            # A transaction of others: 404 is the right answer, whoever is dead.
            foreign = quote(b64encode(bytes([self._number % 256]) * 64).decode(), safe="+=")
            data = request(f"GET /transaction/{foreign}?isRaw=false", "c")
            yield Ask("/transaction of others", data, status(404))

    def _sent(self, response: Message) -> bool:
        if response.status != 201:
            return False
        self.sent = [*self.sent[-49:], json.loads(response.body)["key"]]
        return True


def third_party(client: int) -> Iterator[Ask]:
    """What an application asks."""
    number = 0
    while True:
        number += 1
        body = json.dumps({"payload": b64encode(b"raw %d %d" % (client, number)).decode()}).encode()
        data = request("POST /storeraw", "third-party", body, "Content-Type: application/json")
        yield Ask("/storeraw", data, status(200))
        yield Ask("/keys", request("GET /keys", "third-party"), status(200))
        yield Ask("/upcheck", request("GET /upcheck", "third-party"), status(200))


def party(client: int) -> Iterator[Ask]:
    """What the other party's Tessera asks: it announces itself, pushes, and validates."""
    as_bytes = ("Content-Type: application/octet-stream", "tesseraSupportedApiVersions: v1,v2")
    info = PartyInfo(OTHER_URL, ((OTHER_KEY, OTHER_URL),), (OTHER_URL,)).encode()
    word = Payload.seal(b"a word", OTHER_KEY, (OWN_KEY,), b"word").encode()
    number = 0
    while True:
        number += 1
        pushed = Payload.seal(b"pushed", OTHER_KEY, (OWN_KEY,), b"%d-%d" % (client, number)).encode()
        data = request("POST /partyinfo", "p2p", info, *as_bytes)
        yield Ask("/partyinfo", data, status(200))
        yield Ask("/push", request("POST /push", "p2p", pushed, *as_bytes), _push_right)
        data = request("POST /partyinfo/validate", "p2p", word, *as_bytes)
        yield Ask("/partyinfo/validate", data, lambda response: response.body == b"a word")
        yield Ask("/upcheck", request("GET /upcheck", "p2p"), status(200))


def _push_right(response: Message) -> bool:
    # A node that dies between writing the row and answering leaves the row; asked again, the other node
    # calls it a duplicate.  The payload is there, once, which is what a push is for.
    return response.status == 201 or (response.status == 500 and b"duplicate key value" in response.body)
