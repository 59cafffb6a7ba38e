"""A stage: nodes and one proxy, shared by the tests of a module.

Starting a process costs more than most tests, so one stage lives at a time: asking for
another one ends it, and so does the end of this process.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.integration.clients import Address
from tests.integration.nodes import Node
from tests.integration.proxies import Proxy, chosen_arm
from tests.integration.topology import Topology


class NoStage(Exception):
    """The stage could not be set; the text says why."""


class Stage:
    """What a module's tests stand on.  Everything it starts, it stops.

    @ivar nodes: by name.
    """

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        self.nodes: dict[str, Node] = {}
        self._ends: list[Callable[[], object]] = []
        self._proxy: Proxy | None = None

    def node(self, name: str) -> Node:
        """Start a node."""
        node = self.nodes[name] = Node(name, self.directory)
        self._ends.append(node.kill)
        return node

    def closing(self, end: Callable[[], object]) -> None:
        """Call C{end} when the stage ends."""
        self._ends.append(end)

    def refusing_port(self) -> int:
        """A port that refuses: held by us, and never listened on."""
        held = socket.socket()
        held.bind(("127.0.0.1", 0))
        self._ends.append(held.close)
        return int(held.getsockname()[1])

    def play(self, topology: Topology, limit_files: int | None = None) -> Proxy:
        """Start the proxy and wait until it listens.

        @param limit_files: descriptors it may have (C{None}: as we have).
        """
        self._proxy = Proxy(topology, self.directory / chosen_arm(), limit_files=limit_files).wait()
        self._ends.append(self._proxy.kill)
        return self._proxy

    @property
    def proxy(self) -> Proxy:
        assert self._proxy is not None
        return self._proxy

    def address(self, listener: str) -> Address:
        return self.proxy.addresses[listener]

    def reset(self) -> None:
        """As at the beginning: all nodes live, nothing ordered, nothing noted."""
        for node in self.nodes.values():
            if not node.alive:
                node.revive()
            node.order("listen")
            node.clear()

    def drop_connections(self) -> None:
        """End what the tests before left open at the nodes, and note no more of it."""
        for node in self.nodes.values():
            node.order("drop")
            node.wait(open=0)
            node.clear()

    def end(self) -> None:
        while self._ends:
            with contextlib.suppress(OSError):
                self._ends.pop()()
        shutil.rmtree(self.directory, ignore_errors=True)


#: How a module sets its stage: nodes, then C{play}.
Builder = Callable[[Stage], object]

_current: dict[tuple[Builder, str], Stage | str] = {}


def end_current() -> None:
    """End the stage that lives."""
    for stage in _current.values():
        if isinstance(stage, Stage):
            stage.end()
    _current.clear()


atexit.register(end_current)


def shared(builder: Builder) -> Stage:
    """The stage that C{builder} sets, the same for all that ask in a row.

    @raise NoStage: it could not be set; that is not tried again.
    """
    key = (builder, chosen_arm())
    if key not in _current:
        end_current()
        stage = Stage()
        try:
            builder(stage)
        except Exception as error:
            stage.end()
            _current[key] = f"{type(error).__name__}: {error}"
        else:
            _current[key] = stage
    found = _current[key]
    if isinstance(found, str):
        raise NoStage(found)
    return found
