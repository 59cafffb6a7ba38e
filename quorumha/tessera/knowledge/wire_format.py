"""What the proxy reads in the octets that Tesseras send each other.

Two layouts are in use.  The older one, as captured from Tessera 20.10: a byte string is its length,
8 bytes, big endian, and its bytes.  The newer one, of payloads between nodes that know API 5.0: CBOR
(RFC 8949 section 3; CBOREncoder.java).  Both begin with the sender's key and the cipher text.

Nothing here fails, or makes room for a length that is only stated: what cannot be read is None.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import blake2b, sha3_512

#: So much of a body's beginning is enough to know its affinity, or that it has none.
BEGINNING = 512
#: Bytes of a sender's key: 32 (NaCl), some 90 (elliptic curves).
_LONGEST_SENDER = 200
#: Bytes of the cipher text that tell payloads apart: it begins with a tag that no two share.
_TELLING = 160
_LONGEST_URL = 2048


def party_of(body: bytes) -> bytes | None:
    """The URL that the body of C{POST /partyinfo} says it comes from.

    >>> party_of(bytes(7) + b"\\x0ehttp://b:9001/" + bytes(16))
    b'http://b:9001/'
    """
    found = _item(body, 0)
    if found is None or body[:1] != b"\0":
        return None
    begin, size = found
    url = body[begin : begin + size] if size <= _LONGEST_URL else b""
    if len(url) != size or not url.startswith(b"http") or any(not 0x20 < byte < 0x7F for byte in url):
        return None
    return url


def payload_key(body: bytes) -> bytes | None:
    """The key that Tessera answers to the C{/push} of this payload, as text: SHA3-512 of the cipher text."""
    found = _cipher_text(body)
    if found is None:
        return None
    _, begin, size = found
    if begin + size > len(body):
        return None
    return b64encode(sha3_512(memoryview(body)[begin : begin + size]).digest())


def affinity_of(beginning: bytes) -> bytes | None:
    """Something equal for all pushes of one payload, in whichever layout.

    They differ in boxes and recipients; sender and cipher text are equal.

    @param beginning: of the body, as much as there is.
    @return: None: it is not enough yet, or it is no payload; with L{BEGINNING} bytes, or the whole
        body, the latter.
    """
    found = _cipher_text(beginning)
    if found is None:
        return None
    sender, begin, size = found
    telling = beginning[begin : begin + min(size, _TELLING)]
    if len(telling) < min(size, _TELLING):
        return None
    return blake2b(telling, digest_size=16, key=blake2b(sender).digest()).digest()


def _cipher_text(body: bytes) -> tuple[bytes, int, int] | None:
    """The sender's key, and where the cipher text begins and its stated length."""
    found = _item(body, 0)
    if found is None or not 0 < found[1] <= _LONGEST_SENDER:
        return None
    begin, size = found
    sender = body[begin : begin + size]
    if len(sender) < size:
        return None
    found = _item(body, begin + size)
    return None if found is None or not found[1] else (sender, *found)


def _item(body: bytes, at: int) -> tuple[int, int] | None:
    """Where a byte string's bytes begin, and how many it says they are."""
    if at >= len(body):
        return None
    # The older layout's lengths begin with a zero: nothing is that long.
    first = body[at] if body[0] else None
    if first is None:
        wide, begin = 8, at
    elif 0x40 <= first < 0x58:
        return at + 1, first - 0x40
    elif 0x58 <= first <= 0x5B:
        wide, begin = 1 << (first - 0x58), at + 1
    else:
        return None
    stated = body[begin : begin + wide]
    return (begin + wide, int.from_bytes(stated, "big")) if len(stated) == wide else None
