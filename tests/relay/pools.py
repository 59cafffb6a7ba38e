"""A pool over places in memory, as the relay's tests want it."""

from __future__ import annotations

from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import MemoryTopology


def make_pool(net: MemoryTopology, *places: str, connect_timeout: float = 1.0) -> UpstreamPool:
    """The first place is primary, the others are backups; each is named by its host."""
    return UpstreamPool(
        "rpc",
        [
            Upstream(place.partition(":")[0], net.client_endpoint(place), backup=number > 0)
            for number, place in enumerate(places)
        ],
        PrimaryFirst(),
        connect_timeout,
    )
