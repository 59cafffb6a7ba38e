"""What a proxy under test is asked to be, said once for every arm."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen


@frozen
class Member:
    """One upstream on loopback, or C{host} if that is said; its address is its name unless one is given."""

    port: int
    backup: bool = False
    max_fails: int = 0
    fail_timeout: float = 5.0
    host: str = "127.0.0.1"
    name: str = ""


@frozen
class Pool:
    """A pool; C{keys} are quorumha's keys for it."""

    name: str
    members: tuple[Member, ...]
    keys: dict[str, Any] = field(factory=dict)


def pool(name: str, *members: Member | int, **keys: Any) -> Pool:
    """A pool of members, or of ports that are never put aside."""
    return Pool(name, tuple(one if isinstance(one, Member) else Member(one) for one in members), keys)


@frozen
class Route:
    """One route; C{mirror} is C{"others"} or a pool's name."""

    path: str
    pool: str
    match: str = "prefix"
    mirror: str | None = None
    keys: dict[str, Any] = field(factory=dict)


@frozen
class Listener:
    """A listener on a free port of loopback, or on the unix socket C{path}.

    @ivar keys: quorumha's keys for it.
    """

    name: str
    pool: str | None = None
    serve: str = "http"
    routes: tuple[Route, ...] = ()
    path: str | None = None
    keys: dict[str, Any] = field(factory=dict)


def listener(name: str, pool: str | None = None, **keys: Any) -> Listener:
    """An HTTP listener."""
    return Listener(name, pool, keys=keys)


def relay(name: str, pool: str, **keys: Any) -> Listener:
    """A TCP listener."""
    return Listener(name, pool, "tcp", keys=keys)


@frozen
class Topology:
    """All of it.  C{stop_timeout} is in seconds; C{keys} are quorumha's keys of the whole."""

    pools: tuple[Pool, ...]
    listeners: tuple[Listener, ...]
    stop_timeout: float = 3.0
    keys: dict[str, Any] = field(factory=dict)
