"""Endpoint strings become endpoints: unix sockets that are safe, TLS both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.handshake import Notify
from quorumha.endpoints.strings import HANDSHAKE_TIMEOUT, listening_endpoint, upstream_endpoint
from quorumha.endpoints.unix import Claim, SafeUNIXServerEndpoint


class Endpoints(Protocol):
    """What a service makes of the addresses of its configuration."""

    @property
    def listening(
        self,
    ) -> Callable[[Any, str, ServerTLS | None, Callable[[], float], Notify], IStreamServerEndpoint]:
        """Where to listen; see L{listening_endpoint}."""

    @property
    def upstream(self) -> Callable[[Any, str, ClientTLS | None], IStreamClientEndpoint]:
        """What to dial; see L{upstream_endpoint}."""


class _RealEndpoints:
    """Sockets."""

    listening = staticmethod(listening_endpoint)
    upstream = staticmethod(upstream_endpoint)


ENDPOINTS = _RealEndpoints()

__all__ = [
    "ENDPOINTS",
    "HANDSHAKE_TIMEOUT",
    "Claim",
    "ClientTLS",
    "Endpoints",
    "SafeUNIXServerEndpoint",
    "ServerTLS",
    "listening_endpoint",
    "upstream_endpoint",
]
