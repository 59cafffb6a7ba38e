"""L{read_message}, L{read_call}: from the bytes of a message to calls that have one reading.  Pure.

Real nodes read more than they should (GOQUORUM.md 2): keys in any letter case, bytes that are no UTF-8, and
what follows the first value they do not see.  So the envelope of each call is written anew (L{Call}), and
what could be read in two ways is refused.  What is no call is answered as a node answers it.

Refused as no JSON, though a node would take it: what follows the first value, broken UTF-8, and half of a
surrogate pair as an escape (C{\\ud800}), wherever it stands: a node reads U+FFFD in its place, so that two
different keys could be one (RFC 8259, 8.2: what becomes of it is unpredictable).
"""

from __future__ import annotations

from functools import lru_cache

from attrs import define
from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError, defstruct
from msgspec.json import Decoder
from msgspec.structs import astuple

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.knowledge.json_reading import deeper_than, folded

#: What stands in a message's place: a call; what it is answered with; None: nothing, and it is left out.
Entry = Call | OwnResponse | None

#: Of arrays and objects in each other.  A node takes 10,000; no call needs more than a few.
DEPTH = 128

_SPACE = b" \t\r\n"
_KEYS = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
#: Folding changes no key's length that comes to one of these.
_LENGTHS = frozenset(map(len, _KEYS))
_ABSENT = Raw(b"")
_NO_ID = (b"{", b"[")


@define(eq=False)
class Message:
    """What a client sent.

    @ivar entries: in order; none: nothing was sent, which is answered with nothing.
    @ivar batch: whether it is an array.
    """

    entries: tuple[Entry, ...]
    batch: bool


class _Usual(Struct, forbid_unknown_fields=True, gc=False):
    """A call as clients write it."""

    method: str
    id: Raw = _ABSENT
    params: Raw = _ABSENT
    jsonrpc: Raw = _ABSENT


_CALL = Decoder(_Usual)
_CALLS: Decoder[list[_Usual]] = Decoder(list[_Usual])
_ANY: Decoder[Raw] = Decoder(Raw)
_ARRAY: Decoder[list[Raw]] = Decoder(list[Raw])
_OBJECT: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])
_TEXT: Decoder[str] = Decoder(str)
#: The last: it is nested deeper than a program reads.
_UNUSUAL = (DecodeError, ValidationError, RecursionError)


def read_message(data: bytes, batch_limit: int = 1000) -> Message:
    """Read a message.

    @param batch_limit: how many entries a batch may have.
    @return: entries that are no calls are errors, with the id of each in it (L{OwnResponse.id}).
    @raise OwnResponse: it is no message: this is the one answer to it, with the id C{null}.
    """
    if data[:1] not in _NO_ID:
        data = data.strip(_SPACE)
        if not data:
            return Message((), False)
    call = read_call(data)
    if call is not None:
        return Message((call,), False)
    if not data.isascii() and not _is_text(data):
        raise _broken()
    if data[:1] == b"[":
        try:
            calls = _read_batch(data, batch_limit)
        except ValidationError:
            calls = None
        except DecodeError:
            raise _broken() from None
        except RecursionError:
            raise _too_deep() from None
        if calls is not None:
            return Message(calls, True)
    return _read_all(data, batch_limit)


def read_call(data: bytes) -> Call | None:
    """Read a message that is one call as clients write it, quickly; None: it is another one, or it needs a
    closer look (L{read_message}).
    """
    if data[:1] != b"{" or not (data.isascii() or _is_text(data)):
        return None
    try:
        found = _CALL.decode(data)
    except _UNUSUAL:
        return None
    if len(data) > 2 * DEPTH and data.count(b"{") + data.count(b"[") > DEPTH:
        return None
    id = bytes(found.id)
    if id.isdigit() and found.method:
        # So it is nearly always.
        return Call(id, found.method, bytes(found.params))
    return _usual(found)


