"""The id of a request: C{X-Request-Id}, as it goes up, down and into logs.  Pure.

It stands last in a head, together with the empty line that ends it, so that what comes before is the same for
many requests and is made once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The field, in lower case.
NAME = b"x-request-id"
#: What is carried; anything else a client sends is dropped, and one of ours takes its place.
_VALID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
#: What ends a head: without an id, and with one.
END, END_WITH = b"\r\n", b"X-Request-Id: %b\r\n\r\n"
_BEFORE, _AFTER = END_WITH.split(b"%b")


def client_id(values: Sequence[bytes]) -> bytes:
    """The id that a client gave; empty: it gave none that may be passed on.

    @param values: of all its fields of this name: two have more than one reading.

    >>> client_id([b"a-1"]), client_id([b"a", b"b"]), client_id([b"a b"])
    (b'a-1', b'', b'')
    """
    return values[0] if len(values) == 1 and _VALID.fullmatch(values[0]) else b""


def end_of(request_id: bytes) -> bytes:
    """The end of a head with this id; empty: with none."""
    return END_WITH % request_id if request_id else END


def id_in(end: bytes) -> bytes:
    """The id in such an end; empty: there is none.

    >>> id_in(end_of(b"a-1")), id_in(END)
    (b'a-1', b'')
    """
    return end[len(_BEFORE) : -len(_AFTER)]
