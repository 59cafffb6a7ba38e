"""The arms: each starts one proxy of one worker before upstreams, for HTTP or for TCP."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attrs import frozen

from bench.processes import Child, NotStarted, free_port
from bench.upstreams import nginx_temporary, start_nginx


@frozen
class Running:
    """A proxy that listens on loopback at C{port}."""

    child: Child
    port: int


@frozen
class Wanted:
    """What a proxy shall do.

    @ivar kind: C{"http"} or C{"tcp"}.
    @ivar serve: what quorumha's listener serves; empty: as C{kind} says.
    @ivar upstreams: their ports on loopback; twisted.web takes the first alone.
    @ivar keepalive: idle connections kept to each.
    @ivar capacity: connections it may have, to both sides together.
    @ivar fail_timeout: whole seconds for which one that failed is put aside.
    @ivar read_timeout: whole seconds that nginx waits for an answer; quorumha keeps its own limits.
    """

    kind: str
    upstreams: tuple[int, ...]
    keepalive: int = 32
    capacity: int = 4096
    fail_timeout: int = 10
    read_timeout: int = 60
    serve: str = ""


def _nginx(wanted: Wanted, directory: Path) -> tuple[Child, int]:
    port = free_port()
    members = "".join(
        f" server 127.0.0.1:{one} fail_timeout={wanted.fail_timeout}s;" for one in wanted.upstreams
    )
    if wanted.kind == "http":
        body = (
            f"http {{ access_log off; {nginx_temporary(directory)} keepalive_requests 100000000;"
            f" keepalive_timeout 3600s; client_max_body_size 0;"
            f" upstream u {{{members} keepalive {wanted.keepalive * len(wanted.upstreams)};"
            f" keepalive_requests 100000000; }}"
            f" server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://u;"
            f' proxy_http_version 1.1; proxy_set_header Connection "";'
            f" proxy_set_header X-Forwarded-For $remote_addr; proxy_read_timeout {wanted.read_timeout}s;"
            f" proxy_next_upstream error timeout http_404 non_idempotent; }} }} }}\n"
        )
    else:
        body = (
            f"stream {{ upstream u {{{members} }}"
            f" server {{ listen 127.0.0.1:{port} backlog=4096; proxy_pass u; }} }}\n"
        )
    return start_nginx("nginx", directory, body, wanted.capacity), port


def _haproxy(wanted: Wanted, directory: Path) -> tuple[Child, int]:
    port = free_port()
    kept = "    http-reuse always\n    option forwardfor\n" if wanted.kind == "http" else ""
    members = "".join(f"    server u{one} 127.0.0.1:{one}\n" for one in wanted.upstreams)
    config = directory / "haproxy.cfg"
    config.write_text(
        f"global\n    nbthread 1\n    maxconn {wanted.capacity // 2}\n"
        f"defaults\n    mode {wanted.kind}\n    timeout connect 5s\n    retries 3\n    option redispatch 1\n"
        f"    timeout client 300s\n    timeout server 300s\n"
        f"listen bench\n    bind 127.0.0.1:{port} backlog 4096\n{kept}{members}"
    )
    return Child(["haproxy", "-db", "-f", str(config)], directory / "haproxy.log"), port


def _twisted(wanted: Wanted, directory: Path) -> tuple[Child, int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.twisted_arm", wanted.kind, str(port), str(wanted.upstreams[0])]
    return Child(command, directory / "twisted.log"), port


def twistd_command(config: Path, python: str = sys.executable) -> list[str]:
    """How the real service is started in the foreground: C{twistd -n quorumha --config FILE}.

    @param python: an interpreter that has what quorumha needs.
    """
    beside = Path(python).with_name("twistd")
    twistd = str(beside) if beside.exists() else "twistd"
    return [python, twistd, "-n", "--pidfile=", "quorumha", "--config", str(config)]


def quorumha_config(wanted: Wanted, port: int, pool: str = "", listener: str = "") -> str:
    """The TOML of the quorumha arm.

    @param pool: further lines of its C{[pools.bench]}.
    @param listener: of its C{[listeners.bench]}; with C{routes} there is no C{pool} beside them.
    """
    scheme = "http://" if wanted.kind == "http" else "tcp:"
    members = ", ".join(
        f'{{ name = "u{one}", endpoint = "{scheme}127.0.0.1:{one}", fail_timeout = {wanted.fail_timeout} }}'
        for one in wanted.upstreams
    )
    leads_to = "" if "routes" in listener else 'pool = "bench"\n'
    return (
        f"[pools.bench]\nupstreams = [{members}]\nkeepalive = {wanted.keepalive}\n{pool}\n"
        f'[listeners.bench]\nlisten = "tcp:{port}:interface=127.0.0.1"\n'
        f'serve = "{wanted.serve or wanted.kind}"\n'
        f"{leads_to}{listener}\n"
    )


def _quorumha(
    wanted: Wanted, directory: Path, pool: str = "", listener: str = "", python: str = sys.executable
) -> tuple[Child, int]:
    port = free_port()
    config = directory / "quorumha.toml"
    config.write_text(quorumha_config(wanted, port, pool, listener))
    return Child(twistd_command(config, python), directory / "quorumha.log"), port


_STARTERS: dict[str, tuple[str | None, Callable[[Wanted, Path], tuple[Child, int]]]] = {
    "nginx": ("nginx", _nginx),
    "haproxy": ("haproxy", _haproxy),
    "twisted.web": (None, _twisted),
    "quorumha": (None, _quorumha),
}

#: The names of all arms, in the order of the table.
ARMS = tuple(_STARTERS)


def add_python(python: str) -> str:
    """Another arm: quorumha with an interpreter that has what it needs.

    @return: the arm's name, by the interpreter's version.
    @raise NotStarted: it does not run, or cannot import what quorumha needs.
    """
    asked = "import sys, twisted, attrs, httptools; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotStarted(f"{python} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise NotStarted(f"{python} lacks what quorumha needs: {done.stderr.strip().splitlines()[-1]}")
    name = f"quorumha, Python {done.stdout.strip()}"
    _STARTERS[name] = (None, partial(_quorumha, python=python))
    return name


def launch(arm: str, wanted: Wanted, directory: Path) -> Running:
    """Start one arm, and do not wait for it.

    @raise NotStarted: it is not installed.
    """
    program, starter = _STARTERS[arm]
    if program is not None and shutil.which(program) is None:
        raise NotStarted(f"{program} is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    return Running(*starter(wanted, directory))


def _up(running: Running) -> Running:
    try:
        running.child.wait_listening(("127.0.0.1", running.port))
    except NotStarted:
        running.child.stop()
        raise
    return running


def start(arm: str, wanted: Wanted, directory: Path) -> Running:
    """Start one arm and wait until it listens.

    @raise NotStarted: it is not installed, or did not come up; the text says which.
    """
    return _up(launch(arm, wanted, directory))


def start_quorumha(wanted: Wanted, directory: Path, pool: str = "", listener: str = "") -> Running:
    """Start quorumha with a configuration that says more; see L{quorumha_config}.

    @raise NotStarted: it did not come up.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return _up(Running(*_quorumha(wanted, directory, pool, listener)))
