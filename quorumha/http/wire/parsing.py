"""Bytes of a head to a L{RequestHead} or a L{ResponseHead}, or a refusal.

llhttp (by httptools) reads the grammar.  The rules added here refuse what it lets pass and what has more than
one reading (RFC 9112 sections 2.2, 3.2, 6.1 and 6.3).  The caller passes the bytes up to and including the
first CRLFCRLF; the parser must agree that the head ends there.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import httptools
from attrs import define, field

from quorumha.errors import DownstreamError, QuorumhaError
from quorumha.http.wire import request_id
from quorumha.http.wire.grammar import ORIGIN_FORM, REQUEST_LINE, STATUS_LINE, holds_controls, is_host
from quorumha.http.wire.messages import Fields, HeadLimits, RequestHead, ResponseHead

#: RFC 9112 section 6.3: at most so many digits; 10**18 bytes are enough for anybody.
_LENGTH = re.compile(rb"[0-9]{1,18}")
_ABSOLUTE_FORM = re.compile(rb"https?://([^/?#@]+)(/[!\"$-~]*)?", re.IGNORECASE)

_SPECIAL = frozenset(
    b"connection content-length expect host http2-settings keep-alive"
    b" te trailer transfer-encoding upgrade".split()
)
_FORWARDED = frozenset(
    b"forwarded x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-forwarded-server"
    b" x-real-ip".split()
)
_SEPARATE = _SPECIAL | _FORWARDED | {request_id.NAME}


class MalformedResponse(QuorumhaError):
    """An upstream's answer is not HTTP, or has more than one reading."""


@define(eq=False)
class _Collector:
    """What llhttp tells, kept until the judgement."""

    url: bytes = b""
    reason: bytes = b""
    fields: Fields = field(factory=list)
    separated: Fields = field(factory=list)
    completed: int = 0

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if value[-1:] in b" \t":
            value = value.rstrip(b" \t")
        if lower in _SEPARATE or lower[:6] == b"proxy-":
            self.separated.append((lower, value))
        else:
            self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.completed += 1


def find_stray(data: bytes) -> bool:
    """Whether a head, perhaps incomplete, can no longer become a good one: a NUL, a line end but CRLF.

    Counting is ten times faster than a search, and this is asked again for each piece of a head.
    """
    ends = data.count(b"\r\n")
    return data.count(b"\n") != ends or data.count(b"\r") - data.endswith(b"\r") != ends or b"\0" in data


def _read(kind: Any, start: re.Pattern[bytes], raw: bytes) -> tuple[Any, _Collector]:
    """The parser that has read a head, and what it told.

    @param start: what the head begins with.
    @raise httptools.HttpParserError: it is malformed.
    """
    if holds_controls(raw) or not start.match(raw):
        raise httptools.HttpParserError
    collector = _Collector()
    parser = kind(collector)
    with suppress(httptools.HttpParserUpgrade):
        parser.feed_data(raw)
    # The first one, one for each field, and the empty one.  llhttp skips line ends before the first.
    lines = len(collector.fields) + len(collector.separated) + 2
    if collector.completed != 1 or raw.count(b"\n") != lines or not raw[:1].isalpha():
        raise httptools.HttpParserError
    return parser, collector


def _options(values: list[bytes]) -> frozenset[bytes]:
    """The members of C{Connection} fields, in lower case."""
    if not values:
        return frozenset()
    return frozenset(o.strip().lower() for o in b",".join(values).split(b",")) - {b""}


def _stays(minor: int, options: frozenset[bytes]) -> bool:
    """Whether a connection stays; C{close} beats C{keep-alive} (RFC 9112 section 9.3)."""
    return b"close" not in options and (minor == 1 or b"keep-alive" in options)


#: What a response may have, too, without meaning for its framing.
_ODD = (b"host", b"expect", request_id.NAME)
#: Connection options that name no field, or one that is set aside anyway.
_PLAIN_OPTIONS = frozenset(b"close keep-alive upgrade te http2-settings".split())


def _without_named(fields: Fields, options: frozenset[bytes]) -> Fields:
    """The fields without those that C{Connection} names (RFC 9110 section 7.6.1)."""
    named = options - _PLAIN_OPTIONS
    return [f for f in fields if f[0].lower() not in named] if named else fields


def _length_of(values: list[bytes], error: type[QuorumhaError]) -> int | None:
    if not values:
        return None
    if len(values) > 1 or not _LENGTH.fullmatch(values[0]):
        raise error("Content-Length is repeated or is not a plain number")
    return int(values[0])


def parse_request_head(raw: bytes, limits: HeadLimits) -> RequestHead:
    """Read and check the head of a request.

    @raise DownstreamError: it is malformed, ambiguous, too large or asks for what is not offered.
    """
    if limits.total and len(raw) > limits.total:
        raise DownstreamError("the head is too large", 431)
    try:
        parser, collector = _read(httptools.HttpRequestParser, REQUEST_LINE, raw)
    except httptools.HttpParserInvalidMethodError:
        raise DownstreamError("unknown method", 501) from None
    except httptools.HttpParserError:
        raise DownstreamError("malformed head") from None
    fields = collector.fields
    if limits.count and len(fields) + len(collector.separated) > limits.count:
        raise DownstreamError("too many fields", 431)
    if limits.line and len(collector.url) > limits.line:
        raise DownstreamError("the target is too long", 414)
    version = parser.get_http_version()
    if version not in ("1.1", "1.0"):
        raise DownstreamError("only HTTP/1.1 and HTTP/1.0 are spoken here", 505)
    return check_request(
        parser.get_method(), collector.url, 1 if version == "1.1" else 0, fields, collector.separated
    )


