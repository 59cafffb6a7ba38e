"""Other paths for which a server may take one.  Pure.

Jetty strips parameters, then decodes; others decode first; many merge slashes.  L{readings} is every path
that comes of these in any order, each as often as you like, but decoding once: nobody makes C{a} of C{%2561}.
"""

from __future__ import annotations

import re

#: As RFC 3986 has it, and C{%u0061}, which Jetty 9.4 takes as well.
_ESCAPE = re.compile(rb"%(?:u([0-9A-Fa-f]{4})|([0-9A-Fa-f]{2}))")
_PARAMETERS = re.compile(rb";[^/]*")
_SLASHES = re.compile(rb"//+")


def _decode(path: bytes, *, slash: bool) -> bytes:
    def plain(match: re.Match[bytes]) -> bytes:
        wide, narrow = match.groups()
        byte = bytes([int(narrow, 16)]) if narrow else chr(int(wide, 16)).encode("utf-8", "replace")
        return match[0] if byte == b"/" and not slash else byte

    return _ESCAPE.sub(plain, path)


def readings(path: bytes, *, slash: bool = True) -> frozenset[bytes]:
    """The paths that a server may take this one for, itself left out.

    >>> sorted(readings(b"/%61;x//b"))
    [b'/%61//b', b'/%61/b', b'/%61;x/b', b'/a//b', b'/a/b', b'/a;x//b', b'/a;x/b']

    @param slash: C{%2F} may be read as a slash.  Where it is a letter of a key, it may not.
    """
    # What has been found, and whether it was decoded.
    found: set[tuple[bytes, bool]] = set()
    todo = [(path, False)]
    while todo:
        reading = todo.pop()
        if reading in found:
            continue
        found.add(reading)
        text, decoded = reading
        if b";" in text:
            todo.append((_PARAMETERS.sub(b"", text), decoded))
        if b"//" in text:
            todo.append((_SLASHES.sub(b"/", text), decoded))
        if b"%" in text and not decoded:
            todo.append((_decode(text, slash=slash), True))
    return frozenset(text for text, _ in found) - {path}
