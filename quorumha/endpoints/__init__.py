"""Endpoint strings become endpoints: unix sockets that are safe, TLS both ways."""

from __future__ import annotations

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.endpoints.unix import Claim, SafeUNIXServerEndpoint

__all__ = [
    "ENDPOINTS",
    "Claim",
    "ClientTLS",
    "Endpoints",
    "SafeUNIXServerEndpoint",
    "ServerTLS",
    "listening_endpoint",
    "upstream_endpoint",
]


class Endpoints:
    """What a service makes of the addresses of its configuration: where to listen, and what to dial."""

    listening = staticmethod(listening_endpoint)
    upstream = staticmethod(upstream_endpoint)


ENDPOINTS = Endpoints()
