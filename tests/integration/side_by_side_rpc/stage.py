"""L{Stage}: the nodes and one proxy, as processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bench.arms import twistd_command
from bench.processes import Child, free_port
from bench.upstreams import nginx_temporary, start_nginx

_CONFIG = """\
[pools.quorum]
upstreams = [
  {{ name = "a1", endpoint = "http://127.0.0.1:{0}" }},
  {{ name = "a2", endpoint = "http://127.0.0.1:{1}" }},
]

[listeners.rpc]
listen = "tcp:{2}:interface=127.0.0.1"
serve = "goquorum-rpc"
pool = "quorum"
"""

_NGINX = """\
upstream quorum {{ server 127.0.0.1:{0}; server 127.0.0.1:{1}; }}
server {{ listen 127.0.0.1:{2};
location / {{ proxy_pass http://quorum; proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }} }}
"""


class Stage:
    """Two nodes of one party, two of others, and a proxy before the first two.

    @ivar port: of the proxy, on loopback.
    @ivar accounts: of the nodes' key store.
    """

    def __init__(self, arm: str, folder: Path) -> None:
        module = "tests.integration.side_by_side_rpc.node_process"
        self._nodes = Child([sys.executable, "-m", module], folder / "nodes.log", keep_input=True)
        self._proxy: Child | None = None
        try:
            said = self._read()
            ports = said["ports"]["a1"], said["ports"]["a2"]
            self.accounts: list[str] = said["accounts"]
            self.port = free_port()
            self._proxy = self._start(arm, folder, ports)
            self._proxy.wait_listening(("127.0.0.1", self.port))
        except BaseException:
            self.end()
            raise

    def _start(self, arm: str, folder: Path, ports: tuple[int, int]) -> Child:
        if arm == "nginx":
            servers = _NGINX.format(*ports, self.port)
            upgrade = "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }"
            body = f"http {{ access_log off; {nginx_temporary(folder)} {upgrade}\n{servers}}}\n"
            return start_nginx("nginx", folder, body)
        config = folder / "quorumha.toml"
        config.write_text(_CONFIG.format(*ports, self.port))
        return Child(twistd_command(config), folder / "quorumha.log")

    def _read(self) -> dict[str, Any]:
        assert self._nodes.popen.stdout is not None
        line = self._nodes.popen.stdout.readline()
        assert line, self._nodes.said()
        found: dict[str, Any] = json.loads(line)
        return found

    def order(self, line: str) -> None:
        """See L{tests.integration.side_by_side_rpc.node_process}."""
        assert self._nodes.popen.stdin is not None
        self._nodes.popen.stdin.write(line.encode() + b"\n")
        self._nodes.popen.stdin.flush()

    def report(self) -> dict[str, Any]:
        """What blocks have."""
        self.order("report")
        return self._read()

    def end(self) -> None:
        """End both."""
        if self._proxy is not None:
            workers = self._proxy.tree()[1:]
            self._proxy.kill()
            for pid in workers:
                _kill(pid)
        self._nodes.kill()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
