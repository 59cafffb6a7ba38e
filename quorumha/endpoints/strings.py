"""Any endpoint string of Twisted and its plugins, made into an endpoint.  What differs:

- C{unix:PATH:mode=660:user=quorum:group=quorum:backlog=100} listens as L{quorumha.endpoints.unix} does;
- whatever gives TLS connects, and takes clients, only after the handshake;
- C{haproxy:tcp:8545} speaks the PROXY protocol as L{quorumha.endpoints.proxied} does;
- C{systemd:domain=INET:name=p2p} listens as L{quorumha.endpoints.systemd} does;
- TCP listeners let more connections wait than Twisted's 50, unless C{backlog} is given;
- a C{tcp:} upstream whose host is an IP address is dialled without a resolver, one that is a name as
  L{quorumha.endpoints.named} does.
"""

from __future__ import annotations

import errno
import grp
import pwd
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import frozen
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    TCP6ClientEndpoint,
    clientFromString,
    serverFromString,
    wrapClientTLS,
)
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.internet.posixbase import PosixReactorBase
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.config.addresses import Address, read_client, read_server
from quorumha.config.endpoint_text import EndpointText
from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.certificates import Certificates, ServerPolicy
from quorumha.endpoints.early import Notify, nobody
from quorumha.endpoints.handshake import HandshakeClientEndpoint, HandshakeFactory
from quorumha.endpoints.named import NamedEndpoint, look_up
from quorumha.endpoints.proxied import ProxiedFactory
from quorumha.endpoints.systemd import given_sockets, systemd_endpoint
from quorumha.endpoints.unix import BACKLOG, Claim, SafeUNIXServerEndpoint
from quorumha.errors import ConfigError, ListenError
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint

#: Seconds that a client has for its TLS handshake.
HANDSHAKE_TIMEOUT = 10.0
#: Why the C{tls} of who listens cannot be added, or taken away.
TLS_STAYS = "TLS neither begins nor ends at an address while the process runs; use another address"


def listening_endpoint(
    reactor: Any,
    text: str,
    tls: ServerTLS | ServerPolicy | None = None,
    handshake_timeout: Callable[[], float] = lambda: HANDSHAKE_TIMEOUT,
    refused: Notify = nobody,
) -> IStreamServerEndpoint:
    """Where to listen.

    @param tls: whoever connects must speak TLS; a policy: as that says by then, else as the files say now.
    @param handshake_timeout: gives, for each client, seconds for TLS, and for a PROXY header; 0: no limit.
    @param refused: called with the address and the cause where a client has no good handshake or header.
    @return: its C{listen} fails with L{ListenError}, which names the string and the reason.
    @raise ConfigError: the string, or a file of C{tls}, cannot be used.
    """
    try:
        address = read_server(text)
        endpoint = _socket(reactor, text, address)
    except (ValueError, ListenError) as error:
        raise ConfigError([f"{text}: {error}"]) from error
    return layered(endpoint, text, address, reactor, tls, handshake_timeout, refused)


def layered(
    endpoint: IStreamServerEndpoint,
    text: str,
    address: Address,
    clock: Any,
    tls: ServerTLS | ServerPolicy | None,
    timeout: Callable[[], float],
    refused: Notify,
) -> IStreamServerEndpoint:
    """An endpoint with what a listener has above its socket: PROXY protocol, TLS, and errors in words."""
    layers: list[Callable[[IProtocolFactory], IProtocolFactory]] = []
    if tls is not None or address.brings_tls:
        layers.append(lambda factory: HandshakeFactory(factory, clock, timeout, refused))
    if tls is not None:
        policy = Certificates().server(tls) if isinstance(tls, ServerTLS) else tls
        layers.append(partial(TLSMemoryBIOFactory, policy, False, clock=clock))
    if address.proxied:
        layers.append(lambda factory: ProxiedFactory(factory, clock, timeout, refused))
    return _Layered(endpoint, text, layers)


