"""What lies in the socket of a connection that nobody uses, before the reactor has read it.

Between two requests an upstream says nothing.  Bytes that come all the same (a 408 on an idle connection, a
late body, a line end too many), its end or an error would be taken for the response to the next request, if
that went out before the reactor's turn to read.  So the kernel is asked: one call when a connection is taken.
"""

from __future__ import annotations

import select
from typing import Any

from quorumha.net.progress import lowest_socket


def look_below(transport: Any) -> select.poll | None:
    """What L{is_silent} looks at; None where there is no socket."""
    below = lowest_socket(transport)
    return None if below is None else look_at(below.fileno())


def look_at(descriptor: int) -> select.poll:
    """The same, of a descriptor."""
    # A fifth of what recv(MSG_PEEK) costs here, which raises an error where nothing is.
    look = select.poll()
    look.register(descriptor, select.POLLIN)
    return look


def is_silent(look: select.poll) -> bool:
    """Whether nothing at all has come: no byte, no end, no error.

    Below TLS a byte may be a session ticket, and harmless.  They come with the first response; whatever comes
    later makes the connection unfit, too, for all that this costs is another handshake.
    """
    return not look.poll(0)
