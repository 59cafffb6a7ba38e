"""The two proxies, as an operator would write them down."""

from __future__ import annotations

import configparser
import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from bench.arms import twistd_command
from bench.processes import ROOT, Child
from bench.upstreams import nginx_temporary, start_nginx
from tests.integration.side_by_side.nodes import Node

ARMS = ("nginx", "quorumha")


def why_not(arm: str) -> str | None:
    """Why an arm cannot run here, if it cannot."""
    return "nginx is not installed" if arm == "nginx" and shutil.which("nginx") is None else None


def version(arm: str) -> str:
    """What runs."""
    if arm == "nginx":
        said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
        return said.strip().rpartition("/")[2]
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg")
    return read["metadata"]["version"]


def nginx_config(nodes: tuple[Node, Node], socket: str, port: int) -> str:
    """The published recipe ("Quorum HA Setup"), with the scheme that it lacks in one place.

    No limits, default C{max_fails} and C{fail_timeout}, HTTP/1.0 to the nodes, a mirror that always goes
    to the second one.
    """
    first, second = nodes

    def both(name: str, one: int, other: int, backup: str = "") -> str:
        return f"upstream {name} {{ server 127.0.0.1:{one}; server 127.0.0.1:{other}{backup}; }}\n"

    def forward(path: str, pool: str, also: str = "") -> str:
        return f"location {path} {{ {also}proxy_pass http://{pool}{path}; }}\n"

    return (
        both("q2t", first.q2t, second.q2t)
        + both("p2p", first.p2p, second.p2p)
        + both("p2p-mirror", first.p2p, second.p2p, " backup")
        + f"server {{ listen unix:{socket};\n"
        "location / { proxy_pass http://q2t; proxy_next_upstream error timeout http_404 non_idempotent; }\n"
        "}\n"
        f"server {{ listen 127.0.0.1:{port};\n"
        + "".join(forward(path, "p2p") for path in ("/resend", "/push", "/partyinfo/validate", "/upcheck"))
        + forward("/partyinfo", "p2p-mirror", "mirror /partyinfo-mirror; ")
        + "location /partyinfo-mirror { internal;"
        f" proxy_pass http://127.0.0.1:{second.p2p}/partyinfo; }}\n}}\n"
    )


def quorumha_config(nodes: tuple[Node, Node], socket: str, port: int) -> str:
    """Pools and listeners; everything else is as it is unless given."""

    def members(ports: tuple[int, ...]) -> str:
        return ", ".join(f'"http://127.0.0.1:{one}"' for one in ports)

    return f"""\
[pools.q2t]
upstreams = [{members(tuple(node.q2t for node in nodes))}]

[pools.p2p]
upstreams = [{members(tuple(node.p2p for node in nodes))}]

[listeners.q2t]
listen = "unix:{socket}:mode=600"
serve = "tessera-q2t"
pool = "q2t"

[listeners.p2p]
listen = "tcp:{port}:interface=127.0.0.1"
serve = "tessera-p2p"
pool = "p2p"
"""


def start(arm: str, nodes: tuple[Node, Node], socket: str, port: int, directory: Path) -> Child:
    """Start the proxy; it listens a little later."""
    if arm == "nginx":
        config = nginx_config(nodes, socket, port)
        body = f"http {{ access_log off; {nginx_temporary(directory)}\n{config}}}\n"
        return start_nginx("nginx", directory, body)
    file = directory / "quorumha.toml"
    file.write_text(quorumha_config(nodes, socket, port))
    return Child(twistd_command(file), directory / "quorumha.log")


def end(child: Child) -> None:
    """Kill it, and its workers."""
    workers = child.tree()[1:]
    child.kill()
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