def upstream_endpoint(
    reactor: Any, text: str, tls: ClientTLS | None = None, certificates: Certificates | None = None
) -> IStreamClientEndpoint:
    """What to dial.

    @param tls: speak TLS with it; its certificate must be for C{tls.name}, or else for the host in C{text}.
    @param certificates: what its files hold; they are read now, and never again, unless given.
    @raise ConfigError: the string, or a file of C{tls}, cannot be used.
    """
    try:
        address = read_client(text)
    except ValueError as error:
        raise ConfigError([f"{text}: {error}"]) from error
    parts = address.text
    if parts.prefix == "ssl" and "hostname" not in parts.named:
        raise ConfigError([f"{text}: it would take any certificate; use tls: instead, or give hostname="])
    endpoint = socket_upstream(reactor, address) or clientFromString(reactor, text)
    if tls is not None:
        host = address.host if parts.prefix == "tcp" else None
        try:
            creator = (Certificates() if certificates is None else certificates).client(tls, host)
        except ConfigError as error:
            raise ConfigError([f"{text}: {problem}" for problem in error.problems]) from error
        endpoint = wrapClientTLS(creator, endpoint, reactor)
    if tls is not None or address.brings_tls:
        endpoint = HandshakeClientEndpoint(endpoint)
    return endpoint


def _socket(reactor: Any, text: str, address: Address) -> IStreamServerEndpoint:
    """What listens, before anything is spoken."""
    parts, bare = address.text, takes_sockets(reactor) and not address.proxied
    if address.path is not None:
        return _unix(reactor, parts, bare)
    if address.given is not None:
        return systemd_endpoint(reactor, address, given_sockets(), bare=bare)
    ours = socket_server(reactor, address) if bare else None
    if ours is not None:
        return ours
    backlog = ""
    if parts.prefix in ("tcp", "tcp6") and "backlog" not in parts.named and len(parts.positional) < 3:
        backlog = f":backlog={BACKLOG}"
    endpoint: IStreamServerEndpoint = serverFromString(reactor, text.removeprefix("haproxy:") + backlog)
    return endpoint


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
    if not takes_sockets(reactor):
        return None
    if parts.prefix == "unix" and count == 1:
        return SocketClientEndpoint(reactor, socket.AF_UNIX, address.path or "")
    if parts.prefix != "tcp" or count != 2 or not host or not port:
        return None

    def dial(found: str) -> IStreamClientEndpoint:
        if isIPv6Address(found):
            return TCP6ClientEndpoint(reactor, found, port)
        return SocketClientEndpoint(reactor, socket.AF_INET, (found, port))

    return dial(host) if parts.name is None else NamedEndpoint(look_up(reactor, host), dial, reactor)


def _unix(reactor: Any, parts: EndpointText, bare: bool) -> IStreamServerEndpoint:
    owner = parts.named.get("user", parts.named.get("owner"))
    claim = Claim(
        int(parts.argument("mode", 1) or "600", 8),
        _identifier(owner, lambda name: pwd.getpwnam(name).pw_uid),
        _identifier(parts.named.get("group"), lambda name: grp.getgrnam(name).gr_gid),
    )
    path, backlog = parts.argument("address", 0) or "", int(parts.argument("backlog", 2) or BACKLOG)
    return SafeUNIXServerEndpoint(reactor, path, claim, backlog, bare=bare)


def _identifier(text: str | None, look_up: Callable[[str], int]) -> int:
    if text is None:
        return -1
    if text.isdecimal():
        return int(text)
    try:
        return look_up(text)
    except KeyError:
        raise ValueError(f"this machine has no user or group {text!r}") from None


@frozen
@implementer(IStreamServerEndpoint)
class _Layered:
    """Listens with factories around the one that serves, and fails in words."""

    _endpoint: IStreamServerEndpoint
    _text: str
    #: What makes each of them, the innermost first.
    _layers: list[Callable[[IProtocolFactory], IProtocolFactory]]

    def __repr__(self) -> str:
        return f"<listen at {self._text}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        for layer in self._layers:
            protocolFactory = layer(protocolFactory)
        return self._endpoint.listen(protocolFactory).addErrback(self._listen_failed)

    def _listen_failed(self, failure: Failure) -> Failure:
        if failure.check(ListenError):
            return failure
        failure.trap(CannotListenError, OSError)
        error = failure.value
        cause = error.socketError if isinstance(error, CannotListenError) else error
        return Failure(ListenError(f"{self._text}: {_reason(cause)}"))


def _reason(cause: object) -> str:
    match cause.errno if isinstance(cause, OSError) else None:
        case errno.EADDRINUSE:
            return "another process listens there; stop it, or use another port"
        case errno.EACCES | errno.EPERM:
            return "this user may not; ports below 1024 need a privilege"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
    return str(cause)
