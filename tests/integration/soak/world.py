"""The processes of a soak: two HTTP nodes, two Tesseras, and a proxy whose log nobody reads."""

from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path

from bench.arms import twistd_command
from bench.processes import ROOT, Child, free_port
from tests.integration import nodes
from tests.integration.side_by_side.nodes import Node as Tessera
from tests.integration.side_by_side.shared_store import SharedStore

#: Descriptors that the proxy may have.
DESCRIPTORS = 256

# Python imports this of its own accord: it moves the wall clock of one process, and of no other.
_CLOCK = """
import mmap, os, struct, time
_file = open(os.environ["SOAK_CLOCK"], "rb")
_map = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)
_true = time.time
time.time = lambda: _true() + struct.unpack("d", _map[:8])[0]
"""


class World:
    """See the module.

    @ivar web: the HTTP nodes.
    @ivar tesseras: those behind the Q2T socket.
    @ivar http: the port of the HTTP listener.
    @ivar tcp: the port of the relay to the HTTP nodes.
    @ivar socket: the path of the Q2T listener.
    """

    def __init__(self, directory: Path) -> None:
        self._stack = contextlib.ExitStack()
        self._clock = directory / "offset"
        self.step_clock(0.0)
        store = SharedStore(directory / "database", "")
        self._stack.callback(store.close)
        self.web = tuple(nodes.Node(name, directory) for name in ("a", "b"))
        self.tesseras = tuple(
            Tessera(name, directory, directory / "database", "http://127.0.0.1:1/") for name in ("c", "d")
        )
        self.http, self.tcp = free_port(), free_port()
        self.socket = str(directory / "tm.ipc")
        for one in self.web:
            self._stack.callback(one.kill)
        for node in self.tesseras:
            self._stack.callback(node.kill)
            node.start()
        self.proxy = self._start_proxy(directory)
        self._stack.callback(self.proxy.stop)

    def _start_proxy(self, directory: Path) -> Child:
        site = directory / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(_CLOCK)
        file = directory / "quorumha.toml"
        file.write_text(self._config())
        environment = {"PYTHONPATH": f"{site}:{ROOT}", "SOAK_CLOCK": str(self._clock)}
        # Its standard output is a pipe that nobody reads.
        return Child(
            twistd_command(file),
            directory / "quorumha.log",
            environment,
            keep_input=True,
            limit_files=DESCRIPTORS,
        )

    def _config(self) -> str:
        web = ", ".join(f'"http://127.0.0.1:{one.port}"' for one in self.web)
        plain = ", ".join(f'"tcp:127.0.0.1:{one.port}"' for one in self.web)
        tesseras = ", ".join(f'"http://127.0.0.1:{one.q2t}"' for one in self.tesseras)
        limits = 'header_timeout = "5s"\nidle_timeout = "10s"\nclient_send_timeout = "5s"'
        return f"""\
[pools.web]
upstreams = [{web}]
[pools.plain]
upstreams = [{plain}]
[pools.tessera]
upstreams = [{tesseras}]

[listeners.http]
listen = "tcp:{self.http}:interface=127.0.0.1"
pool = "web"
non_idempotent = true
{limits}
[listeners.tcp]
listen = "tcp:{self.tcp}:interface=127.0.0.1"
serve = "tcp"
pool = "plain"
idle_timeout = "10s"
[listeners.q2t]
listen = "unix:{self.socket}:mode=600"
serve = "tessera-q2t"
pool = "tessera"
"""

    def wait(self) -> None:
        """Return when everything listens."""
        self.wait_for_tesseras()
        for address in (("127.0.0.1", self.http), ("127.0.0.1", self.tcp), self.socket):
            self.proxy.wait_listening(address)  # type: ignore[arg-type]  # each is one or the other

    def wait_for_tesseras(self) -> None:
        """Return when both Tesseras listen."""
        for node in self.tesseras:
            node.wait_listening()

    def step_clock(self, seconds: float) -> None:
        """The proxy's wall clock is so far from the true one from now on."""
        self._clock.parent.mkdir(exist_ok=True)
        with self._clock.open("r+b" if self._clock.exists() else "wb") as file:
            file.write(struct.pack("d", seconds))

    def descriptors(self) -> int:
        """How many the proxy has open."""
        return len(os.listdir(f"/proc/{self.proxy.pid}/fd"))

    def close(self) -> None:
        """End everything."""
        self._stack.close()
