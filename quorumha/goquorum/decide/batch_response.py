"""What a member's answer to a batch holds: each call's answer, by its place and its id.  Pure.

A node answers in the order of the calls (GOQUORUM.md 2; C{envelope.json}); ids may be there twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

from quorumha.goquorum.decide.call import echoed

#: How many times as many answers as there are calls are looked at: one that nobody asked for is left out.
TOO_MANY = 2
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
    @return: None: it is no array, or one of something else: the member is at fault.
    """
    body = body.strip()
    # A look at the first entry: an array of millions of numbers is not even read.
    if body[:1] != b"[" or body[1:64].lstrip()[:1] not in (b"{", b"]", b""):
        return None
    try:
        entries = [bytes(one) for one in _ARRAY.decode(body)]
    except (DecodeError, ValidationError, RecursionError):
        return None
    if len(entries) > TOO_MANY * (len(ids) + 1):
        return None
    places: dict[bytes, list[int]] | None = None
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
            # Each is read once more, however many are not where they should be.
            places = places or _places(entries)
            of_id = places.get(wanted, [])
            after = bisect_left(of_id, at)
            place = of_id[after] if after < len(of_id) else None
        if place is None:
            found.append(None)
        else:
            found.append(entries[place])
            at = place + 1
    return found


def _places(entries: Sequence[bytes]) -> dict[bytes, list[int]]:
    """Where the answers with each id stand."""
    places: dict[bytes, list[int]] = {}
    for place, entry in enumerate(entries):
        places.setdefault(_id_of(entry), []).append(place)
    return places


def _is_of(entry: bytes, id: bytes) -> bool:
    if entry.startswith(_BEGINNING) and entry.startswith(id + b",", len(_BEGINNING)):
        return True
    return _id_of(entry) == id


def _id_of(entry: bytes) -> bytes:
    """The id in an answer, JSON; empty: it is no answer."""
    try:
        return bytes(_ID.decode(entry).id)
    except (DecodeError, ValidationError):
        return b""
