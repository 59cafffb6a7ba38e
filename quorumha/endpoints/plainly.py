"""Endpoint strings that plain sockets serve: TCP and unix without TLS, on a Posix reactor."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.abstract import isIPAddress
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.posixbase import PosixReactorBase

from quorumha.endpoints.string_parts import EndpointText
from quorumha.endpoints.unix import BACKLOG
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint


def takes_plain(reactor: Any) -> bool:
    """Whether the transports of L{quorumha.net} run on it."""
    return isinstance(reactor, PosixReactorBase)


def plain_server(reactor: Any, parts: EndpointText) -> IStreamServerEndpoint | None:
    """The endpoint of a TCP port at an IPv4 address; None for anything else."""
    port = parts.argument("port", 0)
    interface = parts.argument("interface", 1) or ""
    backlog = parts.argument("backlog", 2) or str(BACKLOG)
    if parts.prefix != "tcp" or not takes_plain(reactor) or not (port and port.isdecimal()):
        return None
    if set(parts.named) - {"port", "interface", "backlog"} or not backlog.isdecimal():
        return None
    if interface and not isIPAddress(interface):
        return None
    return SocketServerEndpoint(reactor, int(port), int(backlog), interface)


def plain_upstream(reactor: Any, parts: EndpointText) -> IStreamClientEndpoint | None:
    """The endpoint of an IPv4 address and port, or of a unix socket; None for anything else."""
    if not takes_plain(reactor):
        return None
    count = len(parts.positional) + len(parts.named)
    if parts.prefix == "unix" and count == 1:
        path = parts.argument("path", 0)
        return SocketClientEndpoint(reactor, socket.AF_UNIX, path) if path else None
    host, port = parts.argument("host", 0), parts.argument("port", 1)
    if parts.prefix != "tcp" or count != 2 or not host or not port or not port.isdecimal():
        return None
    return SocketClientEndpoint(reactor, socket.AF_INET, (host, int(port))) if isIPAddress(host) else None
