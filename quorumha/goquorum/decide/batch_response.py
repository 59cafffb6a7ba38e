"""What a member's answer to a batch holds: each call's answer, by its place and its id.  Pure.

A node answers in the order of the calls (GOQUORUM.md 2; C{envelope.json}); ids may be there twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

from quorumha.goquorum.decide.call import echoed

_BEGINNING = b'{"jsonrpc":"2.0","id":'


class _WithId(Struct):
    id: Raw = Raw(b"null")


_ARRAY: Decoder[list[Raw]] = Decoder(list[Raw])
_ID = Decoder(_WithId)


def plain_places(body: bytes, prefixes: Sequence[bytes]) -> list[int] | None:
    """Where each answer begins, if every call has a result.

    Nothing is decoded: C{prefixes} hold quotes that inside of a text would be escaped, and the array has no
    other such object.

    @param prefixes: what an answer with a result begins with, of each call in order.
    @return: one place more than there are calls: where the array ends.  None: a closer look is needed.
    """
    end = len(body)
    while end and body[end - 1] in b" \r\n\t":
        end -= 1
    if body[:1] != b"[" or body[end - 2 : end] != b"}]" or body.count(_BEGINNING) != len(prefixes):
        return None
    places = []
    find, at = body.find, 1
    for prefix in prefixes:
        found = find(prefix, at)
        if found < 0 or (found != 1 if at == 1 else body[found - 2 : found] != b"},"):
            return None
        places.append(found)
        at = found + len(prefix)
    places.append(end)
    return places


def taken_apart(body: bytes, ids: Sequence[bytes]) -> list[bytes | None] | None:
    """The answer to each call; None where there is none.

    @param ids: of the calls, JSON.
    @return: None: it is no array: the member is at fault.
    """
    if body.lstrip()[:1] != b"[":
        return None
    try:
        entries = [bytes(one) for one in _ARRAY.decode(body)]
    except (DecodeError, ValidationError, RecursionError):
        return None
    found: list[bytes | None] = []
    at = 0
    for index, id in enumerate(ids):
        wanted = echoed(id)
        # One may lack; the others stand in order.
        left = len(entries) - at
        place = at if left and _is_of(entries[at], wanted) else None
        if place is None and left < len(ids) - index:
            found.append(None)
            continue
        if place is None:
            place = next((n for n in range(at, len(entries)) if _is_of(entries[n], wanted)), None)
        if place is None:
            found.append(None)
        else:
            found.append(entries[place])
            at = place + 1
    return found


def _is_of(entry: bytes, id: bytes) -> bool:
    if entry.startswith(_BEGINNING) and entry.startswith(id + b",", len(_BEGINNING)):
        return True
    try:
        return bytes(_ID.decode(entry).id) == id
    except (DecodeError, ValidationError):
        return False
