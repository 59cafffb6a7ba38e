"""How GoQuorum reads the parameters of a call, and what it says where it cannot (rpc/json.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from quorumha.testing.goquorum.go_json import GoObject, Number
from quorumha.testing.goquorum.rpc_error import RpcError

#: A block as a parameter: a number, a hash, or the name of one.
Tag = int | str
_TAGS = ("latest", "pending", "earliest")


class Unreadable(ValueError):
    """Why an argument cannot be read, in the node's words."""


def _hex(value: Any, what: str) -> str:
    into = f" into Go value of type {what}"
    if not isinstance(value, str) or isinstance(value, Number):
        raise Unreadable(f"json: cannot unmarshal non-string{into}")
    if value[:2] not in ("0x", "0X"):
        raise Unreadable(f"json: cannot unmarshal hex string without 0x prefix{into}")
    if len(value) % 2:
        raise Unreadable(f"json: cannot unmarshal hex string of odd length{into}")
    try:
        bytes.fromhex(value[2:])
    except ValueError:
        raise Unreadable(f"json: cannot unmarshal invalid hex string{into}") from None
    return "0x" + value[2:].lower()


def _fixed(value: Any, size: int, what: str) -> str:
    text = _hex(value, what)
    if len(text) != 2 + 2 * size:
        raise Unreadable(f"hex string has length {len(text) - 2}, want {2 * size} for {what}")
    return text


def address(value: Any) -> str:
    """In lower case."""
    return _fixed(value, 20, "common.Address")


def digest(value: Any) -> str:
    """A hash."""
    return _fixed(value, 32, "common.Hash")


def data(value: Any) -> bytes:
    """Bytes."""
    return bytes.fromhex(_hex(value, "hexutil.Bytes")[2:])


def quantity(value: Any) -> int:
    """A number in hexadecimal, without leading zeros."""
    if not isinstance(value, str) or isinstance(value, Number) or value[:2] not in ("0x", "0X"):
        raise Unreadable("hex string without 0x prefix")
    digits = value[2:]
    if not digits:
        raise Unreadable('hex string "0x"')
    if digits[0] == "0" and len(digits) > 1:
        raise Unreadable("hex number with leading zero digits")
    try:
        return int(digits, 16)
    except ValueError:
        raise Unreadable("invalid hex string") from None


def block_number(value: Any) -> Tag:
    """A number, or a tag."""
    if isinstance(value, str) and value in _TAGS:
        return value
    found = quantity(value)
    if found >= 2**63:
        raise Unreadable("block number larger than int64")
    return found


def block(value: Any) -> Tag:
    """A number, a tag, or a hash (as C{blockHash}, or in the place of a number)."""
    if isinstance(value, GoObject):
        if "blockhash" in value:
            return digest(value["blockhash"])
        return block_number(value.get("blocknumber"))
    if isinstance(value, str) and len(value) == 66:
        return digest(value)
    return block_number(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Unreadable("json: cannot unmarshal value into Go value of type bool")
    return value


def text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str) or isinstance(value, Number):
        raise Unreadable("json: cannot unmarshal value into Go value of type string")
    return value


def structure(value: Any) -> GoObject:
    """An object; its fields are read by whoever needs them."""
    if not isinstance(value, GoObject):
        raise Unreadable("json: cannot unmarshal value into Go value of type map")
    return value


def anything(value: Any) -> Any:
    """Whatever it is."""
    return value


Read = Callable[[Any], Any]


@frozen
class Optional:
    """A parameter that may be left out, or be null: None then."""

    read: Read


def read_arguments(params: Any, wanted: tuple[Read | Optional, ...]) -> list[Any]:
    """The arguments of a call.

    @raise RpcError: they cannot be read.
    """
    if params is None:
        params = []
    if not isinstance(params, list):
        raise RpcError(-32602, "non-array args")
    if len(params) > len(wanted):
        raise RpcError(-32602, f"too many arguments, want at most {len(wanted)}")
    found: list[Any] = []
    for index, read in enumerate(wanted):
        given = params[index] if index < len(params) else None
        if given is None:
            if not isinstance(read, Optional):
                raise RpcError(-32602, f"missing value for required argument {index}")
            found.append(None)
            continue
        try:
            found.append(read.read(given) if isinstance(read, Optional) else read(given))
        except Unreadable as error:
            raise RpcError(-32602, f"invalid argument {index}: {error}") from None
    return found
