"""What lies in the socket of a connection that nobody uses, before the reactor has read it.

Between two requests an upstream says nothing.  Bytes that come all the same (a 408 on an idle connection, a
late body, a line end too many), its end or an error would be taken for the response to the next request, if
that went out before the reactor's turn to read.  So the kernel is asked: one call when a connection is taken.
"""

from __future__ import annotations

import select
import socket
from typing import Any

from twisted.protocols.policies import ProtocolWrapper


def socket_below(transport: Any) -> socket.SocketType | None:
    """The socket that a transport reads from, below TLS, too; None where there is none, as in memory."""
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    get_handle = getattr(transport, "getHandle", None)
    handle = None if get_handle is None else get_handle()
    # Not socket.socket: our own transports use its plainer base.
    return handle if isinstance(handle, socket.SocketType) else None


def look_below(transport: Any) -> select.poll | None:
    """What L{is_silent} looks at; None where there is no socket."""
    below = socket_below(transport)
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
