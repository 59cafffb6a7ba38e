"""Ports that take nobody for a while, and keep their address.

Linux lets a TCP socket stop listening and stay bound: who connects is refused at once, as if nobody were
there, and looks elsewhere.  Unix sockets cannot do that, nor can those that another process has, too: there
newcomers wait to be accepted.
"""

from __future__ import annotations

import socket

from twisted.internet import tcp


def refuses(port: tcp.Port) -> bool:
    """Whether newcomers are refused while it is paused; else they wait."""
    on_ip = port.addressFamily in (socket.AF_INET, socket.AF_INET6)
    return on_ip and not getattr(port, "kept", False)


def pause_port(port: tcp.Port) -> None:
    """Take nobody.  Who was connected, and not accepted yet, is reset where newcomers are refused."""
    port.stopReading()
    if refuses(port):
        port.socket.shutdown(socket.SHUT_RD)


def resume_port(port: tcp.Port) -> None:
    """Take clients again.

    @raise OSError: another process listens at the address by now.
    """
    if refuses(port):
        port.socket.listen(port.backlog)
    port.startReading()
