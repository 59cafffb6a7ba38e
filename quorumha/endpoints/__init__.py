"""Endpoint strings become endpoints: unix sockets that are safe, TLS both ways."""

from __future__ import annotations

from quorumha.endpoints.strings import HANDSHAKE_TIMEOUT, listening_endpoint, upstream_endpoint
from quorumha.endpoints.tls import ClientTLS, ServerTLS
from quorumha.endpoints.unix import Claim, SafeUNIXServerEndpoint

__all__ = [
    "HANDSHAKE_TIMEOUT",
    "Claim",
    "ClientTLS",
    "SafeUNIXServerEndpoint",
    "ServerTLS",
    "listening_endpoint",
    "upstream_endpoint",
]
