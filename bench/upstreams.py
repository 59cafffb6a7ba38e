"""What stands behind the proxies: cheap, started once, not counted.

HTTP: one nginx worker that answers every POST with about 200 bytes and serves one
large file.  TCP: a small epoll echo, and a source that pours bytes
(C{python -m bench.tcp_upstream}).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from bench.processes import Child, free_port

#: The answer to every small request: a JSON-RPC result of 200 bytes.
ANSWER = json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x" + "ab" * 80})


def nginx_globals(directory: Path) -> str:
    """The top of a configuration: one worker, in the foreground, all files in C{directory}."""
    user = "user root;\n" if os.geteuid() == 0 else ""
    modules = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    load = f"load_module {modules};\n" if modules.exists() else ""
    return (
        f"{load}{user}worker_processes 1;\ndaemon off;\npid {directory}/pid;\n"
        f"error_log {directory}/error.log warn;\nevents {{ worker_connections 4096; }}\n"
    )


def nginx_temporary(directory: Path) -> str:
    """Where the C{http} block keeps temporary files."""
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"{name}_temp_path {directory}/temp_{name};\n" for name in names)


def start_nginx(name: str, directory: Path, body: str) -> Child:
    """Run nginx on a configuration: C{body} comes after the globals."""
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "nginx.conf"
    config.write_text(nginx_globals(directory) + body)
    command = ["nginx", "-p", str(directory), "-c", str(config), "-e", str(directory / "error.log")]
    return Child(command, directory / f"{name}.log")


class HttpUpstream:
    """An nginx with one worker.

    @param size: bytes of the large file at C{/bulk}.
    """

    def __init__(self, directory: Path, size: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "bulk").open("wb") as file:
            file.truncate(size)
        self.port = free_port()
        body = (
            f"http {{ access_log off; {nginx_temporary(directory)} keepalive_requests 100000000;"
            f" keepalive_timeout 3600s; sendfile on; default_type application/json;"
            f" server {{ listen 127.0.0.1:{self.port} backlog=4096; root {directory};"
            f" location /bulk {{ }} location / {{ return 200 '{ANSWER}'; }} }} }}\n"
        )
        self.child = start_nginx("upstream", directory, body)
        self.child.wait_listening(("127.0.0.1", self.port))


class TcpUpstream:
    """The echo and the source, in one small process of ours."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = [sys.executable, "-m", "bench.tcp_upstream", str(self.port)]
        self.child = Child(command, directory / "tcp.log")
        self.child.wait_listening(("127.0.0.1", self.port))
