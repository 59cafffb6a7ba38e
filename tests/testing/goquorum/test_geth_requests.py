"""GoQuorum's requests are those that were captured, byte for byte."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import unquote

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.goquorum.geth_requests import GethRequests, escaped
from tests.testing.test_corpus import load


def captured(exchange: dict[str, Any]) -> bytes:
    asked = exchange["request"]
    lines = [asked["line"], *(f"{name}: {value}" for name, value in asked["headers"])]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + b64decode(asked["body"])


def made_again(requests: GethRequests, exchange: dict[str, Any]) -> bytes | None:
    """The request with the same meaning; None for one that the simulation does not make."""
    path, body = exchange["path"], b64decode(exchange["request"]["body"])
    asked: dict[str, Any] = json.loads(body) if body else {}
    to = [b64decode(key) for key in asked.get("to") or ()]
    match path.split("/")[1:]:
        case ["transaction", name, what]:
            return requests.about(b64decode(unquote(name)), what)
        case ["transaction", name]:
            return requests.transaction(b64decode(unquote(name.partition("?")[0])), "2.0")
        case ["send"]:
            return requests.send(b64decode(asked["payload"]), to, asked["privacyFlag"], "2.0")
        case ["sendsignedtx"]:
            return requests.send_signed(b64decode(asked["hash"]), to, asked["privacyFlag"], "2.0")
        case ["storeraw"]:
            return requests.store_raw(b64decode(asked["payload"]), "2.0")
        case ["upcheck"] | ["version", *_]:
            return requests.plain(path)
    return None


class CorpusTests(SynchronousTestCase):
    def agree(self, name: str, requests: GethRequests) -> set[str]:
        kinds = set()
        for exchange in load(name):
            again = made_again(requests, exchange)
            if again is not None:
                self.assertEqual(again, captured(exchange))
                kinds.add(exchange["method"] + exchange["path"].split("?")[0][:10] + exchange["path"][-8:])
        return kinds

    def test_over_the_socket(self) -> None:
        self.assertGreater(len(self.agree("q2t-front-1", GethRequests())), 7)
        self.assertGreater(len(self.agree("q2t-front-2", GethRequests())), 7)

    def test_over_tcp(self) -> None:
        self.assertGreater(len(self.agree("q2t-b", GethRequests("127.0.0.1:24237"))), 6)


class FormTests(SynchronousTestCase):
    def test_hashes_in_paths(self) -> None:
        self.assertEqual(escaped(b"\xff\xff\xfb\xef\xbe\x00"), "%2F%2F%2F7774A")
        self.assertEqual(escaped(b"\xfb\xe0"), "++A=")

    def test_types_of_the_chosen_version(self) -> None:
        requests = GethRequests()
        new, newest = b"application/vnd.tessera-2.1+json", b"application/vnd.tessera-4.0+json"
        self.assertIn(b"Accept: application/json\r\n", requests.transaction(b"k", "2.0"))
        self.assertIn(b"Accept: " + new, requests.transaction(b"k", "4.0"))
        self.assertIn(b"Content-Type: " + new, requests.send(b"p", [], 0, "3.0"))
        self.assertIn(b"Content-Type: " + newest, requests.send(b"p", [], 0, "4.0"))
        self.assertIn(b"Content-Type: " + newest, requests.send_signed(b"k", [], 0, "10.0"))
