"""L{MemoryEndpoints}: the addresses of a configuration, as places of a L{MemoryTopology}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint

from quorumha.config.addresses import Address, read_client, read_server
from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints import Endpoints
from quorumha.endpoints.certificates import Certificates, ServerPolicy
from quorumha.endpoints.early import Notify, nobody
from quorumha.endpoints.handshake import HandshakeClientEndpoint
from quorumha.endpoints.strings import HANDSHAKE_TIMEOUT, layered
from quorumha.errors import ConfigError
from quorumha.testing.net.memory import MemoryTopology


def listening_place(text: str, host: str) -> str:
    """The place that a server endpoint string stands for.

    A unix socket is C{unix:/path}, one of systemd's C{unix:systemd/NAME}.

    @param host: whose ports are listened at.
    @raise ConfigError: it has no place in memory.
    """
    address = _read(text, read_server)
    if address.given is not None:
        return f"unix:systemd/{address.text.named.get('name', '')}"
    return _place(address, host, text)


def dialled_place(text: str) -> str:
    """The place that a client endpoint string stands for: C{host:port} or C{unix:/path}.

    @raise ConfigError: it has no place in memory.
    """
    address = _read(text, read_client)
    return _place(address, address.host, text)


def _read(text: str, read: Callable[[str], Address]) -> Address:
    try:
        return read(text)
    except ValueError as error:
        raise ConfigError([str(error)]) from error


def _place(address: Address, host: str | None, text: str) -> str:
    if address.path is not None:
        return f"unix:{address.path}"
    if not host or address.port is None or address.brings_tls:
        raise ConfigError([f"{text}: only tcp, unix, haproxy and systemd have a place in memory"])
    return f"{host}:{address.port}"


@frozen
class MemoryEndpoints(Endpoints):
    """In place of real endpoints, for L{make_service<quorumha.app.service.make_service>}.

    TLS is spoken, and the PROXY protocol expected, as on sockets; names are places, and nothing is resolved.

    @ivar host: whose ports are listened at.
    """

    net: MemoryTopology
    host: str

    def listening(
        self,
        reactor: Any,
        text: str,
        tls: ServerTLS | ServerPolicy | None = None,
        handshake_timeout: Callable[[], float] = lambda: HANDSHAKE_TIMEOUT,
        refused: Notify = nobody,
    ) -> IStreamServerEndpoint:
        """As L{quorumha.endpoints.listening_endpoint}."""
        endpoint = self.net.server_endpoint(listening_place(text, self.host))
        return layered(endpoint, text, read_server(text), reactor, tls, handshake_timeout, refused)

    def upstream(
        self,
        reactor: Any,
        text: str,
        tls: ClientTLS | None = None,
        certificates: Certificates | None = None,
    ) -> IStreamClientEndpoint:
        """As L{quorumha.endpoints.upstream_endpoint}."""
        endpoint: IStreamClientEndpoint = self.net.client_endpoint(dialled_place(text), self.host)
        if tls is not None:
            creator = (Certificates() if certificates is None else certificates).client(
                tls, read_client(text).host
            )
            endpoint = HandshakeClientEndpoint(wrapClientTLS(creator, endpoint, reactor))
        return endpoint
