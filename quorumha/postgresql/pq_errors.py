"""What libpq says of a failure, in one line fit for logs.  Pure."""

from __future__ import annotations

import errno
import os
import re

from quorumha.pool.dial_errors import lack_of

#: Letters of a cause that are shown.
LONGEST = 200

#: psycopg's own words, and libpq's of who was asked: a member's name stands before it anyway.
_BEFORE = re.compile(
    r"^(?:(?:consuming input|sending query|flushing|connection) failed: )?"
    r"(?:connection to server (?:at|on socket) .{1,400}? failed: )?(?:[A-Z]{1,12}:\s+)?",
    re.DOTALL,
)
_SPACES = re.compile(r"\s+")

#: Short words of the house for the system's.
_WORDS = {
    os.strerror(errno.ECONNREFUSED): "refused",
    os.strerror(errno.ENETUNREACH): "no route",
    os.strerror(errno.EHOSTUNREACH): "no route",
    os.strerror(errno.ETIMEDOUT): "timed out",
    os.strerror(errno.ENOENT): "no such socket",
}
#: What the system says where this process, or its machine, lacks something.
_LACKS = {
    os.strerror(code): lack
    for code in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)
    if (lack := lack_of(OSError(code, "")))
}


class PqError(Exception):
    """A session could not be made, or is over; the text says why."""


class PqLack(Exception):
    """This process lacked something for it; the text says what."""


class PqRefused(PqError):
    """The server itself has said why, and others of its addresses would say the same."""


def one_line(text: str, secret: bytes | None = None) -> str:
    """The first line of what libpq or a server says, without who was asked.

    @param secret: is cut out, should it be in it.
    """
    if secret:
        text = text.replace(secret.decode("utf-8", "surrogateescape"), "***")
    first = _BEFORE.sub("", text.strip(), count=1).partition("\n")[0].strip()
    shown = "".join(one if one.isprintable() else "?" for one in _SPACES.sub(" ", first))
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."


def of_connecting(text: str) -> PqError | PqLack:
    """What a connection that was not made comes to."""
    said = one_line(text)
    lack = next((lack for words, lack in _LACKS.items() if said.endswith(words)), None)
    if lack is not None:
        return PqLack(lack)
    return PqError(f"could not connect ({_WORDS.get(said, said or 'unknown')})")
