"""Twisted's endpoint strings, made into endpoints that are safe and say clearly what is wrong.

Any kind of string that Twisted and its plugins know will do.  What differs:

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
from collections.abc import Callable
from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    clientFromString,
    serverFromString,
    wrapClientTLS,
    wrapServerTLS,
)
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocolFactory,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.endpoints.handshake import HandshakeClientEndpoint, HandshakeServerEndpoint, nobody
from quorumha.endpoints.named import NamedEndpoint, look_up
from quorumha.endpoints.plainly import plain_server, plain_upstream, takes_plain
from quorumha.endpoints.proxied import ProxiedServerEndpoint
from quorumha.endpoints.string_parts import EndpointText, take_apart
from quorumha.endpoints.systemd import given_sockets, systemd_endpoint
from quorumha.endpoints.tls import ClientTLS, ServerTLS, client_creator, server_options
from quorumha.endpoints.unix import BACKLOG, Claim, SafeUNIXServerEndpoint
from quorumha.errors import ConfigError, ListenError

#: Seconds that a client has for its TLS handshake.
HANDSHAKE_TIMEOUT = 10.0


def listening_endpoint(
    reactor: Any,
    text: str,
    tls: ServerTLS | None = None,
    handshake_timeout: float = HANDSHAKE_TIMEOUT,
    refused: Callable[[str, str], object] = nobody,
) -> IStreamServerEndpoint:
    """Where to listen.

    @param reactor: whatever the kind of endpoint wants of a reactor, and the time.
    @param text: an endpoint string.
    @param tls: whoever connects must speak TLS.
    @param handshake_timeout: seconds that a client has for its handshake, and a balancer for the header
        of the PROXY protocol; 0 means no limit.
    @param refused: called with the address of a client that fails its handshake, or of whoever sends no good
        header of the PROXY protocol, and the cause.
    @return: its C{listen} fails with L{ListenError}, which names the string and the reason.
    @raise ConfigError: the string, or a file of C{tls}, cannot be used.
    """
    parts = take_apart(text)
    if text.startswith("haproxy:unix:"):
        raise ConfigError(
            [f"{text}: Twisted would open this socket to every user of the machine; use haproxy:tcp:"]
        )
    plain = takes_plain(reactor)
    if parts.prefix == "unix":
        endpoint = _unix(reactor, text, parts, plain)
    elif parts.prefix == "systemd":
        endpoint = _systemd(reactor, text, parts, plain)
    elif parts.prefix == "haproxy":
        endpoint = ProxiedServerEndpoint(_behind(reactor, text), reactor, handshake_timeout, refused)
    else:
        endpoint = (plain_server(reactor, parts) if plain else None) or _server(reactor, text, parts)
    if tls is not None:
        endpoint = wrapServerTLS(server_options(tls), endpoint, reactor)
    if tls is not None or parts.prefix in ("ssl", "tls"):
        endpoint = HandshakeServerEndpoint(endpoint, reactor, handshake_timeout, refused)
    return _ClearServerEndpoint(endpoint, text)


def upstream_endpoint(reactor: Any, text: str, tls: ClientTLS | None = None) -> IStreamClientEndpoint:
    """What to dial.

    @param reactor: whatever the kind of endpoint wants of a reactor.
    @param text: an endpoint string.
    @param tls: speak TLS with it; its certificate must be for C{tls.name}, or else for the host in C{text}.
    @raise ConfigError: the string, or a file of C{tls}, cannot be used.
    """
    parts = take_apart(text)
    if parts.prefix == "ssl" and "hostname" not in parts.named:
        raise ConfigError([f"{text}: it would take any certificate; use tls: instead, or give hostname="])
    endpoint = _by_address(reactor, parts) or _by_name(reactor, parts)
    if endpoint is None:
        try:
            endpoint = clientFromString(reactor, text)
        except Exception as error:
            raise _unusable(text, error) from error
    if tls is not None:
        host = parts.argument("host", 0) if parts.prefix == "tcp" else None
        try:
            creator = client_creator(tls, host)
        except ConfigError as error:
            raise ConfigError([f"{text}: {problem}" for problem in error.problems]) from error
        endpoint = wrapClientTLS(creator, endpoint, reactor)
    if tls is not None or parts.prefix in ("ssl", "tls"):
        endpoint = HandshakeClientEndpoint(endpoint)
    return endpoint


def _by_address(reactor: Any, parts: EndpointText) -> IStreamClientEndpoint | None:
    """The endpoint of an IP address, which needs no resolver, or of a unix socket; None for anything else."""
    endpoint = plain_upstream(reactor, parts)
    host, port = _host_and_port(parts)
    if endpoint is not None or not host:
        return endpoint
    if isIPAddress(host):
        return TCP4ClientEndpoint(reactor, host, port)
    if isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port)
    return None


def _by_name(reactor: Any, parts: EndpointText) -> IStreamClientEndpoint | None:
    """The endpoint of a name and a port; None for anything else, and on a reactor without sockets."""
    host, port = _host_and_port(parts)
    if not host or not takes_plain(reactor):
        return None

    def dial(address: str) -> IStreamClientEndpoint:
        at = EndpointText("tcp", (), {"host": address, "port": str(port)})
        endpoint = _by_address(reactor, at)
        assert endpoint is not None, "resolvers give IP addresses"
        return endpoint

    return NamedEndpoint(look_up(reactor, host), dial, reactor)


def _host_and_port(parts: EndpointText) -> tuple[str, int]:
    """Of a C{tcp:} string that says nothing else; else an empty host."""
    host, port = parts.argument("host", 0), parts.argument("port", 1)
    alone = set(parts.named) <= {"host", "port"} and len(parts.positional) + len(parts.named) == 2
    if parts.prefix != "tcp" or not alone or not host or not port or not port.isdecimal():
        return "", 0
    return host, int(port)


def _server(reactor: Any, text: str, parts: EndpointText) -> IStreamServerEndpoint:
    backlog = ""
    if parts.prefix in ("tcp", "tcp6") and "backlog" not in parts.named and len(parts.positional) < 3:
        backlog = f":backlog={BACKLOG}"
    try:
        endpoint: IStreamServerEndpoint = serverFromString(reactor, text + backlog)
        return endpoint
    except Exception as error:
        raise _unusable(text, error) from error


def _behind(reactor: Any, text: str) -> IStreamServerEndpoint:
    """What listens below the PROXY protocol of C{text}."""
    inner = text.removeprefix("haproxy:")
    parts = take_apart(inner)
    if parts.prefix == "systemd":
        return _systemd(reactor, text, parts, plain=False)
    return _server(reactor, inner, parts)


def _systemd(reactor: Any, text: str, parts: EndpointText, plain: bool) -> IStreamServerEndpoint:
    try:
        return systemd_endpoint(reactor, parts, given_sockets(), plain=plain)
    except ValueError as error:
        raise ConfigError([f"{text}: {error}"]) from error


def _unix(reactor: Any, text: str, parts: EndpointText, plain: bool) -> IStreamServerEndpoint:
    unknown = set(parts.named) - {"address", "mode", "user", "owner", "group", "backlog"}
    if "lockfile" in unknown or "wantPID" in unknown:
        raise ConfigError(
            [f"{text}: there is no lock file; whether a socket is in use is found out by connecting"]
        )
    if unknown:
        raise ConfigError([f"{text}: unix: takes no {', '.join(sorted(unknown))}"])
    path = parts.argument("address", 0)
    if path is None:
        raise ConfigError([f"{text}: unix: needs a path"])
    try:
        claim = Claim(
            _mode(parts.argument("mode", 1) or "600"),
            _identifier(parts.named.get("user", parts.named.get("owner")), _user),
            _identifier(parts.named.get("group"), _group),
        )
        backlog = int(parts.argument("backlog", 2) or BACKLOG)
        return SafeUNIXServerEndpoint(reactor, path, claim, backlog, plain=plain)
    except (ValueError, ListenError) as error:
        raise ConfigError([f"{text}: {error}"]) from error


def _mode(text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise ValueError(f"{text!r} is no mode; write it in octal, like 660")
    return mode


def _identifier(text: str | None, look_up: Any) -> int:
    if text is None:
        return -1
    if text.isdecimal():
        return int(text)
    try:
        found: int = look_up(text)
    except KeyError:
        raise ValueError(f"this machine has no user or group {text!r}") from None
    return found


def _user(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


def _group(name: str) -> int:
    return grp.getgrnam(name).gr_gid


def _unusable(text: str, error: Exception) -> ConfigError:
    # Twisted's parsers raise whatever int(), open() and calls with wrong arguments raise.
    return ConfigError([f"{text}: this is no endpoint ({error})"])


@implementer(IStreamServerEndpoint)
class _ClearServerEndpoint:
    """Fails to listen in words."""

    def __init__(self, endpoint: IStreamServerEndpoint, text: str) -> None:
        self._endpoint = endpoint
        self._text = text

    def __repr__(self) -> str:
        return f"<listen at {self._text}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        return self._endpoint.listen(protocolFactory).addErrback(self._told)

    def _told(self, failure: Failure) -> Failure:
        if failure.check(ListenError):
            return failure
        failure.trap(CannotListenError, OSError)
        error = failure.value
        cause = error.socketError if isinstance(error, CannotListenError) else error
        return Failure(ListenError(f"cannot listen at {self._text}: {_reason(cause)}"))


def _reason(cause: object) -> str:
    match cause.errno if isinstance(cause, OSError) else None:
        case errno.EADDRINUSE:
            return "another process listens there; stop it, or use another port"
        case errno.EACCES | errno.EPERM:
            return "this user may not; ports below 1024 need a privilege"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
    return str(cause)
