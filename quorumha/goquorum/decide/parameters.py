"""What the parameters of a call say: whose account it is, which block it needs.  Pure.

Parameters go to a member byte for byte; they are looked into only where the class of a method asks for it,
and as a node does (Go's encoding/json, GOQUORUM.md 2).  What cannot be read is not refused here: the node
says what is wrong with it.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError, defstruct
from msgspec.json import Decoder
from msgspec.structs import astuple

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.knowledge.json_reading import folded

if TYPE_CHECKING:
    from quorumha.goquorum.decide.rule import Rule


class Tag(Enum):
    """A block that is named by what it is."""

    LATEST = "latest"
    EARLIEST = "earliest"
    PENDING = "pending"


#: A block: by number, by hash (32 bytes), or by tag.
Block = int | bytes | Tag

_ARRAY: Decoder[list[Raw]] = Decoder(list[Raw])
_OBJECT: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])
_TEXT: Decoder[str] = Decoder(str)
#: What says whose a transaction is, whether it may be sent twice, and to whom it goes.
_READ = frozenset({"from", "nonce", "privateFor", "privateFrom", "privacyFlag"})
_FOLDED = {key.lower() for key in _READ}
#: Folding changes no key's length that comes to one of these; others there may be very many.
_LENGTHS = frozenset(map(len, _FOLDED))
_BLOCK_LENGTHS = frozenset(map(len, ("blockHash", "blockNumber", "toBlock")))
#: And what else stands in a transaction.
_USUAL = _READ | {"to", "gas", "gasPrice", "value", "data", "input", "chainId", "accessList"}
_UNREADABLE = (DecodeError, ValidationError)
_TAGS = {tag.value: tag for tag in Tag}
#: Parameters that a method has at most; quorumPermission_addNewRole has six.
MOST = 8
_PLACES = [f"place{place}" for place in range(MOST + 1)]
_FIRST: Decoder[Struct] = Decoder(
    defstruct("First", [(place, Raw | UnsetType, UNSET) for place in _PLACES], array_like=True)
)
#: Of block numbers: a node reads them as int64 (rpc/types.go).
_HIGHEST = 2**63 - 1


def account_of(call: Call, rule: Rule) -> bytes | None:
    """Whose account a call is about.

    @return: 20 bytes; None: the node will say that it cannot read it, or takes nobody's.
    @raise OwnResponse: the object that gives it has a key that the node reads in another way than it looks.
    """
    value = _value(call, rule.parameter)
    if value[:1] == b"{":
        return _bytes(_transaction(value).get("from"), 20)
    return _bytes(value, 20)


def has_nonce(call: Call, rule: Rule) -> bool:
    """Whether a transaction says its nonce."""
    return _given(_transaction(_value(call, rule.parameter)), "nonce")


def is_private(call: Call, rule: Rule) -> bool:
    """Whether a transaction is private: an empty C{privateFor} makes it so, too."""
    return _given(_transaction(_value(call, rule.parameter)), "privateFor")


def block_of(call: Call, rule: Rule) -> Block | None:
    """Which block a call needs: of a range of logs, the upper end.

    @return: L{Tag.LATEST} where none is given, as at the node; None: it cannot be read.
    """
    value = _value(call, rule.parameter)
    if value[:1] != b"{":
        return _block(value)
    try:
        written = _OBJECT.decode(value)
        found = {folded(key): bytes(written[key]) for key in written if len(key) in _BLOCK_LENGTHS}
    except _UNREADABLE:
        return None
    if found.get("blockhash", b"null") != b"null":
        return _bytes(found["blockhash"], 32)
    return _block(found.get("blocknumber", found.get("toblock", b"")))


def filter_id_of(call: Call, rule: Rule | None = None) -> str | None:
    """Which filter a call is about."""
    return _text(_value(call, rule.parameter or 0 if rule is not None else 0))


def subscription_of(call: Call) -> str | None:
    """What is subscribed to, or which subscription ends."""
    return _text(_value(call, 0))


def data_of(call: Call) -> bytes | None:
    """The bytes of the first parameter, such as a signed transaction."""
    return _bytes(_value(call, 0))


def _value(call: Call, parameter: int | None) -> bytes:
    """One parameter as it is written; empty: it is not there."""
    if parameter is None or call.params[:1] != b"[":
        return b""
    if parameter >= MOST:
        found = _ARRAY.decode(call.params)
        return bytes(found[parameter]) if parameter < len(found) else b""
    # A call may bring millions of them: no more are kept than a method can have.
    first = _FIRST.decode(call.params)
    if parameter < 0:
        given = [one for one in astuple(first) if one is not UNSET]
        # With more the node refuses it.
        return bytes(given[parameter]) if -parameter <= len(given) <= MOST else b""
    value = getattr(first, _PLACES[parameter])
    return b"" if value is UNSET else bytes(value)


def _transaction(value: bytes) -> dict[str, Raw]:
    if value[:1] != b"{":
        return {}
    try:
        found = _OBJECT.decode(value)
    except _UNREADABLE:
        raise OwnResponse(-32602, "invalid argument: it cannot be read", "ambiguous") from None
    for key in found.keys() - _USUAL:
        if len(key) in _LENGTHS and folded(key) in _FOLDED:
            said = f"invalid argument: a key equals {_meant(key)} but for case"
            raise OwnResponse(-32602, said, "ambiguous")
    return found


def _meant(key: str) -> str:
    return next(one for one in _READ if one.lower() == folded(key))


def _given(found: dict[str, Raw], key: str) -> bool:
    value = found.get(key)
    return value is not None and bytes(value) != b"null"


def _text(value: bytes) -> str | None:
    return _TEXT.decode(value) if value[:1] == b'"' else None


def _bytes(value: bytes | Raw | None, length: int = -1) -> bytes | None:
    """Hex with 0x or 0X, as common/hexutil reads it."""
    text = bytes(value) if value is not None else b""
    if text[:3] not in (b'"0x', b'"0X') or not text.isascii() or b" " in text:
        return None
    try:
        found = bytes.fromhex(text[3:-1].decode("ascii"))
    except ValueError:
        return None
    return found if length in (-1, len(found)) else None


def _block(value: bytes) -> Block | None:
    if value in (b"", b"null"):
        return Tag.LATEST
    text = _text(value)
    if text is None:
        return None
    if text in _TAGS:
        return _TAGS[text]
    if len(text) == 66:
        return _bytes(value, 32)
    return _number(text)


def _number(text: str) -> int | None:
    digits = text[2:]
    if text[:2] not in ("0x", "0X") or not (digits.isascii() and digits.isalnum()):
        return None
    if digits[0] == "0" and digits != "0":
        return None
    try:
        number = int(digits, 16)
    except ValueError:
        return None
    return number if number <= _HIGHEST else None
