"""What a member of a GoQuorum pool is besides an address for HTTP."""

from __future__ import annotations

from quorumha.pool.upstream import Upstream


def websocket_of(upstream: Upstream) -> Upstream:
    """Where a member's WebSocket is: endpoint, authority and TLS; its own address unless it names another.

    Dial it as C{Dial(member, ..., place=websocket_of(member.upstream))}.
    """
    return upstream.places.get("websocket", upstream)
