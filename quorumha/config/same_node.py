"""Which members of several pools are ports of one node.  PURE.

Members of pools of one family (as Tessera's) are one node where they are of one party and have the same
given C{name}, or, where neither was given one, the same host, if that host stands once in each of the two
pools.  Otherwise they are different: two nodes taken for one would do harm, one node taken for two only
costs.  A pool whose listeners are of no family is never looked at, so a GoQuorum and a Tessera are never one
node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address

from quorumha.config.addresses import read_client
from quorumha.config.model import Config, PoolConfig, UpstreamConfig

#: A member: the name of its pool, and its own.
Place = tuple[str, str]
#: Family and party.
Party = tuple[str, str]


def same_nodes(config: Config) -> dict[Place, tuple[Place, ...]]:
    """For each member of a pool of a family the members of other pools that are the same node.

    They are in the file's order.  The relation is symmetric, and never has two members of one pool.
    """
    parties = _parties(config)
    named: dict[tuple[str, str], list[Place]] = {}
    for pool, upstream, key in _keys(config, parties):
        named.setdefault(key, []).append((pool, upstream))
    found: dict[Place, tuple[Place, ...]] = {
        (pool, upstream.name): () for pool in parties for upstream in config.pools[pool].upstreams
    }
    for places in named.values():
        for place in places:
            found[place] = tuple(
                other for other in places if other != place and parties[other[0]] & parties[place[0]]
            )
    return found


def _parties(config: Config) -> dict[str, frozenset[Party]]:
    """Family and party of each pool: of no party where other listeners name theirs, and its own do not."""
    listeners = [(one, one.kind.family) for one in config.listeners.values()]
    naming = {family for one, family in listeners if one.kind.party(one) is not None}
    found: dict[str, set[tuple[str, str]]] = {
        name: set() for name in config.pools if any(family and one.pool == name for one, family in listeners)
    }
    for listener, family in listeners:
        party = listener.kind.party(listener)
        if family and listener.pool in found and (party is not None or family not in naming):
            # Where no listener names a party, the process is one.
            found[listener.pool].add((family, party or ""))
    return {name: frozenset(parties) for name, parties in found.items()}


def _keys(config: Config, pools: dict[str, frozenset[Party]]) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Pool, member, and what members that are the same node have in common; not for who has no such thing."""
    for pool in pools:
        hosts = _hosts(config.pools[pool])
        times = Counter(hosts)
        for upstream, host in zip(config.pools[pool].upstreams, hosts, strict=True):
            if upstream.name_given:
                yield pool, upstream.name, ("name", upstream.name)
            elif host is not None and times[host] == 1:
                yield pool, upstream.name, ("host", host)


def _hosts(pool: PoolConfig) -> list[str | None]:
    return [host_of(upstream) for upstream in pool.upstreams]


def host_of(upstream: UpstreamConfig) -> str | None:
    """Of its endpoint, in one spelling; None where that names none, as a unix socket does not."""
    host = read_client(upstream.endpoint).host
    if not host:
        return None
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower().removesuffix(".")
