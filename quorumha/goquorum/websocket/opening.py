"""The handshake of a WebSocket, both sides of it (RFC 6455, 4).  Pure."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from attrs import evolve, frozen
from wsproto.utilities import generate_accept_token

from quorumha.http.wire.headers import Client, HeaderRules, request_bytes
from quorumha.http.wire.messages import Fields, RequestHead, ResponseHead, as_bytes, first_value

#: Of a handshake alone: nothing of it goes on.
_OF_HANDSHAKE = b"sec-websocket-"
#: Nor these: messages are not compressed, and there is no body.
_LEFT_OUT = (b"accept-encoding", b"content-type")
_VERSION = b"13"
_PROTOCOL = b"websocket"


@frozen
class Mistake:
    """Why there is no WebSocket.

    @ivar fields: of the response, beside its own.
    """

    status: int
    text: str
    fields: Fields


def mistake_in(head: RequestHead) -> Mistake | None:
    """What is wrong with a client's handshake; None: nothing."""
    if head.target.partition(b"?")[0] != b"/":
        return Mistake(404, "not found", [])
    if head.method != b"GET":
        return Mistake(405, "a handshake is a GET", [(b"Allow", b"GET")])
    versions = [value for name, value in head.fields if name.lower() == b"sec-websocket-version"]
    if versions != [_VERSION]:
        return Mistake(426, "only version 13 is spoken here", [(b"Sec-WebSocket-Version", _VERSION)])
    keys = [value for name, value in head.fields if name.lower() == b"sec-websocket-key"]
    if len(keys) != 1 or not _is_key(keys[0]):
        return Mistake(400, "the key is not valid", [])
    return None


def _is_key(value: bytes) -> bool:
    try:
        return len(b64decode(value, validate=True)) == 16
    except Error:
        return False


def accepted(head: RequestHead) -> ResponseHead:
    """The response to a good handshake: no extension, and no subprotocol, as at a node."""
    token = generate_accept_token(first_value(head.fields, b"sec-websocket-key"))
    fields = [(b"Sec-WebSocket-Accept", token)]
    return ResponseHead(101, b"Switching Protocols", fields, 0, False, True, upgrade=_PROTOCOL)


def for_calls(head: RequestHead) -> RequestHead:
    """A client's handshake as the head of its calls: what is asked for it has its fields."""
    fields = [one for one in head.fields if not one[0].lower().startswith(_OF_HANDSHAKE)]
    return evolve(head, fields=fields, onward=as_bytes(fields), upgrade=b"")


def handshake(
    head: RequestHead, target: bytes, key: bytes, rules: HeaderRules, authority: bytes, client: Client
) -> bytes:
    """A handshake of ours to a member, with the fields of a client's.

    @param head: as L{for_calls} made it.
    @param key: a fresh nonce.
    """
    kept = [one for one in head.fields if one[0].lower() not in _LEFT_OUT]
    fields = [*kept, (b"Sec-WebSocket-Version", _VERSION), (b"Sec-WebSocket-Key", key)]
    opening = RequestHead(b"GET", target, 1, head.host, fields, head.forwarded, 0, True, upgrade=_PROTOCOL)
    return request_bytes(opening, rules, authority, client)


def is_accepted(response: ResponseHead, key: bytes) -> bool:
    """Whether a member's response opens a WebSocket."""
    return (
        response.status == 101
        and response.upgrade.lower() == _PROTOCOL
        and first_value(response.fields, b"sec-websocket-accept") == generate_accept_token(key)
    )
