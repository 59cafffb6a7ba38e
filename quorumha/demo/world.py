"""L{World}: the demo's simulated nodes, and the proxy's configuration for them."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from quorumha.app.kinds import parse_config
from quorumha.config.model import Config
from quorumha.demo.nodes import DemoNode, reserve_port
from quorumha.demo.traffic import OTHER_KEY, OTHER_URL
from quorumha.testing import Chain, SimulatedGoQuorum, SimulatedTessera, TesseraStore
from quorumha.testing.tessera.state import Party

#: What the proxy is to do, as a user would write it.
CONFIGURATION = Path(__file__).with_name("demo.toml")


class World:
    """Two GoQuorum nodes on one chain, two Tessera nodes on one store.

    @ivar nodes: all four by name, in the order of their deaths.
    @ivar socket: path of the unix socket, in a folder of its own.
    @ivar config: what the proxy is to do.
    """

    def __init__(self, reactor: Any, reserve: Callable[[], socket.socket] = reserve_port) -> None:
        """
        @param reserve: gives a socket that holds a port.
        """
        self._folder = tempfile.mkdtemp(prefix="quorumha-demo-")
        self.socket = os.path.join(self._folder, "tm.ipc")
        chain, store = Chain(), TesseraStore()
        quorums = [SimulatedGoQuorum(reactor, chain, keep=False) for _ in range(2)]
        tesseras = [SimulatedTessera(reactor, store, "http://pair:9001/", keep=False) for _ in range(2)]
        for tessera in tesseras:
            # Their configuration names the other party, as a real one's does.
            tessera.state.parties[OTHER_URL.decode()] = Party({OTHER_KEY}, "v1,v2")
        self.nodes: dict[str, DemoNode] = {}
        for number in (0, 1):
            rpc = quorums[number].rpc
            self.nodes[f"goquorum-{number + 1}"] = DemoNode(reactor, [rpc], reserve=reserve)
            self.nodes[f"tessera-{number + 1}"] = DemoNode(
                reactor, tesseras[number].ports, tesseras[number].restart, reserve
            )
        self.config: Config = parse_config(
            CONFIGURATION.read_text(encoding="utf-8"), "demo", self._addresses()
        )

    def _addresses(self) -> dict[str, str]:
        """What the variables of the configuration mean."""
        found = {"SOCKET": self.socket}
        for number in (1, 2):
            (rpc,) = self.nodes[f"goquorum-{number}"].ports
            found[f"GOQUORUM_{number}"] = f"127.0.0.1:{rpc}"
            ports = zip(("Q2T", "P2P", "THIRD_PARTY"), self.nodes[f"tessera-{number}"].ports, strict=True)
            found |= {f"TESSERA_{number}_{port}": f"127.0.0.1:{where}" for port, where in ports}
        return found

    def start(self) -> None:
        """Bring every node to life."""
        for node in self.nodes.values():
            node.start()

    @property
    def alive(self) -> dict[str, bool]:
        """Each node, and whether it lives."""
        return {name: node.alive for name, node in self.nodes.items()}

    def stop(self) -> Deferred[None]:
        """End the nodes and remove the folder."""
        stopping = DeferredList([node.stop() for node in self.nodes.values()])
        return stopping.addCallback(lambda _: shutil.rmtree(self._folder, ignore_errors=True))
