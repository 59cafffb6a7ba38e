"""What a message of JSON-RPC may come to: calls in one reading, or what the proxy answers itself."""

from __future__ import annotations

from attrs import frozen


def error(code: int, text: str, id: str = "null", reason: str = "") -> bytes:
    """An answer of the proxy's own."""
    data = f',"data":{{"quorumha":"{reason}"}}' if reason else ""
    return f'{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{text}"{data}}}}}'.encode()


PARSE_ERROR = error(-32700, "parse error")
INVALID = error(-32600, "invalid request")
AMBIGUOUS = error(-32600, "invalid request", reason="ambiguous")
TOO_DEEP = error(-32600, "deeper than 128", reason="too-deep")


@frozen
class MessageVector:
    """Bytes that a client sends, over HTTP or as a message of a WebSocket.

    @ivar name: becomes the name of the test.
    @ivar answer: the one answer to all of it; None: it has entries.
    @ivar entries: in order: C{bytes} that begin with C{>}: the envelope that a node may be sent; others: what
        the proxy answers; None: left out.
    """

    name: str
    raw: bytes
    answer: bytes | None = None
    entries: tuple[bytes | None, ...] = ()


def refused(name: str, raw: bytes, answer: bytes) -> MessageVector:
    """A message that no node may see."""
    return MessageVector(name, raw, answer)


def sent(name: str, raw: bytes, *envelopes: bytes) -> MessageVector:
    """A message whose calls may be sent, each as this envelope and in no other way."""
    return MessageVector(name, raw, None, tuple(b">" + one for one in envelopes))


def mixed(name: str, raw: bytes, *entries: bytes | None) -> MessageVector:
    """A message with other things beside calls."""
    return MessageVector(name, raw, None, entries)


def call(id: str = "1", method: str = "eth_chainId", params: str = "") -> bytes:
    """An envelope as the proxy writes it."""
    named = f',"id":{id}' if id else ""
    given = f',"params":{params}' if params else ""
    return f'{{"jsonrpc":"2.0"{named},"method":"{method}"{given}}}'.encode()
