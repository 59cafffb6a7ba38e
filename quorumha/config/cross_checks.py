"""What can be said only of a configuration as a whole."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator

from quorumha.config.addresses import Address, read_client, read_server
from quorumha.config.model import Config, ForwardConfig, ListenerConfig, PoolConfig
from quorumha.config.problems import KeyPath, Problems, key_text
from quorumha.config.relays import check_relays
from quorumha.config.spelling import did_you_mean, show
from quorumha.config.unlimited import check_unlimited

_ANY_HOST = ("", "0.0.0.0", "::")

Reading = Callable[[str], Address]


def check_whole(config: Config, problems: Problems) -> None:
    """Note pools that nobody defined or uses, addresses used twice, and limits at odds."""
    used: set[str] = set()
    for path, name, is_mirror in _references(config):
        used.add(name)
        if is_mirror and name == "others":
            continue
        if name not in config.pools:
            choices = [*config.pools, *(["others"] if is_mirror else [])]
            hint = did_you_mean(name, choices) or f"; pools are {', '.join(config.pools) or 'none'}"
            problems.add(path, f"no pool is called {show(name)}{hint}")
    for name in config.pools:
        if name not in used:
            problems.warn(("pools", name), "no listener uses this pool")
    _check_addresses(config, problems)
    _check_paths(config, problems)
    _check_parties(config, problems)
    check_relays(config, problems)
    check_unlimited(config, problems)
    for listener in config.listeners.values():
        _check_listener(listener, config, problems)


def _references(config: Config) -> Iterator[tuple[KeyPath, str, bool]]:
    """Every place that names a pool: where, which, and whether as a mirror."""
    for name, listener in config.listeners.items():
        path: KeyPath = ("listeners", name)
        if listener.pool:
            yield (*path, "pool"), listener.pool, False
        for index, route in enumerate(listener.routes):
            at = (*path, "routes", index)
            # A route without a pool of its own has the listener's, which is looked at above.
            if route.pool and route.pool != listener.pool:
                yield (*at, "pool"), route.pool, False
            if route.mirror:
                yield (*at, "mirror"), route.mirror, True


def _check_addresses(config: Config, problems: Problems) -> None:
    seen: dict[str, Address] = {}
    for name, listener in config.listeners.items():
        try:
            address = read_server(listener.listen)
        except ValueError:
            continue
        for other, taken in seen.items():
            if _collide(address, taken):
                problems.add(
                    ("listeners", name, "listen"),
                    f"{show(listener.listen)} is the address of {key_text(('listeners', other))} too",
                )
                break
        seen[name] = address


def _check_paths(config: Config, problems: Problems) -> None:
    """A unix socket found from wherever the process was started is rarely what was meant."""
    found: list[tuple[KeyPath, str, Reading]] = [
        (("listeners", name, "listen"), one.listen, read_server) for name, one in config.listeners.items()
    ]
    found += [
        (("pools", name, "upstreams", index), upstream.endpoint, read_client)
        for name, pool in config.pools.items()
        for index, upstream in enumerate(pool.upstreams)
    ]
    for path, endpoint, read in found:
        if not endpoint.startswith("unix:"):
            continue
        try:
            where = read(endpoint).path
        except ValueError:
            continue
        if where is not None and not posixpath.isabs(where):
            problems.warn(
                path,
                f"{show(endpoint)} is looked for in the directory that quorumha is run in; "
                "write the path from the root",
            )


def _check_parties(config: Config, problems: Problems) -> None:
    """A party of one listener shares nothing with anybody: most likely a slip of the pen."""
    named = {name: one.tessera.party for name, one in config.listeners.items() if one.tessera.party}
    times = Counter(named.values())
    for name, party in named.items():
        if times[party] == 1:
            problems.warn(
                ("listeners", name, "party"),
                f"no other listener has the party {show(party)}, so nothing is shared",
            )


def _collide(one: Address, other: Address) -> bool:
    if one.given is not None or other.given is not None:
        return one.given == other.given
    if one.path is not None and other.path is not None:
        return posixpath.normpath(one.path) == posixpath.normpath(other.path)
    if not one.port or one.port != other.port:
        return False
    hosts = (one.host or "", other.host or "")
    if hosts[0] == hosts[1]:
        # "tcp6" names "::" itself, so an empty host is an IPv4 one.
        return True
    same_family = (":" in hosts[0]) == (":" in hosts[1])
    return same_family and any(host in _ANY_HOST for host in hosts)


def _check_listener(listener: ListenerConfig, config: Config, problems: Problems) -> None:
    path: KeyPath = ("listeners", listener.name)
    if listener.serve == "tcp" or listener.is_tessera:
        return
    if listener.pool and listener.routes and all(r.pool != listener.pool for r in listener.routes):
        problems.warn(
            (*path, "pool"), 'never used: every route names a pool; for all other paths add a route of "/"'
        )
    if not listener.routes and listener.pool:
        _check_patience(listener.forward, config.pools.get(listener.pool), path, problems)
    for index, route in enumerate(listener.routes):
        at = (*path, "routes", index)
        pool = config.pools.get(route.pool)
        # A limit that all routes have from the listener is told once, at the listener.
        _check_patience(route.forward, pool, path if route.forward == listener.forward else at, problems)
        if route.mirror and route.mirror == route.pool:
            problems.warn((*at, "mirror"), "copies go to the pool that answers; did you mean 'others'?")
        if route.mirror == "others" and pool is not None and len(pool.upstreams) == 1:
            problems.warn((*at, "mirror"), f"{show(route.pool)} has one upstream, so there are no others")


def _check_patience(
    forward: ForwardConfig, pool: PoolConfig | None, path: KeyPath, problems: Problems
) -> None:
    """Whether there is time left for a second upstream when the first one hangs."""
    if pool is None or len(pool.upstreams) < 2 or "timeout" not in forward.next_upstream:
        return
    first, total = forward.first_byte_timeout, forward.total_timeout
    if total and (not first or first >= total):
        shown = f"{first:g} s" if first else "no limit"
        text = (
            f"a hang is never moved on: first_byte_timeout ({shown}) "
            f"leaves nothing of total_timeout ({total:g} s)"
        )
    elif not total and not first:
        text = "a hang is never noticed: neither first_byte_timeout nor total_timeout is set"
    else:
        return
    if (path, text) not in problems.warnings:
        problems.warn(path, text)
