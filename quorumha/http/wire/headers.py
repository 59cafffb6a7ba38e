"""Heads as bytes: what goes up, what comes down.  Pure.

Everything is written anew from parsed values.  The proxy's own fields are added after
the client's were checked, so a client cannot name them away in C{Connection}.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Literal

from attrs import evolve, frozen

from quorumha.errors import REASONS, DownstreamError
from quorumha.http.wire.messages import Fields, RequestHead, ResponseHead, as_bytes

#: How many things that were made of one head are kept.
MADE = 64

#: What is done with C{X-Forwarded-For} and its kin: C{replace} drops what the client claims and writes what
#: is known; C{append} adds to C{X-Forwarded-For}; C{off} passes the client's fields on as they are.
Forwarded = Literal["replace", "append", "off"]


@frozen
class Client:
    """What the proxy knows of a client, for the forwarding fields.

    @ivar address: its address, or C{b"unknown"} on a unix socket (RFC 7239 section 6.2).
    @ivar scheme: C{b"http"} or C{b"https"}.
    """

    address: bytes = b"unknown"
    scheme: bytes = b"http"

    @classmethod
    def at(cls, host: object, *, secure: bool) -> Client:
        """The client at a transport's address, whoever made that: an IP address without a zone, or unknown.

        @param host: as Twisted's addresses have it; None on a unix socket.
        @param secure: the client speaks TLS.
        """
        address = host.partition("%")[0] if isinstance(host, str) else ""
        try:
            ip_address(address)
        except ValueError:
            address = "unknown"
        return cls(address.encode("ascii"), b"https" if secure else b"http")


@frozen
class HeaderRules:
    """How heads of requests are rewritten.

    @ivar forwarded: see L{Forwarded}.
    @ivar host: C{"keep"} the client's C{Host}, or the C{"upstream"}'s authority, or
        that text.  An HTTP/1.0 request without C{Host} gets the upstream's.
    """

    forwarded: Forwarded = "replace"
    host: str = "keep"


def _forwarding_fields(rules: HeaderRules, claimed: Fields, client: Client) -> bytes:
    if rules.forwarded == "off":
        return as_bytes(claimed) if claimed else b""
    addresses = client.address
    if claimed and rules.forwarded == "append":
        before = [value for name, value in claimed if name == b"x-forwarded-for"]
        addresses = b", ".join([*before, client.address])
    return b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\n" % (addresses, client.scheme)


def _host(head: RequestHead, rules: HeaderRules, authority: bytes) -> bytes:
    """The C{Host} that goes up."""
    if rules.host == "keep":
        return head.host or authority
    return authority if rules.host == "upstream" else rules.host.encode("ascii")


def request_bytes(
    head: RequestHead, rules: HeaderRules, authority: bytes, client: Client, target: bytes | None = None
) -> bytes:
    """The head of a request as it goes to an upstream.

    @param authority: the upstream's, for C{Host} where the rules want it.
    @param target: in place of the client's, where a route rewrites it.
    @raise DownstreamError: a value, whatever its source, holds a CR, LF or NUL.
    """
    start = b"%b %b HTTP/1.1\r\n" % (head.method, head.target if target is None else target)
    _require_lines(start, 1)
    host = _host(head, rules, authority)
    made_for = (rules, client.address, client.scheme)
    # For each host its own: members may take turns.
    known: tuple[Any, bytes] | None = head.made.get(host)
    if known is None or known[0] != made_for:
        if len(head.made) >= MADE:
            head.made.clear()
        known = head.made[host] = (made_for, _after_start(head, rules, host, client))
    return start + known[1]


def _after_start(head: RequestHead, rules: HeaderRules, host: bytes, client: Client) -> bytes:
    """All of a request's head but its first line: the same for one that differs in its target alone."""
    length = head.length
    # Host and the end; then what follows.
    lines = 2 + len(head.fields) + (len(head.forwarded) if rules.forwarded == "off" else 2)
    if length is None:
        framing = b"Transfer-Encoding: chunked\r\n"
        lines += 1
    elif length or head.method in _WITH_BODY:
        framing = b"Content-Length: %d\r\n" % length
        lines += 1
    else:
        framing = b""
    if head.upgrade:
        framing += b"Connection: upgrade\r\nUpgrade: %b\r\n" % head.upgrade
        lines += 2
    forwarding = _forwarding_fields(rules, head.forwarded, client)
    out = b"Host: %b\r\n%b%b%b\r\n" % (host, head.onward, forwarding, framing)
    _require_lines(out, lines)
    return out


