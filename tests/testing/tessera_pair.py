"""Two simulated Tessera nodes of one party, for tests."""

from __future__ import annotations

import json
from base64 import b64encode

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, Message, Reader, SimulatedTessera, TesseraStore
from quorumha.testing.tessera.payloads import PartyInfo

OTHER_KEY = bytes(32)
OTHER_URL = "http://other:9001/"
SEND = {"payload": b64encode(b"private").decode(), "to": []}


def text_of(key: bytes) -> str:
    return b64encode(key).decode()


class Pair(SynchronousTestCase):
    """Two nodes of one party, all their ports listening in memory."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.store = TesseraStore()
        self.nodes = [
            SimulatedTessera(self.net.clock, self.store, "http://pair:9001/", name=name)
            for name in ("t1", "t2")
        ]
        for number, node in enumerate(self.nodes):
            for name, port in zip(("q2t", "p2p", "third"), node.ports, strict=True):
                self.net.listen(f"{name}{number}:1", port)

    def ask(
        self, place: str, line: str, body: bytes | dict[str, object] = b"", *headers: str, wait: float = 0
    ) -> Message:
        """The answer to one request on a connection of its own."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        lines = [f"{line} HTTP/1.1", "Host: c", f"Content-Length: {len(data)}", *headers]
        client = self.net.connect(f"{place}:1")
        client.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        self.net.advance(wait)
        ended: list[Message] = []
        Reader(lambda _: None, ended.append, requests=False).feed(client.received)
        self.assertEqual(len(ended), 1, f"answers to {line}")
        return ended[0]

    def status(self, *args: object, **kw: float) -> int:
        return self.ask(*args, **kw).status

    def announce(self, number: int, versions: str | None = "v1,v2") -> int:
        info = PartyInfo(OTHER_URL.encode(), ((OTHER_KEY, OTHER_URL.encode()),), ())
        headers = () if versions is None else (f"tesseraSupportedApiVersions: {versions}",)
        return self.status(f"p2p{number}", "POST /partyinfo", info.encode(), *headers)
