"""The two proxies, as an operator would write them down."""

from __future__ import annotations

import configparser
import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Protocol

from bench.arms import twistd_command
from bench.processes import ROOT, Child
from bench.upstreams import nginx_temporary, start_nginx


class Ported(Protocol):
    """A Tessera, as far as proxies know it."""

    q2t: int
    p2p: int


#: The two of one party.
Pair = tuple[Ported, Ported]

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


def nginx_config(nodes: Pair, socket: str, port: int) -> str:
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


#: Where quorumha listens on sockets that it is given: for GoQuorum, for other parties, for applications.
KEPT = ("systemd:domain=UNIX:name=q2t", "systemd:domain=INET:name=p2p", "systemd:domain=INET:name=rpc")


def own_sockets(socket: str, *ports: int) -> tuple[str, ...]:
    """The same places, made by itself."""
    return f"unix:{socket}:mode=600", *(f"tcp:{port}:interface=127.0.0.1" for port in ports)


def quorumha_config(nodes: Pair, listens: tuple[str, ...], limit: float | None, relay: bool) -> str:
    """Pools and listeners, and how long GoQuorum waits; everything else is as it is unless given.

    @param listens: where: towards GoQuorum, other parties, and applications.
    @param limit: GoQuorum's, in seconds; None: none.
    @param relay: applications are there.
    """

    def members(ports: tuple[int, ...]) -> str:
        # Named, for both are on one host; of nodes that are not quorumha knows by itself which is which.
        return ", ".join(
            f'{{ endpoint = "http://127.0.0.1:{one}", name = "{name}" }}'
            for name, one in zip(("first", "second"), ports, strict=True)
        )

    waits = "none" if limit is None else f"{limit:g}s"
    rpc = f"""\

[pools.rpc]
upstreams = ["tcp:127.0.0.1:{nodes[0].q2t}"]

[listeners.rpc]
listen = "{listens[2]}"
serve = "tcp"
pool = "rpc"
"""
    return f"""\
[pools.q2t]
upstreams = [{members(tuple(node.q2t for node in nodes))}]

[pools.p2p]
upstreams = [{members(tuple(node.p2p for node in nodes))}]

[listeners.q2t]
listen = "{listens[0]}"
serve = "tessera-q2t"
pool = "q2t"
client_timeout = "{waits}"

[listeners.p2p]
listen = "{listens[1]}"
serve = "tessera-p2p"
pool = "p2p"
{rpc if relay else ""}"""


def start_recipe(nodes: Pair, socket: str, port: int, rpc: int | None, directory: Path) -> Child:
    """Start nginx; it listens a little later.

    @param rpc: the port for applications, if they are there.
    """
    config = nginx_config(nodes, socket, port)
    body = f"http {{ access_log off; {nginx_temporary(directory)}\n{config}}}\n"
    if rpc is not None:
        server = f"server {{ listen 127.0.0.1:{rpc}; proxy_pass 127.0.0.1:{nodes[0].q2t}; }}"
        body += f"stream {{ {server} }}\n"
    return start_nginx("nginx", directory, body)


def start_quorumha(config: Path, log: Path) -> Child:
    """Start quorumha, which makes its sockets itself, a little later."""
    return Child(twistd_command(config), log)


def end(child: Child) -> None:
    """Kill it, and its workers."""
    workers = child.tree()[1:]
    child.kill()
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
