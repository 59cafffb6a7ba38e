"""L{Nodes}: which members of a process's pools are one node, under one name over all pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from quorumha.config.model import Config
from quorumha.config.same_node import Place, host_of, same_nodes
from quorumha.pool.identity import Node


class Nodes:
    """See the module.  A node keeps its identity, and what is known of it, when the configuration changes."""

    def __init__(self) -> None:
        self._of: dict[Place, Node] = {}

    def arrange(self, config: Config) -> Mapping[Place, Node]:
        """The node of each member of each pool."""
        before, self._of = self._of, {}
        left = set(before.values())
        for name, places in name_nodes(config):
            node = next((before[place] for place in places if before.get(place) in left), None) or Node(name)
            left.discard(node)
            node.name, node.ports = name, len(places)
            self._of.update(dict.fromkeys(places, node))
        return self._of


def name_nodes(config: Config) -> Iterator[tuple[str, list[Place]]]:
    """Each node's name, and its places.

    The name is the one that its members were given; where they were given none, the host that several of
    them have in common, or the one member's own.  Two nodes of one name are told apart by a pool of each.
    """
    found = [(_name(config, places), places) for places in _places(config)]
    names = [name for name, _ in found]
    for name, places in found:
        yield (name if names.count(name) == 1 else f"{name} of {places[0][0]}"), places


def _places(config: Config) -> Iterator[list[Place]]:
    same, seen = same_nodes(config), set[Place]()
    for pool in config.pools.values():
        for upstream in pool.upstreams:
            places = [(pool.name, upstream.name)]
            if places[0] in seen:
                continue
            for place in places:
                seen.add(place)
                places += [other for other in same.get(place, ()) if other not in places]
            yield places


def _name(config: Config, places: list[Place]) -> str:
    pool, name = places[0]
    upstream = next(u for u in config.pools[pool].upstreams if u.name == name)
    return name if upstream.name_given or len(places) == 1 else host_of(upstream) or name
