"""The arms: each starts one proxy of one worker before an upstream, for HTTP or for TCP."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from bench.processes import Child, NotStarted, free_port
from bench.upstreams import nginx_temporary, start_nginx


@frozen
class Running:
    """A proxy that listens on loopback at C{port}."""

    child: Child
    port: int


def _nginx(kind: str, upstream: int, directory: Path) -> tuple[Child, int]:
    port = free_port()
    if kind == "http":
        body = (
            f"http {{ access_log off; {nginx_temporary(directory)} keepalive_requests 100000000;"
            f" keepalive_timeout 3600s; client_max_body_size 0;"
            f" upstream u {{ server 127.0.0.1:{upstream}; keepalive 32; keepalive_requests 100000000; }}"
            f" server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://u;"
            f' proxy_http_version 1.1; proxy_set_header Connection "";'
            f" proxy_set_header X-Forwarded-For $remote_addr;"
            f" proxy_next_upstream error timeout http_404 non_idempotent; }} }} }}\n"
        )
    else:
        body = (
            f"stream {{ upstream u {{ server 127.0.0.1:{upstream}; }}"
            f" server {{ listen 127.0.0.1:{port} backlog=4096; proxy_pass u; }} }}\n"
        )
    return start_nginx("nginx", directory, body), port


def _haproxy(kind: str, upstream: int, directory: Path) -> tuple[Child, int]:
    port = free_port()
    reuse = "    http-reuse always\n    option forwardfor\n" if kind == "http" else ""
    config = directory / "haproxy.cfg"
    config.write_text(
        "global\n    nbthread 1\n    maxconn 4096\n"
        f"defaults\n    mode {kind}\n    timeout connect 5s\n"
        "    timeout client 300s\n    timeout server 300s\n"
        f"listen bench\n    bind 127.0.0.1:{port} backlog 4096\n{reuse}    server u 127.0.0.1:{upstream}\n"
    )
    return Child(["haproxy", "-db", "-f", str(config)], directory / "haproxy.log"), port


def _twisted(kind: str, upstream: int, directory: Path) -> tuple[Child, int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.twisted_arm", kind, str(port), str(upstream)]
    return Child(command, directory / "twisted.log"), port


def twistd_command(config: Path) -> list[str]:
    """How the real service is started in the foreground: C{twistd -n quorumha --config FILE}."""
    beside = Path(sys.executable).with_name("twistd")
    twistd = str(beside) if beside.exists() else "twistd"
    return [sys.executable, twistd, "-n", "--pidfile=", "quorumha", "--config", str(config)]


def _quorumha(kind: str, upstream: int, directory: Path) -> tuple[Child, int]:
    port = free_port()
    address = f"{'http://' if kind == 'http' else 'tcp:'}127.0.0.1:{upstream}"
    config = directory / "quorumha.toml"
    config.write_text(
        f'[pools.bench]\nupstreams = ["{address}"]\nkeepalive = 32\n\n'
        f'[listeners.bench]\nlisten = "tcp:{port}:interface=127.0.0.1"\nserve = "{kind}"\npool = "bench"\n'
    )
    return Child(twistd_command(config), directory / "quorumha.log"), port


_STARTERS: dict[str, tuple[str | None, Callable[[str, int, Path], tuple[Child, int]]]] = {
    "nginx": ("nginx", _nginx),
    "haproxy": ("haproxy", _haproxy),
    "twisted.web": (None, _twisted),
    "quorumha": (None, _quorumha),
}

#: The names of all arms, in the order of the table.
ARMS = tuple(_STARTERS)


def start(arm: str, kind: str, upstream: int, directory: Path) -> Running:
    """Start one arm and wait until it listens.

    @param kind: C{"http"} or C{"tcp"}.
    @param upstream: the upstream's port on loopback.
    @raise NotStarted: it is not installed, or did not come up; the text says which.
    """
    program, starter = _STARTERS[arm]
    if program is not None and shutil.which(program) is None:
        raise NotStarted(f"{program} is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    child, port = starter(kind, upstream, directory)
    try:
        child.wait_listening(("127.0.0.1", port))
    except NotStarted:
        child.stop()
        raise
    return Running(child, port)
