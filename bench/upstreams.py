"""What stands behind the proxies: cheap, started once, not counted.

HTTP: one nginx worker that answers every POST with about 200 bytes and serves one
large file.  TCP: a small epoll echo, and a source that pours bytes
(C{python -m bench.tcp_upstream}).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from bench.processes import Child, free_port, free_ports

RESULT = "0x" + "ab" * 80
#: The answer to every small request: a JSON-RPC result of 200 bytes, as a GoQuorum writes it.
ANSWER = json.dumps({"jsonrpc": "2.0", "id": 1, "result": RESULT}, separators=(",", ":"))


def nginx_globals(directory: Path, capacity: int = 4096) -> str:
    """The top of a configuration: one worker, in the foreground, all files in C{directory}.

    @param capacity: connections it may have, to both sides together.
    """
    user = "user root;\n" if os.geteuid() == 0 else ""
    modules = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    load = f"load_module {modules};\n" if modules.exists() else ""
    return (
        f"{load}{user}worker_processes 1;\ndaemon off;\npid {directory}/pid;\n"
        f"error_log {directory}/error.log warn;\nevents {{ worker_connections {capacity}; }}\n"
    )


def nginx_temporary(directory: Path) -> str:
    """Where the C{http} block keeps temporary files."""
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"{name}_temp_path {directory}/temp_{name};\n" for name in names)


def start_nginx(name: str, directory: Path, body: str, capacity: int = 4096) -> Child:
    """Run nginx on a configuration: C{body} comes after the globals."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "nginx.conf"
    config.write_text(nginx_globals(directory, capacity) + body)
    command = ["nginx", "-p", str(directory), "-c", str(config), "-e", str(directory / "error.log")]
    return Child(command, directory / f"{name}.log")


def _answering(directory: Path, listen: str) -> str:
    """An C{http} block that answers every small request, and serves what is in C{directory} at C{/bulk}."""
    return (
        f"http {{ access_log off; {nginx_temporary(directory)} keepalive_requests 100000000;"
        f" keepalive_timeout 3600s; client_max_body_size 0; sendfile on; default_type application/json;"
        f" server {{ {listen} root {directory};"
        f" location /bulk {{ }} location / {{ return 200 '{ANSWER}'; }} }} }}\n"
    )


class HttpUpstream:
    """An nginx with one worker.

    @param size: bytes of the large file at C{/bulk}.
    @param addresses: how many ports it listens on, so that it stands for so many upstreams.
    """

    def __init__(self, directory: Path, size: int = 0, addresses: int = 1) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "bulk").open("wb") as file:
            file.truncate(size)
        self.ports = free_ports(addresses)
        self.port = self.ports[0]
        listen = "".join(f"listen 127.0.0.1:{port} backlog=4096; " for port in self.ports)
        self.child = start_nginx("upstream", directory, _answering(directory, listen))
        self.child.wait_listening(("127.0.0.1", self.port))


class HttpNode:
    """An upstream that can be killed, or fall silent, and come back: one nginx process at one port."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        body = _answering(self._directory, f"listen 127.0.0.1:{self.port} backlog=4096;")
        self.child = start_nginx("node", self._directory, "master_process off;\n" + body)
        self.child.wait_listening(("127.0.0.1", self.port))

    def hush(self) -> None:
        """Let it do nothing: the kernel still takes connections for it, and nobody is answered."""
        self.child.popen.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on."""
        self.child.popen.send_signal(signal.SIGCONT)


class TcpUpstream:
    """The echo and the source, in one small process of ours."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = [sys.executable, "-m", "bench.tcp_upstream", str(self.port)]
        self.child = Child(command, directory / "tcp.log")
        self.child.wait_listening(("127.0.0.1", self.port))
