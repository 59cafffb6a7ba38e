"""What can be said only of a configuration as a whole."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from quorumha.config.addresses import Address
from quorumha.config.kind import Kinds
from quorumha.config.model import Config
from quorumha.config.problems import KeyPath, Problems, key_text
from quorumha.config.spelling import did_you_mean, show
from quorumha.config.tables import changed_keys, file_fields, note_unlimited

_ANY_HOST = ("", "0.0.0.0", "::")

#: What then has no limit, by the key that is 0.
_UNLIMITED = {
    "replay_budget": "bodies that are kept to be sent again may fill the memory",
    "mirror_budget": "copies for a mirror that reads slowly may fill the memory",
    "max_connections": "clients may use up the memory, and all descriptors but the reserve",
    "stop_timeout": "a stop waits for as long as anything is under way",
}
_UNLIMITED_POOL = {"connect_timeout": "a dial that nobody responds to lasts as long as its client waits"}


def check_whole(config: Config, problems: Problems) -> None:
    """Note pools that nobody defined or uses, addresses used twice, and what kinds find."""
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
    note_unlimited(config, _UNLIMITED, (), problems)
    for name, pool in config.pools.items():
        note_unlimited(pool, _UNLIMITED_POOL, ("pools", name), problems)
        if pool.check.asked is not None:
            pool.check.asked.check(pool, ("pools", name, "check"), problems)
    for listener in config.listeners.values():
        listener.kind.check(listener, config, problems)


def check_pool_keys(config: Config, problems: Problems, kinds: Kinds) -> None:
    """Note keys of pools that only some kinds look at, or have, where no listener of theirs uses the pool."""
    for name, pool in config.pools.items():
        looked_at = {key for one in config.listeners_of(name) for key in one.kind.pool_keys}
        for key in dict.fromkeys(key for kind in kinds.listeners for key in kind.pool_keys):
            if key not in looked_at and key in changed_keys(pool, key):
                names = [f'"{kind.name}"' for kind in kinds.listeners if key in kind.pool_keys]
                problems.warn(
                    ("pools", name, key),
                    f"comes to nothing: no listener with serve = {' or '.join(names)} uses this pool",
                )
        own = {key for one in config.listeners_of(name) for key in _names(one.kind.pool_models)}
        for key in pool.keys:
            if key not in own:
                names = [f'"{kind.name}"' for kind in kinds.listeners if key in _names(kind.pool_models)]
                problems.add(("pools", name, key), _MEANS.format(" or ".join(names)))


def check_member_keys(config: Config, problems: Problems, kinds: Kinds) -> None:
    """Note keys of members that only some kinds have, where no listener of theirs uses the pool."""
    for name, pool in config.pools.items():
        known = {key for one in config.listeners_of(name) for key in _names(one.kind.member_models)}
        for index, upstream in enumerate(pool.upstreams):
            for key in upstream.keys:
                if key not in known:
                    names = [
                        f'"{kind.name}"' for kind in kinds.listeners if key in _names(kind.member_models)
                    ]
                    at: KeyPath = ("pools", name, "upstreams", index, key)
                    problems.add(at, _MEANS.format(" or ".join(names)))


_MEANS = "means something only to a listener with serve = {}, and none uses this pool"


def _names(models: Iterable[type]) -> set[str]:
    return {key for model in models for key in file_fields(model)}


def _references(config: Config) -> Iterator[tuple[KeyPath, str, bool]]:
    """Every place that names a pool: where, which, and whether as a mirror."""
    for name, listener in config.listeners.items():
        path: KeyPath = ("listeners", name)
        if listener.pool:
            yield (*path, "pool"), listener.pool, False
        for use in listener.kind.uses(listener):
            # A place without a pool of its own has the listener's, which is looked at above.
            if use.pool and use.pool != listener.pool:
                yield (*path, *use.path, "pool"), use.pool, False
            if use.mirror:
                yield (*path, *use.path, "mirror"), use.mirror, True


def _check_addresses(config: Config, problems: Problems) -> None:
    seen: list[tuple[KeyPath, Address]] = []
    for path, listen, address in _listened(config):
        if address is None:
            continue
        for other, taken in seen:
            if _collide(address, taken):
                whose = other[:2] if other[0] == "listeners" else other
                problems.add(path, f"{show(listen)} is the address of {key_text(whose)} too")
                break
        seen.append((path, address))


def _listened(config: Config) -> Iterator[tuple[KeyPath, str, Address | None]]:
    """Every address that is listened on: where it stands, and what it is."""
    for name, listener in config.listeners.items():
        yield ("listeners", name, "listen"), listener.listen, listener.address
    if config.admin is not None:
        admin = config.admin
        many = len(admin.listen) > 1
        for index, (listen, address) in enumerate(zip(admin.listen, admin.addresses, strict=True)):
            yield ("admin", "listen", index) if many else ("admin", "listen"), listen, address
        if admin.probes is not None:
            yield ("admin", "probes"), admin.probes, admin.probes_address


def _check_paths(config: Config, problems: Problems) -> None:
    """A unix socket found from wherever the process was started is rarely what was meant."""
    found: list[tuple[KeyPath, str, Address | None]] = list(_listened(config))
    found += [
        (("pools", name, "upstreams", index), upstream.endpoint, upstream.address)
        for name, pool in config.pools.items()
        for index, upstream in enumerate(pool.upstreams)
    ]
    for path, endpoint, address in found:
        where = None if address is None else address.path
        if where is not None and not posixpath.isabs(where):
            problems.warn(
                path,
                f"{show(endpoint)} is looked for in the directory that quorumha is run in; "
                "write the path from the root",
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