def _require_lines(out: bytes, lines: int) -> None:
    """The last gate, in one look: with no more such bytes than line ends have, no value holds any."""
    if len(out) - len(out.translate(None, b"\r\n\0")) != 2 * lines:
        raise DownstreamError("a value does not fit into a head")


#: Statuses with a C{Location} (RFC 9110 section 10.2.2).
LOCATED = frozenset({201, 301, 302, 303, 307, 308})


def with_clients_location(
    response: ResponseHead, head: RequestHead, rules: HeaderRules, authority: bytes, client: Client
) -> ResponseHead:
    """An answer whose C{Location} has the address that its client knows, where the upstream's stood."""
    sent = _host(head, rules, authority).lower()
    for at, (name, value) in enumerate(response.fields):
        if name.lower() != b"location":
            continue
        scheme, found, rest = value.partition(b"://")
        host = rest.partition(b"/")[0]
        if not found or not head.host or scheme.lower() not in (b"http", b"https") or host.lower() != sent:
            return response
        own = b"%b://%b%b" % (client.scheme, head.host, rest[len(host) :])
        if own == value:
            return response
        return evolve(response, fields=[*response.fields[:at], (name, own), *response.fields[at + 1 :]])
    return response


#: Methods whose empty body is said to be empty (RFC 9110 section 8.6).
_WITH_BODY = frozenset({b"POST", b"PUT", b"PATCH"})


def response_bytes(head: ResponseHead, *, minor: int, keep_alive: bool) -> bytes:
    """The head of an answer as it goes to the client.

    Framing: the length where it is known, else chunked, else (HTTP/1.0) the end of the connection.
    """
    # As a number: a pair would be made anew each time.
    key = minor * 2 + keep_alive
    out = head.sent.get(key)
    if out is None:
        out = head.sent[key] = _response_bytes(head, minor, keep_alive)
    return out


def _response_bytes(head: ResponseHead, minor: int, keep_alive: bool) -> bytes:
    stated = head.stated_length
    if head.upgrade:
        framing = b"Connection: upgrade\r\nUpgrade: %b\r\n" % head.upgrade
    else:
        if stated is not None:
            framing = b"Content-Length: %d\r\n" % stated
        elif head.length is None and minor:
            framing = b"Transfer-Encoding: chunked\r\n"
        else:
            framing = b""
        if not keep_alive:
            framing += b"Connection: close\r\n"
        elif not minor:
            framing += b"Connection: keep-alive\r\n"
    return b"HTTP/1.1 %d %b\r\n%b%b\r\n" % (head.status, head.reason, head.onward, framing)


def own_response(
    status: int,
    text: str,
    *,
    keep_alive: bool,
    with_body: bool = True,
    fields: Sequence[tuple[bytes, bytes]] = (),
) -> bytes:
    """A whole answer of the proxy's own.

    @param text: what to say; one line, never taken from the request.
    @param with_body: False in answer to HEAD.
    @param fields: further ones, checked.
    """
    body = text.encode("utf-8") + b"\n"
    return (
        b"HTTP/1.1 %d %b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n%b%b\r\n%b"
        % (
            status,
            REASONS.get(status, b"Error"),
            len(body),
            as_bytes([*fields]) if fields else b"",
            b"" if keep_alive else b"Connection: close\r\n",
            body if with_body else b"",
        )
    )
