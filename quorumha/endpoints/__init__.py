"""Endpoint strings become endpoints: unix sockets that are safe, TLS both ways."""

from __future__ import annotations

from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint


class Endpoints:
    """What a service makes of the addresses of its configuration: where to listen, and what to dial."""

    listening = staticmethod(listening_endpoint)
    upstream = staticmethod(upstream_endpoint)


ENDPOINTS = Endpoints()