def _by_name(separated: Fields) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in separated:
        found.setdefault(name, []).append(value)
    return found


def check_request(method: bytes, target: bytes, minor: int, fields: Fields, separated: Fields) -> RequestHead:
    """The rules beyond grammar, for both lanes.

    @param fields: those that may go on.
    @param separated: those of C{_SEPARATE} and C{Proxy-*}, names in lower case.
    @raise DownstreamError: as L{parse_request_head} does.
    """
    values = _by_name(separated)
    hosts = values.get(b"host", [])
    codings = values.get(b"transfer-encoding", [])
    upgrades = values.get(b"upgrade", [])
    expect = b"".join(values.get(b"expect", []))
    forwarded = [pair for pair in separated if pair[0] in _FORWARDED]
    if method in (b"CONNECT", b"PRI"):
        raise DownstreamError("this method is not offered", 400)
    if len(hosts) > 1 or (minor and not hosts):
        raise DownstreamError("exactly one Host is needed")
    host = hosts[0].strip(b" \t") if hosts else b""
    if hosts and not is_host(host):
        raise DownstreamError("the Host is not valid")
    if not ORIGIN_FORM.fullmatch(target):
        target = _origin_form(method, target, host)
    length = _length_of(values.get(b"content-length", []), DownstreamError)
    if codings:
        if length is not None:
            raise DownstreamError("Content-Length beside Transfer-Encoding")
        if not minor or len(codings) > 1:
            raise DownstreamError("Transfer-Encoding is repeated, or in HTTP/1.0")
        if codings[0].lower() != b"chunked":
            raise DownstreamError("only the transfer coding chunked is understood", 501)
    options = _options(values.get(b"connection", []))
    fields = _without_named(fields, options)
    if expect and expect.lower() != b"100-continue":
        raise DownstreamError("unknown expectation", 417)
    # What C{Connection} names is for this connection alone.
    ids = [] if request_id.NAME in options else values.get(request_id.NAME, [])
    return RequestHead(
        method,
        target,
        minor,
        host,
        fields,
        forwarded,
        None if codings else length or 0,
        _stays(minor, options),
        bool(expect) and minor == 1,
        b",".join(upgrades).strip() if upgrades and minor and b"upgrade" in options else b"",
        end=request_id.end_of(request_id.client_id(ids)),
    )


def separate(fields: Fields) -> tuple[Fields, Fields]:
    """Part fields that may go on from those that L{check_request} looks at."""
    collector = _Collector()
    for name, value in fields:
        collector.on_header(name, value)
    return collector.fields, collector.separated


def _origin_form(method: bytes, target: bytes, host: bytes) -> bytes:
    """The target of a request that is not in origin form, in origin form, if it names the C{Host}."""
    if target == b"*" and method == b"OPTIONS":
        return target
    absolute = _ABSOLUTE_FORM.fullmatch(target)
    if absolute is None:
        raise DownstreamError("the target is not valid")
    if absolute[1].lower() != host.lower():
        raise DownstreamError("the target and the Host differ")
    # RFC 9112 section 3.2.4: OPTIONS without a path is about the whole server.
    return absolute[2] or (b"*" if method == b"OPTIONS" else b"/")


def parse_response_head(raw: bytes, method: bytes) -> ResponseHead:
    """Read and check the head of a response.

    @param method: the request's; an answer to HEAD has no body.
    @raise MalformedResponse: it is not to be passed on (RFC 9112 section 6.3).
    """
    try:
        parser, collector = _read(httptools.HttpResponseParser, STATUS_LINE, raw)
    except httptools.HttpParserError:
        raise MalformedResponse("malformed head") from None
    version = parser.get_http_version()
    status = parser.get_status_code()
    values = _by_name(collector.separated)
    codings = values.get(b"transfer-encoding", [])
    # Without meaning for an answer's framing: passed on.
    odd = [pair for pair in collector.separated if pair[0] in _FORWARDED or pair[0] in _ODD]
    fields = collector.fields + odd
    stated = _length_of(values.get(b"content-length", []), MalformedResponse)
    if codings and (
        stated is not None or version == "1.0" or len(codings) > 1 or codings[0].lower() != b"chunked"
    ):
        raise MalformedResponse("Transfer-Encoding is repeated, unknown or beside Content-Length")
    options = _options(values.get(b"connection", []))
    fields = _without_named(fields, options)
    bodiless = status < 200 or status == 204 or status == 304 or method == b"HEAD"
    keep_alive = _stays(1 if version == "1.1" else 0, options)
    if (codings and status == 304) or ((codings or stated) and (status < 200 or status in (204, 205))):
        # These have no content (RFC 9110 section 15); whoever says otherwise may send some.
        keep_alive = False
    if codings and status < 200:
        raise MalformedResponse("Transfer-Encoding in an interim answer")
    return ResponseHead(
        status,
        collector.reason,
        fields,
        0 if bodiless else stated,
        bool(codings) and not bodiless,
        keep_alive and (bodiless or stated is not None or bool(codings)),
        None if status < 200 or status == 204 else stated,
        values.get(b"upgrade", [b""])[-1] if status == 101 else b"",
    )
