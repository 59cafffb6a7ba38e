"""What a name in a path of the admin means, and, where it means nothing, the nearest that does."""

from __future__ import annotations

from collections.abc import Mapping

from quorumha.admin.running import UnknownName
from quorumha.config.spelling import did_you_mean
from quorumha.pool.one_writer import OneWriter
from quorumha.pool.pool import UpstreamPool


def found_pool(pools: Mapping[str, UpstreamPool], name: str) -> UpstreamPool:
    """The pool of that name.

    @raise UnknownName: there is none.
    """
    if name not in pools:
        raise UnknownName(f"no pool is called {name!r}{meant(name, pools)}")
    return pools[name]


def writer_in(pool: UpstreamPool) -> OneWriter:
    """Who knows which member of a pool is written to.

    @raise UnknownName: all of them may be.
    """
    if pool.writer is None:
        raise UnknownName(
            f"{pool.name}: it has no writer: no listener sends its sessions to one member alone"
        )
    return pool.writer


def meant(word: str, names: Mapping[str, object]) -> str:
    """The name that a word may mean, or all that there are."""
    return did_you_mean(word, names) or f"; there are {', '.join(names)}"
