"""The keys that calls and answers name: text as Tessera writes it, base64.

Nothing here fails: what has no key, or none that can be read, is None.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from urllib.parse import unquote_to_bytes

from quorumha.http.wire.messages import Fields, ResponseHead, first_value

#: SHA3-512 in base64: 64 bytes, and two signs of padding.
_KEY = re.compile(rb"[A-Za-z0-9+/]{86}==")
_PREFIX = b"/transaction/"
_KEY_BEGINS = len(_PREFIX)
_USUAL = b"isRaw=false"
#: A JSON body larger than this holds more than a key; it is not looked at.
_JSON_LIMIT = 16 * 1024


def transaction_key(target: bytes) -> bytes | None:
    """The transaction that C{/transaction/{key}...} names.

    None, too, for raw payloads (C{isRaw=true}: another table) and for reads as one recipient
    (C{to=}): of these, knowing that the transaction exists says nothing.

    >>> transaction_key(b"/transaction/" + b"A" * 85 + b"%2F==/isSender")
    b'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/=='
    """
    if not target.startswith(_PREFIX):
        return None
    path, _, query = target.partition(b"?")
    if query and query != _USUAL and _says_little(query):
        return None
    end = path.find(b"/", _KEY_BEGINS)
    segment = path[_KEY_BEGINS : end if end >= 0 else None]
    if b"%" in segment:
        # GoQuorum writes nothing but the slash so; others escape "=" and "+", too.
        segment = segment.replace(b"%2F", b"/")
        if b"%" in segment:
            segment = segment.replace(b"%3D", b"=").replace(b"%2B", b"+")
            if b"%" in segment:
                segment = unquote_to_bytes(segment)
    # Asked for each read: what is no key harms nobody, so its letters are not looked at.
    return segment if len(segment) == 88 and segment.endswith(b"==") else None


def usual_target(key: bytes) -> bytes:
    """How GoQuorum (private/engine/tessera/tessera.go) asks for a transaction: it escapes the slash alone.

    >>> usual_target(b"a/+==")
    b'/transaction/a%2F+==?isRaw=false'
    """
    return b"%b%b?%b" % (_PREFIX, key.replace(b"/", b"%2F"), _USUAL)


def _says_little(query: bytes) -> bool:
    """Whether a query has C{isRaw=true}, in any case as Java reads it, or C{to=}."""
    read = b"&" + unquote_to_bytes(query).lower()
    return b"&israw=true" in read or b"&to=" in read


def as_key(text: bytes) -> bytes | None:
    """C{text} if it is a key."""
    return text if len(text) == 88 and _KEY.fullmatch(text) else None


def named_key(fields: Fields, body: bytes) -> bytes | None:
    """The key that a GET with a body, or with C{c11n-key}, names.

    None in the cases of L{transaction_key}, too.
    """
    written = {name.lower(): value for name, value in fields}
    if b"c11n-key" in written:
        return None if written.get(b"c11n-to") else as_key(written[b"c11n-key"])
    found = _json(body)
    if found.get("isRaw") not in (None, False) or found.get("to"):
        return None
    return _text_key(found.get("key"))


def signed_key(body: bytes, as_bytes: bool) -> bytes | None:
    """The key of the transaction that C{/sendsignedtx} makes: that of the raw payload it names.

    @param as_bytes: the body is the key's bytes, not JSON.
    """
    if as_bytes:
        return as_key(b64encode(body)) if len(body) == 64 else None
    return _text_key(_json(body).get("hash"))


def responded_key(body: bytes) -> bytes | None:
    """The key in the answer of C{/send}, C{/sendsignedtx} or C{/sendraw}."""
    if body.startswith(b"{"):
        return _text_key(_json(body).get("key"))
    return as_key(body.strip())


def located_key(fields: Fields) -> bytes | None:
    """The key in an answer's C{Location}."""
    where = first_value(fields, b"location")
    at = where.find(_PREFIX)
    return transaction_key(where[at:]) if at >= 0 else None


def made_key(response: ResponseHead, data: bytes, ended: bool) -> bytes | None:
    """The key of the transaction that an answer says was made.

    @param data: the first of its body; all of it if C{ended}.
    """
    return (responded_key(data) if ended else None) or located_key(response.fields)


def deleted_key(target: bytes, body: bytes) -> bytes | None:
    """The key that C{DELETE /transaction/{key}} or C{POST /delete} names."""
    return transaction_key(target) or _text_key(_json(body).get("key"))


def _text_key(value: object) -> bytes | None:
    if not isinstance(value, str) or len(value) != 88 or not value.isascii():
        return None
    return as_key(value.encode("ascii"))


def _json(body: bytes) -> dict[str, object]:
    if not body.startswith(b"{") or len(body) > _JSON_LIMIT:
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
