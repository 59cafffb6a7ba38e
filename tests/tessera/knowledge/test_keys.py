"""The keys that calls and answers name."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.knowledge.keys import (
    as_key,
    deleted_key,
    located_key,
    made_key,
    named_key,
    responded_key,
    signed_key,
    transaction_key,
    usual_target,
)
from tests.tessera.facts import KEY, a_response
from tests.testing.test_corpus import load

KEYS = st.binary(min_size=64, max_size=64).map(b64encode)
#: Bytes that come near what is looked for.
NEAR = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [b"/transaction/", b"/", b"?", b"&", b"to=", b"isRaw=", b"true", b"%2F", b"%", b"=", KEY]
        ),
        max_size=8,
    ).map(b"".join),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.just(KEY.decode()),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["key", "hash", "to", "isRaw", "x"]), inner, max_size=4)
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
)
FIELDS = st.lists(st.tuples(st.sampled_from([b"c11n-key", b"C11N-Key", b"c11n-to", b"Location"]), NEAR))


def q2t() -> Iterator[tuple[dict[str, Any], bytes, bytes]]:
    """Captured exchanges of GoQuorum with a Tessera, the request's body, the answer's."""
    for name in ("q2t-b", "q2t-back-1"):
        for exchange in load(name):
            yield (
                exchange,
                b64decode(exchange["request"]["body"]),
                b64decode(exchange["response"]["body"]),
            )


class CorpusTests(SynchronousTestCase):
    """What real nodes said."""

    def test_reads(self) -> None:
        """A key is read from the path as the node read it: its 404 says which it looked for."""
        said = 0
        for exchange, _, answer in q2t():
            path = exchange["path"]
            if not path.startswith("/transaction/"):
                self.assertIsNone(transaction_key(path.encode()), path)
                continue
            key = transaction_key(path.encode())
            assert key is not None, path
            if exchange["status"] == 404:
                said += 1
                self.assertEqual(answer, b"Message with hash %b was not found" % key)
        self.assertGreater(said, 3)

    def test_answers(self) -> None:
        """The key in an answer is the one that its Location names."""
        seen = 0
        for exchange, _, answer in q2t():
            if exchange["status"] != 201:
                continue
            seen += 1
            (location,) = (v for n, v in exchange["response"]["headers"] if n == "Location")
            key = responded_key(answer)
            assert key is not None, answer
            self.assertEqual(transaction_key(urlsplit(location).path.encode()), key)
            self.assertEqual(located_key([(b"Location", location.encode())]), key)
        self.assertGreater(seen, 6)

    def test_signed_key_is_the_hash_it_names(self) -> None:
        """What C{/sendsignedtx} makes has the key of the raw payload, so it can be looked up."""
        seen = 0
        for exchange, body, answer in q2t():
            if exchange["path"] == "/sendsignedtx":
                seen += 1
                self.assertEqual(signed_key(body, False), responded_key(answer))
                self.assertEqual(signed_key(body, False), json.loads(body)["hash"].encode())
        self.assertGreater(seen, 3)

    def test_pushes(self) -> None:
        """A push is answered with the bare key."""
        answers = [
            b64decode(e["response"]["body"])
            for e in load("p2p-b")
            if e["path"] == "/push" and e["status"] == 201
        ]
        self.assertGreater(len(answers), 0)
        for answer in answers:
            self.assertEqual(responded_key(answer), answer)

    def test_others_have_none(self) -> None:
        """Payloads, versions and party keys are not mistaken for a transaction's."""
        for exchange, body, answer in q2t():
            if exchange["path"] not in ("/send", "/sendsignedtx", "/storeraw"):
                self.assertIsNone(responded_key(answer), exchange["path"])
            if exchange["path"] != "/sendsignedtx":
                self.assertIsNone(signed_key(body, False), exchange["path"])
            self.assertIsNone(named_key([], body), exchange["path"])


class PathTests(SynchronousTestCase):
    """L{transaction_key}."""

    @given(KEYS, st.sampled_from(["", "+", "=", "+="]), st.sampled_from(["", "/isSender", "/participants"]))
    def test_every_way_to_write_it(self, key: bytes, raw: str, below: str) -> None:
        """Escaped or not, the key comes out byte for byte; C{+} is no blank."""
        path = f"/transaction/{quote(key, safe=raw)}{below}".encode()
        self.assertEqual(transaction_key(path.replace(b"%2F", b"%2f")), key)
        for query in (b"", b"?isRaw=false", b"?", b"?x=to", b"?isRaw=false&x=1"):
            self.assertEqual(transaction_key(path + query), key)

    @given(KEYS)
    def test_as_goquorum_writes_it(self, key: bytes) -> None:
        self.assertEqual(transaction_key(usual_target(key)), key)

    def test_raw_payloads(self) -> None:
        """They are in another table: what is known of transactions says nothing of them."""
        target = b"/transaction/" + quote(KEY, safe="").encode()
        for query in (b"isRaw=true", b"x=1&isRaw=true", b"isRaw=TRUE", b"isRaw=%74rue", b"isRaw=true&x=1"):
            self.assertIsNone(transaction_key(target + b"?" + query), query)

    def test_as_one_recipient(self) -> None:
        """That a transaction exists does not mean that C{to} is a party to it."""
        target = b"/transaction/" + quote(KEY, safe="").encode()
        for query in (b"to=x", b"isRaw=false&to=x"):
            self.assertIsNone(transaction_key(target + b"?" + query), query)

    def test_not_one(self) -> None:
        """An unescaped slash ends the segment, as it does for Tessera."""
        for target in (
            b"/transaction/" + KEY,
            b"/transaction/",
            b"/transaction",
            b"/receive/" + KEY,
            b"/transaction/" + b"A" * 88,
            b"/transaction/" + b"A" * 87 + b"==",
            b"/transaction/%2/" + KEY,
            b"*",
        ):
            self.assertIsNone(transaction_key(target), target)


