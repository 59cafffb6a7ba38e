"""Endpoints that bare sockets serve: TCP and unix without TLS, on a Posix reactor."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.posixbase import PosixReactorBase

from quorumha.config.addresses import Address
from quorumha.endpoints.named import NamedEndpoint, look_up
from quorumha.endpoints.unix import BACKLOG
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint


def takes_sockets(reactor: Any) -> bool:
    """Whether the transports of L{quorumha.net} run on it."""
    return isinstance(reactor, PosixReactorBase)


def socket_server(reactor: Any, address: Address) -> IStreamServerEndpoint | None:
    """The endpoint of a TCP port at an IPv4 address; None for anything else."""
    parts, host, port = address.text, address.host, address.port
    if parts.prefix != "tcp" or port is None or (host and not isIPAddress(host)):
        return None
    if not takes_sockets(reactor):
        return None
    return SocketServerEndpoint(reactor, port, int(parts.argument("backlog", 2) or BACKLOG), host or "")


def socket_upstream(reactor: Any, address: Address) -> IStreamClientEndpoint | None:
    """The endpoint of a string that says host and port, or a path, and no more; None for anything else."""
    parts, host, port = address.text, address.host, address.port
    count = len(parts.positional) + len(parts.named)
    if parts.prefix == "unix" and count == 1 and takes_sockets(reactor):
        return SocketClientEndpoint(reactor, socket.AF_UNIX, address.path or "")
    if parts.prefix != "tcp" or count != 2 or not host or not port:
        return None
    at = _by_address(reactor, host, port)
    if at is not None or not takes_sockets(reactor):
        return at

    def dial(found: str) -> IStreamClientEndpoint:
        endpoint = _by_address(reactor, found, port)
        assert endpoint is not None, "resolvers give IP addresses"
        return endpoint

    return NamedEndpoint(look_up(reactor, host), dial, reactor)


def _by_address(reactor: Any, host: str, port: int) -> IStreamClientEndpoint | None:
    """The endpoint of an IP address, which needs no resolver; None for a name."""
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port)
    if not isIPAddress(host):
        return None
    if takes_sockets(reactor):
        return SocketClientEndpoint(reactor, socket.AF_INET, (host, port))
    return TCP4ClientEndpoint(reactor, host, port)
