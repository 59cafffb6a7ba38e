"""Which members of several pools are ports of one node.  PURE.

Members of pools of one family (as Tessera's) are one node where they are of one party and have the same
given C{name}, or, where neither was given one, the same host, if that host stands once in each of the two
pools.  Otherwise they are different: two nodes taken for one would do harm, one taken for two only costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from ipaddress import ip_address

from quorumha.config.model import Config, UpstreamConfig

#: A member: the name of its pool, and its own.
Place = tuple[str, str]
#: Family and party.
Party = tuple[str, str]


def name_nodes(config: Config) -> list[tuple[str, tuple[Place, ...]]]:
    """Each node's name, and its places in the file's order: never two of one pool.

    The name is the one that its members were given; where they were given none, the host that several of
    them have in common, or the one member's own.  Two nodes of one name are told apart by a pool of each.
    """
    parties = _parties(config)
    known: dict[Hashable, Hashable] = {}
    found: dict[Hashable, list[Place]] = {}
    names: dict[Hashable, str] = {}
    for pool in config.pools.values():
        hosts = [_host(upstream) for upstream in pool.upstreams]
        for upstream, host in zip(pool.upstreams, hosts, strict=True):
            place = pool.name, upstream.name
            common = upstream.name if upstream.name_given else host
            keys: list[Hashable] = [
                (upstream.name_given, common, party) for party in parties.get(pool.name, ())
            ]
            if common is None or not keys or (not upstream.name_given and hosts.count(host) > 1):
                keys = [place]
            node = next((known[key] for key in keys if key in known), keys[0])
            for key in keys:
                known.setdefault(key, node)
            names[node] = str(common) if node in found else upstream.name
            found.setdefault(node, []).append(place)
    times = Counter(names.values())
    return [
        (names[node] if times[names[node]] == 1 else f"{names[node]} of {places[0][0]}", tuple(places))
        for node, places in found.items()
    ]


def _parties(config: Config) -> dict[str, set[Party]]:
    """Family and party of each pool: of no party where other listeners name theirs, and its own do not."""
    listeners = [(one, one.kind.family) for one in config.listeners.values()]
    naming = {family for one, family in listeners if one.kind.party(one, config) is not None}
    found: dict[str, set[Party]] = {
        name: set() for name in config.pools if any(family and one.pool == name for one, family in listeners)
    }
    for listener, family in listeners:
        party = listener.kind.party(listener, config)
        if family and listener.pool in found and (party is not None or family not in naming):
            # Where no listener names a party, the process is one.
            found[listener.pool].add((family, party or ""))
    return found


def _host(upstream: UpstreamConfig) -> str | None:
    """Of its endpoint, in one spelling; None where that names none, as a unix socket does not."""
    host = None if upstream.address is None else upstream.address.host
    if not host:
        return None
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower().removesuffix(".")
