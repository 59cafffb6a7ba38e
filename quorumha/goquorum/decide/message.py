"""L{read_message}: from the bytes of a message to calls that have one reading.  Pure."""

from __future__ import annotations

from attrs import frozen
from msgspec import DecodeError, Raw, ValidationError
from msgspec.json import Decoder

from quorumha.goquorum.decide.call import Call, OwnAnswer

#: What stands in a message's place: a call; what it is answered with; None: nothing, and it is left out.
Entry = Call | OwnAnswer | None


@frozen(eq=False)
class Message:
    """What a client sent.

    @ivar entries: in order.
    @ivar batch: whether it is an array.
    """

    entries: tuple[Entry, ...]
    batch: bool


_OBJECT: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])
_METHOD: Decoder[str] = Decoder(str)


def read_message(data: bytes, batch_limit: int = 1000) -> Message:
    """Read a message.

    @raise OwnAnswer: it has no clear reading.
    """
    try:
        found = _OBJECT.decode(data)
    except (DecodeError, ValidationError):
        raise OwnAnswer(-32700, "parse error") from None
    return Message(
        (Call(bytes(found["id"]), _METHOD.decode(found["method"]), bytes(found["params"])),), False
    )
