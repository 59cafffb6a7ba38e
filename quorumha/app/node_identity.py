"""L{Nodes}: which members of a process's pools are one node, under one name over all pools."""

from __future__ import annotations

from quorumha.config.model import Config
from quorumha.config.same_node import Place, name_nodes
from quorumha.pool.identity import Node


class Nodes:
    """Which members are one node: by place.  That, and what is known of it, outlasts a configuration."""

    def __init__(self, config: Config, before: Nodes | None = None) -> None:
        """Find them; those of C{before} keep their names until L{take_names}."""
        self.of: dict[Place, Node] = {}
        self._named: list[tuple[Node, str, int]] = []
        known = {} if before is None else before.of
        left = set(known.values())
        for name, places in name_nodes(config):
            node = next((known[place] for place in places if known.get(place) in left), None) or Node(name)
            left.discard(node)
            self._named.append((node, name, len(places)))
            self.of.update(dict.fromkeys(places, node))

    def take_names(self) -> None:
        """Let each have the name that follows from the configuration."""
        for node, name, ports in self._named:
            node.name, node.ports = name, ports
