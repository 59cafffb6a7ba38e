"""A real process with an admin at a socket, at a port and for probes, before one node of two."""

from __future__ import annotations

import http.client
import json
import socket
import sys
from pathlib import Path
from typing import Any

from bench.processes import LATE, Child, free_ports
from tests.integration.stage import Stage

TOKEN = "a-token-of-24-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class UnixConnection(http.client.HTTPConnection):
    """One over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=LATE)
        self._path = path

    def connect(self) -> None:
        """Connect there."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LATE)
        self.sock.connect(self._path)


class AdminProcess:
    """The process; what it consists of ends with its stage.

    @param first: tables before those of the configuration; C{last}: more keys of C{[admin]}.
    @param interface: where the admin's port is.
    @ivar text: the configuration; C{config}: its file.
    @ivar path: the admin's socket; C{port}, C{probes}: its ports on loopback.
    """

    def __init__(
        self, stage: Stage, first: str = "", last: str = "", interface: str = ":interface=127.0.0.1"
    ) -> None:
        self._stage = stage
        self._first, self._last, self._interface = first, last, interface
        self.folder = stage.directory
        self.node = stage.node("a")
        self.listener, self.port, self.probes = free_ports(3)
        self.path = str(self.folder / "admin.sock")
        token = self.folder / "token"
        token.touch(mode=0o600)
        token.write_text(TOKEN)
        self.config = self.folder / "q.toml"
        self.text = self.toml(self.listener, self.port, self.probes)
        self.config.write_text(self.text)
        self.child = self.run(self.config)
        self.child.wait_listening(self.path)
        for port in (self.port, self.probes):
            self.child.wait_listening(("127.0.0.1", port))

    def toml(self, listener: int, port: int, probes: int) -> str:
        """A configuration with this admin's socket."""
        return f"""{self._first}
[pools.nodes]
upstreams = [
  {{ endpoint = "tcp:127.0.0.1:{self.node.port}", name = "a" }},
  {{ endpoint = "tcp:127.0.0.1:1", name = "b" }},
]
check = "connect"

[listeners.rpc]
listen = "tcp:{listener}:interface=127.0.0.1"
serve = "http"
pool = "nodes"

[admin]
listen = ["unix:{self.path}:mode=660", "tcp:{port}{self._interface}"]
probes = "tcp:{probes}:interface=127.0.0.1"
token_file = "{self.folder}/token"
{self._last}"""

    def run(self, config: Path) -> Child:
        """One more, that ends with the stage."""
        command = [sys.executable, "-m", "quorumha", "run", str(config)]
        child = Child(command, config.with_suffix(".log"), measured=True)
        self._stage.closing(child.kill)
        return child

    def reset(self) -> None:
        """As it was started."""
        self._stage.reset()
        self.config.write_text(self.text)
        for path in ("reload", "pools/nodes/upstreams/a/enable", "pools/nodes/upstreams/b/enable"):
            status, body = self.ask(f"/api/v1/{path}", "POST")
            assert status == 200, (path, body)
        self.child.wait_until(lambda: self.member("a")["state"] == "up", "a is up")

    def ask(
        self,
        path: str,
        method: str = "GET",
        fields: dict[str, str] | None = None,
        *,
        port: int | None = None,
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Status and body; over the unix socket unless a port is named."""
        connection: http.client.HTTPConnection = UnixConnection(self.path)
        if port is not None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LATE)
        try:
            connection.request(method, path, body, fields or {})
            response = connection.getresponse()
            if response.getheader("Content-Type") == "text/event-stream":
                return response.status, b""
            return response.status, response.read()
        finally:
            connection.close()

    def document(self) -> Any:
        """The status of now."""
        return json.loads(self.ask("/api/v1/status")[1])

    def member(self, name: str) -> Any:
        """What is said of a member of C{nodes}."""
        pool = next(one for one in self.document()["pools"] if one["name"] == "nodes")
        return next(one for one in pool["members"] if one["name"] == name)

    def changeable(self) -> Any:
        """What of the status an operator changes."""
        found = self.document()
        enabled = [(one["name"], one["enabled"]) for pool in found["pools"] for one in pool["members"]]
        return found["draining"], found["reload"], found["config"], enabled

    def responds(self) -> bool:
        """Whether somebody responds at the socket."""
        try:
            return self.ask("/livez")[0] == 200
        except OSError:
            return False
