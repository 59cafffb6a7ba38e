"""L{nodes_of}: the nodes that a configuration speaks of."""

from __future__ import annotations

from attrs import frozen

from quorumha.config.model import Config
from quorumha.config.same_node import name_nodes
from quorumha.testing.net.config_endpoints import dialled_place


@frozen
class ConfiguredNode:
    """One node, with all the ports by which the configuration knows it.

    @ivar name: as logs call it.
    @ivar ports: place to what is served from there: C{tcp}, C{http}, C{tessera-q2t} and so on; a further
        place of a member to what it is for, as C{websocket}.
    """

    name: str
    ports: dict[str, str]


def nodes_of(config: Config) -> list[ConfiguredNode]:
    """In the order of the pools.

    @raise ConfigError: an upstream has no place in memory.
    """
    nodes: list[ConfiguredNode] = []
    for name, members in name_nodes(config):
        ports = {}
        for pool, upstream in members:
            serve = next((one.serve for one in config.listeners.values() if one.pool == pool), "http")
            found = next(one for one in config.pools[pool].upstreams if one.name == upstream)
            for what, place in found.places.items():
                ports[dialled_place(place.endpoint)] = what
            ports[dialled_place(found.endpoint)] = serve
        again = next((node for node in nodes if node.ports.keys() & ports.keys()), None)
        if again is None:
            nodes.append(ConfiguredNode(name, ports))
            continue
        # Who listens at one place is one process, whichever pools have it.
        ports = {place: kind for place, kind in ports.items() if kind != "http" or place not in again.ports}
        named = again.name if len(again.ports) > 1 else members[0][1]
        nodes[nodes.index(again)] = ConfiguredNode(named, again.ports | ports)
    return nodes
