"""Simulated Tessera nodes answer as the captured real ones did.

Each captured request is made again in a state in which the real node gave its answer;
status, fields and the form of the body must agree.  The captures' keys and hashes cannot be made again, so
values of that kind are compared by form.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import Message, Reader, SimulatedTessera, TesseraStore
from quorumha.testing.http.node import NodeFactory
from quorumha.testing.tessera.payloads import PartyInfo, Payload

CORPUS = Path(__file__).parent / "corpus"
OWN_A = b64decode("utPjfqJsyvZ/uZ9IfpDqhx1f97RTlyiseHorwfXHGn4=")
OWN_B = b64decode("Wc4qrfcdlZ3VJzKGe4iSP3MPFU0jy0FylxvIirlHjxk=")
URL_A, URL_B = "http://127.0.0.1:24226/", "http://127.0.0.1:24230/"
#: Fields whose presence and order matter; Date's value is the time's.
SEEN = ("Date", "Content-Type", "Location", "Content-Length", "Server")


def load(name: str) -> list[dict[str, Any]]:
    return json.loads((CORPUS / f"{name}.json").read_text())


def read(data: bytes, requests: bool) -> Message:
    ended: list[Message] = []
    Reader(ended.append, ended.append, requests).feed(data)
    return ended[-1]


def request_of(exchange: dict[str, Any]) -> Message:
    asked = exchange["request"]
    lines = [asked["line"], *(f"{name}: {value}" for name, value in asked["headers"])]
    return read("\r\n".join(lines).encode() + b"\r\n\r\n" + b64decode(asked["body"]), requests=True)


def form(value: Any) -> Any:
    """A value with what a run makes up left out: base64 by its number of bytes, URLs as they are."""
    if isinstance(value, dict):
        return {key: form(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [form(inner) for inner in value]
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9+/]{16,}={0,2}", value):
        return f"{len(b64decode(value))} bytes"
    return value


def body_form(body: bytes) -> Any:
    try:
        return form(json.loads(body))
    except ValueError:
        said = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", body.decode())
        return ",".join(form(part) for part in said.split(","))


class CorpusTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.store = TesseraStore()

    def node(self, own: bytes, url: str, other: bytes, other_url: str) -> SimulatedTessera:
        """A node as the captured one was: it knows the other party."""
        node = SimulatedTessera(self.clock, self.store, url, (own,))
        info = PartyInfo(other_url.encode(), ((other, other_url.encode()),), (other_url.encode(),)).encode()
        head = b"POST /partyinfo HTTP/1.1\r\nHost: a\r\ntesseraSupportedApiVersions: v1,v2\r\n"
        node.p2p.respond(read(head + b"Content-Length: %d\r\n\r\n" % len(info) + info, requests=True))
        return node

    def prepare(self, exchange: dict[str, Any], own: bytes) -> bytes:
        """Bring the store into the state of the capture; the request's body to use."""
        path, body = exchange["path"], b64decode(exchange["request"]["body"])
        if exchange["status"] == 200 and path.startswith("/transaction/"):
            # The real row cannot be decrypted; one of the same sizes stands in, under the same hash.
            key = b64decode(unquote(path.split("/")[2].split("?")[0]))
            said = b64decode(exchange["response"]["body"])
            clear = b64decode(json.loads(said)["payload"]) if said.startswith(b"{") else b"x"
            recipients = [b64decode(k) for k in said.split(b",")] if path.endswith("participants") else [own]
            sender = OWN_A if said != b"false" else OWN_B if own == OWN_A else OWN_A
            self.store.transactions[key] = Payload.seal(clear, sender, recipients, b"salt")
        elif path == "/sendsignedtx":
            key = b64decode(json.loads(body)["hash"])
            self.store.raws[key] = Payload.seal(b"clear", own, [own], b"salt")
        elif path == "/partyinfo/validate":
            word = b64decode(exchange["response"]["body"])
            return Payload.seal(word, OWN_A, [own], b"salt").encode()
        return body

    def agree(self, port: NodeFactory, exchange: dict[str, Any], own: bytes) -> None:
        request = request_of(exchange)
        request.body = self.prepare(exchange, own)
        given = read(port.respond(request), requests=False)
        wanted = exchange["response"]
        what = f"{exchange['method']} {exchange['path'][:60]}"
        self.assertEqual(given.start_line.decode(), wanted["line"], what)
        names = [name.decode() for name, _ in given.headers if name.decode() in SEEN]
        wanted_names = [name for name, _ in wanted["headers"] if name in SEEN]
        if exchange["version"] == "HTTP/1.0" and "Content-Length" not in wanted_names:
            # To HTTP/1.0 an empty answer comes without a length, and with a close.
            names.remove("Content-Length")
        self.assertEqual(names, wanted_names, what)
        for name in ("Content-Type", "Server"):
            values = [value for key, value in wanted["headers"] if key == name]
            self.assertEqual([value.decode() for value in given.all(name.encode())], values, what)
        for location in (value for key, value in wanted["headers"] if key == "Location"):
            pattern = re.escape(location[: location.index("/transaction/") + 13]) + r"[A-Za-z0-9%]+%3D%3D"
            self.assertRegex((given.get(b"Location") or b"").decode(), pattern)
        self.assertEqual(body_form(given.body), body_form(b64decode(wanted["body"])), what)

    def all_agree(self, name: str, port: str, own: bytes) -> int:
        url, other, other_url = (URL_A, OWN_B, URL_B) if own == OWN_A else (URL_B, OWN_A, URL_A)
        compared = 0
        for exchange in load(name):
            self.store = TesseraStore()
            node = self.node(own, url, other, other_url)
            if "Unable to push" in b64decode(exchange["response"]["body"]).decode():
                node.state.refusing.add(other_url)
            self.agree(getattr(node, port), exchange, own)
            compared += 1
        return compared

    def test_to_goquorum(self) -> None:
        self.assertGreater(self.all_agree("q2t-b", "q2t", OWN_B), 10)
        self.assertGreater(self.all_agree("q2t-back-1", "q2t", OWN_A), 20)

    def test_to_other_tesseras(self) -> None:
        self.assertGreater(self.all_agree("p2p-b", "p2p", OWN_B), 5)
        self.assertGreater(self.all_agree("p2p-back-1", "p2p", OWN_A), 8)

    def test_to_applications(self) -> None:
        self.assertGreater(self.all_agree("thirdparty-back-1", "third_party", OWN_A), 6)
