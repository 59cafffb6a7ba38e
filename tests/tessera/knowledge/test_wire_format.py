"""What is read in the octets between Tesseras."""

from __future__ import annotations

from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.wire_format import BEGINNING, affinity_of, party_of, payload_key
from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import key_text
from tests.testing.test_corpus import load

keys = st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=24, max_size=24)
payloads = st.builds(
    Payload,
    sender=keys,
    cipher_text=st.binary(min_size=1, max_size=700),
    nonce=nonces,
    boxes=st.lists(st.binary(min_size=48, max_size=48), max_size=3).map(tuple),
    recipient_nonce=nonces,
    recipients=st.lists(keys, max_size=3).map(tuple),
)


def in_cbor(payload: Payload) -> bytes:
    """As Tesseras with API 5.0 send it (CBOREncoder.java); the tail is of no interest here."""

    def string(value: bytes) -> bytes:
        size = len(value)
        if size < 24:
            return bytes([0x40 + size]) + value
        wide = 0 if size < 0x100 else 1 if size < 0x10000 else 2
        return bytes([0x58 + wide]) + size.to_bytes(1 << wide, "big") + value

    def strings(values: tuple[bytes, ...]) -> bytes:
        return b"\x9f" + b"".join(map(string, values)) + b"\xff"

    parts = (payload.sender, payload.cipher_text, payload.nonce, payload.recipient_nonce)
    return b"".join(map(string, parts)) + strings(payload.boxes) + strings(payload.recipients) + b"\x00"


class CapturedTests(SynchronousTestCase):
    """What real nodes sent and answered."""

    def test_party_info(self) -> None:
        seen = 0
        for name in ("p2p-b", "p2p-front", "p2p-back-1"):
            for one in load(name):
                if one["method"] == "POST" and one["path"] == "/partyinfo":
                    body = b64decode(one["request"]["body"])
                    self.assertEqual(party_of(body), PartyInfo.decode(body).url)
                    seen += 1
        self.assertGreater(seen, 3)

    def test_push(self) -> None:
        """The key is what the node answered."""
        seen = 0
        for name in ("p2p-b", "p2p-front", "p2p-back-1"):
            for one in load(name):
                if one["path"] == "/push" and one["status"] == 201:
                    body = b64decode(one["request"]["body"])
                    self.assertEqual(payload_key(body), b64decode(one["response"]["body"]))
                    self.assertIsNotNone(affinity_of(body))
                    seen += 1
        self.assertGreater(seen, 3)


class PayloadTests(SynchronousTestCase):
    """L{payload_key} and L{affinity_of}."""

    @given(payloads)
    def test_key(self, payload: Payload) -> None:
        for body in (payload.encode(), in_cbor(payload)):
            self.assertEqual(payload_key(body), key_text(payload.hash).encode())

    @given(payloads, st.integers(0, 2000))
    def test_any_beginning_tells_the_same_or_nothing(self, payload: Payload, size: int) -> None:
        """However the body is cut, and never more than so much of it is needed."""
        whole = affinity_of(payload.encode())
        self.assertIsNotNone(whole)
        self.assertIn(affinity_of(payload.encode()[:size]), (None, whole))
        for body in (payload.encode(), in_cbor(payload)):
            self.assertEqual(affinity_of(body[:BEGINNING]), whole)

    @given(payloads, payloads)
    def test_boxes_and_recipients_make_no_difference(self, one: Payload, other: Payload) -> None:
        """What two recipients of one payload are sent has one affinity; two payloads have two."""
        same = Payload(one.sender, one.cipher_text, other.nonce, other.boxes, other.nonce, other.recipients)
        self.assertEqual(affinity_of(one.encode()), affinity_of(same.encode()))
        alike = one.sender == other.sender and one.cipher_text[:160] == other.cipher_text[:160]
        self.assertEqual(affinity_of(one.encode()) == affinity_of(other.encode()), alike)


class MalformedTests(SynchronousTestCase):
    """Octets from anywhere."""

    @given(st.binary(max_size=600))
    def test_anything(self, octets: bytes) -> None:
        for read in (party_of, payload_key, affinity_of):
            read(octets)

    @given(payloads, st.data())
    def test_damaged(self, payload: Payload, data: st.DataObject) -> None:
        octets = bytearray(data.draw(st.sampled_from([payload.encode(), in_cbor(payload)])))
        for _ in range(data.draw(st.integers(1, 4))):
            octets[data.draw(st.integers(0, min(100, len(octets) - 1)))] = data.draw(st.integers(0, 255))
        payload_key(bytes(octets))
        affinity_of(bytes(octets))

    def test_stated_lengths_make_no_room(self) -> None:
        for head in (b"\0" + b"\xff" * 7, b"\x5b" + b"\xff" * 8, b"\xff" * 8, b""):
            for body in (head, head + b"x" * 100):
                self.assertIsNone(party_of(body))
                self.assertIsNone(payload_key(body))
                self.assertIsNone(affinity_of(body))
        long = bytes(7) + b"\x20" + bytes(32) + b"\0" + b"\xff" * 7 + b"x" * 300
        self.assertIsNone(payload_key(long))
        self.assertIsNotNone(affinity_of(long))

    @given(st.text(max_size=40))
    def test_urls(self, url: str) -> None:
        """Only what can stand in a log, and is a URL."""
        written = url.encode()
        body = PartyInfo(written, (), ()).encode()
        readable = url.startswith("http") and url.isascii() and url.isprintable() and " " not in url
        self.assertEqual(party_of(body), written if readable else None)
        self.assertIsNone(party_of(body[: 8 + len(written) - 1]))