def _read_batch(data: bytes, batch_limit: int) -> tuple[Entry, ...] | None:
    """A batch of calls as clients write them, quickly; None: it needs a closer look."""
    _check_entries(data, batch_limit)
    found = _CALLS.decode(data)
    if len(found) > batch_limit:
        raise _too_large(f"{len(found)} of at most {batch_limit}")
    if not found:
        return None
    calls = [_usual(one) for one in found]
    if None in calls:
        return None
    # Each call has a bracket of its own, and all have one: so many one of them has at most.
    most = data.count(b"{") + data.count(b"[") - len(calls)
    if most >= DEPTH:
        inside = [one.params.count(b"{") + one.params.count(b"[") for one in calls if one is not None]
        if max(inside) > DEPTH - 2 or sum(inside) + 1 != most:
            return None
    return tuple(calls)


def _usual(found: _Usual) -> Call | None:
    id = bytes(found.id)
    method = found.method
    if not id.isdigit() and (id[:1] in _NO_ID or (not id and method.endswith("_subscription"))):
        return None
    return Call(id, method, bytes(found.params)) if method else None


def _read_all(data: bytes, batch_limit: int) -> Message:
    """Whatever it is."""
    try:
        # Whether it is JSON at all, before anything is said of what it holds.
        _ANY.decode(data)
    except DecodeError:
        raise _broken() from None
    except RecursionError:
        raise _too_deep() from None
    if deeper_than(DEPTH, data):
        raise _too_deep()
    if data[:1] != b"[":
        return Message((_entry(data),), False)
    found = _ARRAY.decode(data)
    if not found:
        raise OwnResponse(-32600, "empty batch")
    if len(found) > batch_limit:
        raise _too_large(f"{len(found)} of at most {batch_limit}")
    return Message(tuple(_entry(bytes(one)) for one in found), True)


def _check_entries(data: bytes, batch_limit: int) -> None:
    """See whether there are so many entries that to read them all would make fifty bytes of each two.

    @raise OwnResponse: there are.
    """
    if len(data) > 128 * batch_limit and data.count(b",") > 64 * batch_limit:
        read = astuple(_beginning(batch_limit + 1).decode(data))
        if read[-1] is not UNSET:
            raise _too_large(f"more than {batch_limit}")


@lru_cache(8)
def _beginning(length: int) -> Decoder[Struct]:
    """Reads so many entries of an array, and keeps nothing of the others."""
    fields = [(f"entry{place}", Raw | UnsetType, UNSET) for place in range(length)]
    return Decoder(defstruct("Beginning", fields, array_like=True))


def _entry(data: bytes) -> Entry:
    """What one entry is to a node (rpc/handler.go: handleCallMsg, handleImmediate)."""
    try:
        call = _usual(_CALL.decode(data))
    except ValidationError:
        if data[:1] != b"{":
            return _invalid()
    else:
        if call is not None:
            return call
    written = _OBJECT.decode(data)
    # There may be very many others.
    found = {key: bytes(written[key]) for key in _KEYS if key in written}
    id = found.get("id", b"")
    valid = b"" if id[:1] in _NO_ID else id
    same = {folded(key) for key in written if len(key) in _LENGTHS and key not in _KEYS} & _KEYS
    if same:
        # Two readings; of the id, too?
        return _invalid(b"" if "id" in same else valid, "ambiguous")
    name = found.get("method", b"")
    method = _TEXT.decode(name) if name[:1] == b'"' else ""
    if method and not id:
        # A client that passes on what it was told: a node does nothing with it.
        return None if method.endswith("_subscription") else Call(b"", method, found.get("params", b""))
    if method and valid:
        return Call(valid, method, found.get("params", b""))
    if not method and valid and "params" not in found and _is_response(found):
        return None
    return _invalid(valid)


def _is_response(found: dict[str, bytes]) -> bool:
    return "result" in found or found.get("error", b"null") != b"null"


def _invalid(id: bytes = b"", reason: str = "") -> OwnResponse:
    return OwnResponse(-32600, "invalid request", reason, id=id)


def _broken() -> OwnResponse:
    return OwnResponse(-32700, "parse error")


def _too_deep() -> OwnResponse:
    return OwnResponse(-32600, f"deeper than {DEPTH}", "too-deep")


def _too_large(said: str) -> OwnResponse:
    return OwnResponse(-32600, f"batch too large ({said})", "batch-too-large")


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
