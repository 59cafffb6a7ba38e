"""What a member says on a WebSocket: responses to calls of ours, and notifications.  Pure."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define
from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from quorumha.goquorum.decide.call import Call, echoed


class _Params(Struct, gc=False):
    subscription: str
    result: Raw


class _Message(Struct, gc=False):
    id: Raw = Raw(b"")
    method: str = ""
    params: _Params | None = None
    result: Raw = Raw(b"")
    error: Raw = Raw(b"")


_MESSAGE = Decoder(_Message)


@define
class Said:
    """What a member said to a call, JSON; C{result} or C{error} is empty."""

    result: bytes
    error: bytes
    id: bytes = b""

    def response_to(self, call: Call) -> bytes:
        """The same to a call of a client's."""
        what, value = (b"error", self.error) if self.error else (b"result", self.result or b"null")
        return b'{"jsonrpc":"2.0","id":%b,"%b":%b}' % (echoed(call.id) or b"null", what, value)


@define
class Notification:
    """What it says of a subscription.

    @ivar subscription: its id at this member.
    @ivar result: JSON.
    """

    subscription: str
    result: bytes


#: Called with the id and the result of one.
Notified = Callable[[str, bytes], None]


def read_said(data: bytes) -> Said | Notification | None:
    """Read a message; None: it is no JSON-RPC."""
    try:
        message = _MESSAGE.decode(data)
    except (DecodeError, RecursionError):
        return None
    if message.method:
        params = message.params
        return None if params is None else Notification(params.subscription, bytes(params.result))
    return Said(bytes(message.result), bytes(message.error), bytes(message.id))
