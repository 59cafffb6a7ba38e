"""L{Nodes}: which members of a process's pools are one node, under one name over all pools."""

from __future__ import annotations

from collections.abc import Mapping

from quorumha.config.model import Config
from quorumha.config.same_node import Place, name_nodes
from quorumha.pool.identity import Node


class Nodes:
    """Knows which members are one node; it keeps that, and what is known of it, over a new configuration."""

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