class OtherTests(SynchronousTestCase):
    """The other readers."""

    def test_named(self) -> None:
        """C{/receive} names it in a body, C{/receiveraw} in a field."""
        body = json.dumps({"key": KEY.decode()}).encode()
        self.assertEqual(named_key([], body), KEY)
        self.assertEqual(named_key([(b"C11n-Key", KEY)], b""), KEY)
        self.assertIsNone(named_key([(b"c11n-key", b"short")], body))
        self.assertIsNone(named_key([], b""))

    def test_named_raw_or_as_one_recipient(self) -> None:
        """As in a path: of these nothing is known."""
        for more in ({"to": "x"}, {"isRaw": True}, {"isRaw": "true"}):
            self.assertIsNone(named_key([], json.dumps({"key": KEY.decode(), **more}).encode()), more)
        for more in ({"to": ""}, {"to": None}, {"isRaw": False}, {"isRaw": None}):
            self.assertEqual(named_key([], json.dumps({"key": KEY.decode(), **more}).encode()), KEY, more)
        for fields in (
            [(b"c11n-key", KEY), (b"c11n-to", b"x")],
            [(b"c11n-to", b"x"), (b"c11n-key", KEY)],
        ):
            self.assertIsNone(named_key(fields, b""))
        self.assertEqual(named_key([(b"c11n-to", b""), (b"c11n-key", KEY)], b""), KEY)

    @given(st.binary(min_size=64, max_size=64))
    def test_signed_in_octets(self, digest: bytes) -> None:
        """The bytes themselves, for old Tesseras."""
        self.assertEqual(signed_key(digest, True), b64encode(digest))
        self.assertIsNone(signed_key(digest[1:], True))
        self.assertIsNone(signed_key(b64encode(digest), True))

    def test_answered(self) -> None:
        self.assertEqual(responded_key(b'{"key":"%b"}' % KEY), KEY)
        self.assertEqual(responded_key(KEY + b"\n"), KEY)
        self.assertIsNone(responded_key(b""))
        self.assertIsNone(responded_key(b'["%b"]' % KEY))

    def test_deleted(self) -> None:
        """In the path, or in the body."""
        body = b'{"key":"%b"}' % KEY
        self.assertEqual(deleted_key(b"/transaction/" + quote(KEY, safe="").encode(), b""), KEY)
        self.assertEqual(deleted_key(b"/delete", body), KEY)
        self.assertIsNone(deleted_key(b"/delete", b""))

    def test_located(self) -> None:
        where = b"http://c/transaction/" + quote(KEY, safe="").encode()
        self.assertEqual(located_key([(b"x", b"y"), (b"location", where)]), KEY)
        self.assertEqual(located_key([(b"Location", where.removeprefix(b"http://c"))]), KEY)
        self.assertIsNone(located_key([(b"Location", b"http://c/elsewhere")]))
        self.assertIsNone(located_key([]))

    def test_made(self) -> None:
        """A body is read when it is whole; else the Location tells."""
        where = b"http://c/transaction/" + quote(KEY, safe="").encode()
        with_location = a_response(201, fields=[(b"Location", where)]).head
        self.assertEqual(made_key(a_response(200).head, KEY, True), KEY)
        self.assertIsNone(made_key(a_response(200).head, KEY, False))
        self.assertEqual(made_key(with_location, b"", False), KEY)
        self.assertEqual(made_key(with_location, b"x", True), KEY)

    def test_large_bodies_are_not_read(self) -> None:
        """A JSON body that holds more than a key costs nothing."""
        self.assertIsNone(responded_key(b'{"x":"%b","key":"%b"}' % (b"x" * 20_000, KEY)))

    def test_deep_bodies(self) -> None:
        self.assertIsNone(responded_key(b'{"key":' + b"[" * 16_000))


class NothingFailsTests(SynchronousTestCase):
    """Whatever a client or a node writes."""

    @given(NEAR, FIELDS)
    def test_any_bytes(self, data: bytes, fields: list[tuple[bytes, bytes]]) -> None:
        keys = [
            as_key(data),
            named_key(fields, data),
            signed_key(data, False),
            signed_key(data, True),
            responded_key(data),
        ]
        for key in filter(None, keys):
            self.assertEqual((len(key), len(b64decode(key, validate=True))), (88, 64))
        # Those read from a target are only looked up, and so may be of any letters.
        located = [
            transaction_key(data),
            transaction_key(b"/transaction/" + data),
            deleted_key(data, data),
            located_key(fields),
        ]
        for key in filter(None, located):
            self.assertEqual(len(key), 88)
