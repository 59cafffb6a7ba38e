"""L{nodes_of}: the nodes that a configuration speaks of."""

from __future__ import annotations

from attrs import field, frozen

from quorumha.config.model import Config
from quorumha.config.same_node import Place, same_nodes
from quorumha.testing.net.config_endpoints import dialled_place


@frozen(eq=False)
class ConfiguredNode:
    """One node, with all the ports by which the configuration knows it.

    @ivar name: the one that the configuration gives it, else its host, or host and port where that is
        another node's.
    @ivar ports: place to what is served from there: C{tcp}, C{http}, C{tessera-q2t} and so on.
    """

    name: str
    ports: dict[str, str] = field(factory=dict)


def nodes_of(config: Config) -> list[ConfiguredNode]:
    """In the order of the pools.

    @raise ConfigError: an upstream has no place in memory.
    """
    same = same_nodes(config)
    by_member: dict[Place, ConfiguredNode] = {}
    nodes: dict[str, ConfiguredNode] = {}
    for pool in config.pools.values():
        serve = next((one.serve for one in config.listeners.values() if one.pool == pool.name), "http")
        for upstream in pool.upstreams:
            member, place = (pool.name, upstream.name), dialled_place(upstream.endpoint)
            known = [by_member[other] for other in same.get(member, ()) if other in by_member]
            known += [node for node in nodes.values() if place in node.ports]
            if not known:
                name = upstream.name if upstream.name_given else place.rpartition(":")[0]
                known = [ConfiguredNode(place if name in nodes else name)]
                nodes[known[0].name] = known[0]
            by_member[member] = known[0]
            known[0].ports.setdefault(place, serve)
    return list(nodes.values())
