"""Heads that are accepted, read again line by line by the plainest means."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.wire.headers import Client, HeaderRules, request_bytes, response_bytes
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.parsing import MalformedResponse, parse_request_head, parse_response_head
from tests.vectors import answers_malformed, requests_ambiguous
from tests.vectors.model import REFUSALS, Allowed

REQUEST_LINE = re.compile(rb"([A-Z-]{1,32}) ([!-~]+) HTTP/1\.[01]")
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: ([\t -~\x80-\xff]*))?")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*)")
NO_LIMITS = HeadLimits(0, 0, 0)


def head_of(raw: bytes) -> bytes:
    """Up to and including the first empty line, or nothing."""
    return raw[: raw.find(b"\r\n\r\n") + 4] if b"\r\n\r\n" in raw else b""


REQUESTS = [
    head
    for family in requests_ambiguous.FAMILIES.values()
    for vector in family
    if 0 < len(head := head_of(vector.raw)) < 500
]
ANSWERS = [
    head
    for family in answers_malformed.FAMILIES.values()
    for vector in family
    if 0 < len(head := head_of(vector.raw)) < 500
]
BYTES = st.sampled_from(list(b"\r\n\0 \t:;,\"'\\/?#@%*+-_=0159aAgx\x0b\x0c\x1b\x7f\x80\x85\xa0\xff"))
PARTS = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n ",
        b"\r\nX: y",
        b"\r\nHost: b",
        b"\r\nContent-Length: 5",
        b"\r\nTransfer-Encoding: chunked",
        b"\r\nConnection: close, X",
        b"HTTP/1.1 200 OK\r\n",
    ]
)


@st.composite
def mutated(draw: st.DrawFn, heads: list[bytes]) -> bytes:
    """One of the heads with a few bytes changed, dropped or added."""
    raw = bytearray(draw(st.sampled_from(heads))[:-4])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(raw)))
        match draw(st.sampled_from(["change", "drop", "add", "part"])):
            case "change":
                raw[at : at + 1] = bytes([draw(BYTES)])
            case "drop":
                del raw[at : at + 1]
            case "add":
                raw.insert(at, draw(BYTES))
            case "part":
                raw[at:at] = draw(PARTS)
    return head_of(bytes(raw) + b"\r\n\r\n")


def fields_of(lines: list[bytes]) -> list[tuple[bytes, bytes]] | None:
    """Names and values; None where a line is no field."""
    found = [FIELD_LINE.fullmatch(line) for line in lines]
    return [(m[1], m[2].rstrip(b" \t")) for m in found if m] if all(found) else None


class ReferenceTests(SynchronousTestCase):
    """Accepted means: one reading, by the plain reader too."""

    @settings(max_examples=400)
    @given(mutated(REQUESTS))
    @example(b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    @example(b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    def test_requests(self, raw: bytes) -> None:
        try:
            head = parse_request_head(raw, HeadLimits())
        except DownstreamError as error:
            self.assertIn(error.status, REFUSALS)
            return
        first, *lines = raw[:-4].split(b"\r\n")
        self.assertIsNotNone(REQUEST_LINE.fullmatch(first), raw)
        fields = fields_of(lines)
        assert fields is not None, raw

        def values(name: bytes) -> list[bytes]:
            return [value for key, value in fields if key.lower() == name]

        self.assertIn(values(b"host"), ([head.host], []))
        if codings := values(b"transfer-encoding"):
            self.assertEqual(([c.lower() for c in codings], head.length), ([b"chunked"], None))
            self.assertEqual(values(b"content-length"), [])
        elif lengths := values(b"content-length"):
            self.assertEqual([int(value, 10) for value in lengths], [head.length])
            self.assertRegex(lengths[0], rb"^[0-9]+$")
        else:
            self.assertEqual(head.length, 0)
        self.assertEqual([field for field in fields if field in head.fields], head.fields)
        again = parse_request_head(request_bytes(head, HeaderRules("off"), b"up", Client()), NO_LIMITS)
        self.assertEqual(
            (again.method, again.target, again.length, again.fields, again.forwarded, again.upgrade),
            (head.method, head.target, head.length, head.fields, head.forwarded, head.upgrade),
        )

    @settings(max_examples=400)
    @given(mutated(ANSWERS))
    @example(b"\rHTTP/1.1 200 OK\r\n\r\n")
    def test_answers(self, raw: bytes) -> None:
        try:
            head = parse_response_head(raw, b"GET")
        except MalformedResponse:
            return
        first, *lines = raw[:-4].split(b"\r\n")
        line = STATUS_LINE.fullmatch(first)
        assert line is not None, raw
        self.assertEqual((int(line[1]), line[2] or b""), (head.status, head.reason))
        self.assertIsNotNone(fields_of(lines), raw)
        if head.status != 101:
            again = parse_response_head(response_bytes(head, minor=1, keep_alive=True), b"GET")
            self.assertEqual(
                (again.status, again.reason, again.fields, again.length),
                (head.status, head.reason, head.fields, head.length),
            )


class VectorTests(SynchronousTestCase):
    """Every head of the vectors by itself, with the status it gets."""

    def test_requests(self) -> None:
        """Those that must be served are accepted; those that may not never get another error."""
        for family, vectors in requests_ambiguous.FAMILIES.items():
            for vector in vectors:
                head = head_of(vector.raw)
                if not head:
                    continue
                try:
                    parsed = parse_request_head(head, HeadLimits())
                except DownstreamError as error:
                    self.assertIn(error.status, REFUSALS, vector.name)
                    self.assertIsNot(vector.allowed, Allowed.SERVED, (family, vector.name))
                else:
                    if vector.allowed is not Allowed.REFUSED:
                        self.assertIn(parsed.target, vector.targets, vector.name)
                        onward = {name.lower() for name, _ in parsed.fields}
                        self.assertEqual(onward & {a.encode() for a in vector.absent}, set(), vector.name)

    def test_answers(self) -> None:
        """The head alone decides for the families of lengths, codings and heads."""
        judged = 0
        for family in ("length", "coding", "head"):
            for vector in answers_malformed.FAMILIES[family]:
                head = head_of(vector.raw)
                # An unasked 101 is well formed; the connection knows that nobody asked.
                if not head or vector.name == "unasked_101" or len(head) > 64 * 1024:
                    continue
                judged += 1
                with self.assertRaises(MalformedResponse, msg=vector.name):
                    parse_response_head(head, vector.method.encode())
        self.assertGreater(judged, 30)
        for vector in answers_malformed.FAMILIES["served"]:
            parse_response_head(head_of(vector.raw), vector.method.encode())
