"""How GoQuorum reads a message of JSON-RPC: Go's C{encoding/json}, with its liberties (rpc/json.go).

Keys in any letter case, U+017F and U+212A included; the last of two wins; what follows the first value is not
read; ids are kept as they were written.  It shares no code with the proxy that it judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any

from attrs import define

from quorumha.testing.goquorum.rpc_error import RpcError

_SPACE = re.compile(r"[ \t\n\r]*")


class Number(str):
    """A number as it was written."""


class GoObject(dict[str, Any]):
    """An object that Go reads into a structure: by folded name, and the last one wins."""


class BadJson(ValueError):
    """It is no JSON."""


def fold(name: str) -> str:
    """What all spellings of a name have in common."""
    return name.lower().replace("\u017f", "s").replace("\u212a", "k")


def _refuse(_: str) -> Any:
    raise BadJson("NaN and Infinity are not JSON")


def _object(pairs: list[tuple[str, Any]]) -> GoObject:
    return GoObject((fold(name), value) for name, value in pairs)


_scan: Callable[[str, int], tuple[Any, int]] = JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_refuse
).scan_once  # type: ignore[attr-defined]


@define
class RpcMessage:
    """One message.

    @ivar id: as written; empty: there is none.
    @ivar params: the value; None: none were given.
    @ivar is_response: it has a result, or an error, and no method.
    """

    id: str = ""
    method: str = ""
    params: Any = None
    result: bool = False

    @property
    def has_id(self) -> bool:
        """It has one that can be echoed."""
        return self.id[:1] not in ("", "{", "[")

    @property
    def is_response(self) -> bool:
        return self.has_id and not self.method and self.params is None and self.result


def read_messages(data: bytes) -> tuple[list[RpcMessage], bool]:
    """The messages of a body, and whether it is a batch.

    @raise RpcError: it is no JSON.
    """
    text = data.decode("utf-8", "replace")
    try:
        at = _skip(text, 0)
        if text[at : at + 1] == "[":
            return _batch(text, at + 1), True
        return [_message(text, at)[0]], False
    except (BadJson, ValueError, StopIteration, RecursionError, IndexError):
        raise RpcError(-32700, "parse error") from None


def _skip(text: str, at: int) -> int:
    if text[at : at + 1] not in " \t\n\r":
        return at
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _batch(text: str, at: int) -> list[RpcMessage]:
    messages: list[RpcMessage] = []
    at = _skip(text, at)
    if text[at] == "]":
        return messages
    while True:
        message, at = _message(text, at)
        messages.append(message)
        at = _skip(text, at)
        if text[at] == "]":
            return messages
        if text[at] != ",":
            raise BadJson("no comma")
        at = _skip(text, at + 1)


def _message(text: str, at: int) -> tuple[RpcMessage, int]:
    message = RpcMessage()
    if text[at] != "{":
        return message, _scan(text, at)[1]
    at = _skip(text, at + 1)
    if text[at] == "}":
        return message, at + 1
    while True:
        if text[at] != '"':
            raise BadJson("no key")
        name, at = scanstring(text, at + 1)
        at = _skip(text, at)
        if text[at] != ":":
            raise BadJson("no colon")
        at = _skip(text, at + 1)
        value, end = _scan(text, at)
        _take(message, fold(name), value, text[at:end])
        at = _skip(text, end)
        if text[at] == "}":
            return message, at + 1
        if text[at] != ",":
            raise BadJson("no comma")
        at = _skip(text, at + 1)


def _take(message: RpcMessage, name: str, value: Any, written: str) -> None:
    if name == "id":
        message.id = written
    elif name == "method" and isinstance(value, str) and not isinstance(value, Number):
        message.method = value
    elif name == "params":
        message.params = value
    elif name in ("result", "error"):
        message.result = True
