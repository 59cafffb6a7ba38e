"""The ways to the pair: what a client is given to connect to."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.arms import twistd_command
from bench.processes import Child, free_port
from tests.integration.database_pair import PROBE, PROBE_PASSWORD

#: The ports of the primary and of its standby.
Ports = tuple[int, int]

_HAPROXY = """\
defaults
    mode tcp
    timeout connect 5s
    timeout check 1s
    timeout client 1h
    timeout server 1h
listen databases
    bind 127.0.0.1:{listen}
    option pgsql-check user {probe}
    default-server inter 1s fall 3 rise 2 on-marked-down shutdown-sessions
    server a 127.0.0.1:{0} check
    server b 127.0.0.1:{1} check backup
"""

_TCP = """\
[pools.database]
upstreams = [
  {{ name = "a", endpoint = "tcp:127.0.0.1:{0}" }},
  {{ name = "b", endpoint = "tcp:127.0.0.1:{1}", backup = true }},
]
connect_timeout = 2.0

[listeners.database]
listen = "tcp:{listen}:interface=127.0.0.1"
serve = "tcp"
pool = "database"
"""

_POSTGRESQL = """\
state_directory = "{folder}"

[pools.database]
upstreams = [
  {{ name = "a", endpoint = "tcp:127.0.0.1:{0}" }},
  {{ name = "b", endpoint = "tcp:127.0.0.1:{1}" }},
]
check = {{ kind = "postgresql", user = "{probe}", password_file = "{folder}/password" }}

[listeners.database]
listen = "tcp:{listen}:interface=127.0.0.1"
serve = "postgresql"
pool = "database"
"""


def _haproxy(config: str, folder: Path) -> Child:
    file = folder / "haproxy.cfg"
    file.write_text(config)
    return Child(["haproxy", "-db", "-f", str(file)], folder / "proxy.log")


def _quorumha(config: str, folder: Path) -> Child:
    file, password = folder / "quorumha.toml", folder / "password"
    password.touch(0o600)
    password.write_text(PROBE_PASSWORD + "\n")
    file.write_text(config)
    return Child(twistd_command(file), folder / "proxy.log")


#: By name, in the table's order: how each proxy is started, and its configuration; None: there is none.
WAYS: dict[str, tuple[Callable[[str, Path], Child], str] | None] = {
    "two hosts": None,
    "haproxy": (_haproxy, _HAPROXY),
    "tcp": (_quorumha, _TCP),
    "postgresql": (_quorumha, _POSTGRESQL),
}


def why_not(way: str) -> str | None:
    """Why a way cannot be gone here, if it cannot."""
    return "haproxy is not installed" if way == "haproxy" and shutil.which("haproxy") is None else None


def haproxy_version() -> str:
    """Of the one that is installed."""
    said = subprocess.run(["haproxy", "-v"], capture_output=True, text=True, check=True).stdout
    return "HAProxy " + said.split()[2].partition("-")[0]


class Way:
    """One client's way: a proxy of its own, as beside each Tessera, or none.

    @ivar ports: where it connects to, on loopback: one, or those of both databases.
    """

    def __init__(self, name: str, ports: Ports, folder: Path) -> None:
        self._child: Child | None = None
        self.ports: tuple[int, ...] = ports
        started = WAYS[name]
        if started is None:
            return
        start, config = started
        folder.mkdir()
        listen = free_port()
        self.ports = (listen,)
        self._child = start(config.format(*ports, listen=listen, folder=folder, probe=PROBE), folder)

    def wait(self) -> None:
        """Return when it can be gone."""
        if self._child is not None:
            self._child.wait_listening(("127.0.0.1", self.ports[0]))

    @property
    def hosts(self) -> str:
        """For pgjdbc."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    @property
    def libpq(self) -> str:
        """For libpq."""
        hosts, ports = ",".join("127.0.0.1" for _ in self.ports), ",".join(map(str, self.ports))
        keys = "user=postgres dbname=postgres target_session_attrs=primary connect_timeout=5"
        return f"host={hosts} port={ports} {keys}"

    def end(self) -> None:
        """Kill the proxy."""
        if self._child is not None:
            self._child.kill()
