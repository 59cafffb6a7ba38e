"""Heads as bytes: what goes up, what comes down.  Pure.

Everything is written anew from parsed values.  The proxy's own fields are added after
the client's were checked, so a client cannot name them away in C{Connection}.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Literal

from attrs import define, evolve, frozen

from quorumha.errors import REASONS, DownstreamError
from quorumha.http.wire import request_id
from quorumha.http.wire.messages import Fields, RequestHead, ResponseHead, as_bytes
from quorumha.http.wire.request_id import END

#: How many things that were made of one head are kept.
MADE = 64

#: What is done with C{X-Forwarded-For} and its kin: C{replace} drops what the client claims and writes what
#: is known; C{append} adds to C{X-Forwarded-For}; C{off} passes the client's fields on as they are.
Forwarded = Literal["replace", "append", "off"]


# Not frozen, though nobody changes it: there is one for each request, and it takes a third of the time.
@define
class Client:
    """What the proxy knows of a client and of its request, for the fields that it adds.

    @ivar address: its address, or C{b"unknown"} on a unix socket (RFC 7239 section 6.2).
    @ivar scheme: C{b"http"} or C{b"https"}.
    @ivar head_end: what ends heads of this request: its id and the empty line
        (L{quorumha.http.wire.request_id}).
    """

    address: bytes = b"unknown"
    scheme: bytes = b"http"
    head_end: bytes = END

    @property
    def request_id(self) -> bytes:
        """The id of its request; empty: it has none."""
        return request_id.id_in(self.head_end)

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


@define
class _Made:
    """What was made of a head for one host.

    @ivar rules: for these, C{address} and C{scheme} of a client; C{after}: all but the first line.
    @ivar target: whose it was last, the very same bytes; C{whole}: with this one.
    """

    rules: HeaderRules
    address: bytes
    scheme: bytes
    after: bytes
    target: bytes | None = None
    whole: bytes = b""


def request_bytes(
    head: RequestHead, rules: HeaderRules, authority: bytes, client: Client, target: bytes | None = None
) -> bytes:
    """The head of a request as it goes to an upstream.

    @param authority: the upstream's, for C{Host} where the rules want it.
    @param target: in place of the client's, where a route rewrites it.
    @raise DownstreamError: a value, whatever its source, holds a CR, LF or NUL.
    """
    if target is None:
        target = head.target
    # For each host its own: members may take turns.
    if rules.host == "keep" and head.host:
        host = head.host
    else:
        # Most rules that do not keep it want this.
        host = authority if rules.host == "upstream" else _host(head, rules, authority)
    made: _Made | None = head.made.get(host)
    if (
        made is None
        or made.rules is not rules
        or made.address != client.address
        or made.scheme != client.scheme
    ):
        if len(head.made) >= MADE:
            head.made.clear()
        after = _after_start(head, rules, host, client)
        made = head.made[host] = _Made(rules, client.address, client.scheme, after)
    if made.target is not target:
        start = b"%b %b HTTP/1.1\r\n" % (head.method, target)
        _require_lines(start, 1)
        made.target, made.whole = target, start + made.after
    return made.whole + client.head_end


def _after_start(head: RequestHead, rules: HeaderRules, host: bytes, client: Client) -> bytes:
    """A request's head without its first line and its end: the same for one that differs in its target."""
    length = head.length
    # Host; then what follows.
    lines = 1 + len(head.fields) + (len(head.forwarded) if rules.forwarded == "off" else 2)
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
    out = b"Host: %b\r\n%b%b%b" % (host, head.onward, forwarding, framing)
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


def response_bytes(
    head: ResponseHead,
    minor: int,
    keep_alive: bool,
    end: bytes = END,
    data: bytes = b"",
) -> bytes:
    """The head of an answer as it goes to the client, and what follows it at once.

    Framing: the length where it is known, else chunked, else (HTTP/1.0) the end of the connection.

    @param end: as L{Client.head_end}; where there is an id, that of the upstream does not go down.
    """
    # As a number: a tuple would be made anew each time.
    key = minor + 2 if keep_alive else minor
    if end is not END:
        key += 4
    out = head.sent.get(key)
    if out is None:
        ours = () if end is END else (request_id.NAME,)
        out = head.sent[key] = _response_bytes(head, minor, keep_alive, ours)
    return b"".join((out, end, data))


def explained_bytes(
    head: ResponseHead, explained: bytes, *, minor: int, keep_alive: bool, end: bytes = END
) -> bytes:
    """As L{response_bytes}, with C{X-Quorumha} in place of the upstream's."""
    ours = (b"x-quorumha",) if end is END else (b"x-quorumha", request_id.NAME)
    return b"%bX-Quorumha: %b\r\n%b" % (
        _response_bytes(head, minor, keep_alive, ours),
        explained,
        end,
    )


def _response_bytes(head: ResponseHead, minor: int, keep_alive: bool, ours: Sequence[bytes]) -> bytes:
    stated, onward = head.stated_length, head.onward
    if ours:
        onward = as_bytes([one for one in head.fields if one[0].lower() not in ours])
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
    return b"HTTP/1.1 %d %b\r\n%b%b" % (head.status, head.reason, onward, framing)


def own_response(
    status: int,
    text: str,
    *,
    keep_alive: bool,
    with_body: bool = True,
    fields: Sequence[tuple[bytes, bytes]] = (),
    end: bytes = END,
    says_id: bool = True,
) -> bytes:
    """A whole answer of the proxy's own.

    @param text: what to say; one line, never taken from the request.
    @param with_body: False in answer to HEAD.
    @param fields: further ones, checked.
    @param end: as L{Client.head_end}.
    @param says_id: the body's second line is the id of the request, if it has one.
    """
    body = text.encode("utf-8") + b"\n"
    if says_id and end is not END:
        body += b"request id: %b\n" % request_id.id_in(end)
    return b"HTTP/1.1 %d %b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n%b%b%b%b" % (
        status,
        REASONS.get(status, b"Error"),
        len(body),
        as_bytes([*fields]) if fields else b"",
        b"" if keep_alive else b"Connection: close\r\n",
        end,
        body if with_body else b"",
    )
