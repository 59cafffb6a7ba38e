"""Proxies that are reloaded: what each one's file says at each step, and how each is told to read it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from attrs import define, frozen

from bench.processes import LATE, Child, NotStarted, free_ports
from bench.upstreams import nginx_globals, nginx_temporary


@frozen
class Step:
    """What a file says.

    @ivar nodes: which of the nodes it names.
    @ivar limits: whether its limits are others than usual.
    @ivar second: whether there is a listener more.
    @ivar wrong: whether it has a fault.
    """

    nodes: tuple[int, ...]
    limits: bool = False
    second: bool = False
    wrong: bool = False


#: A pool that grows and shrinks, other limits, one more listener, a wrong file.
STEPS = (
    Step((0, 1, 2)),
    Step((1, 2)),
    Step((0, 1), limits=True),
    Step((0, 1), second=True),
    Step((2,), wrong=True),
)
FIRST = Step((0, 1))


@define(eq=False)
class Arm:
    """One proxy.

    @cvar name: as tables call it.
    @cvar program: what has to be installed; empty: nothing.
    @ivar nodes: the ports of the nodes.
    @ivar folder: where its files are.
    """

    name = ""
    program = ""

    nodes: list[int]
    folder: Path
    _ports: list[int]
    _child: Child | None = None

    @property
    def port(self) -> int:
        return self._ports[0]

    @property
    def child(self) -> Child:
        assert self._child is not None, "it was started"
        return self._child

    @property
    def file(self) -> Path:
        return self.folder / "proxy.conf"

    def start(self) -> None:
        """Start it with the first file.

        @raise NotStarted: it is not installed, or does not come up.
        """
        if self.program and shutil.which(self.program) is None:
            raise NotStarted(f"{self.program} is not installed")
        self.file.write_text(self.text(FIRST))
        self._child = Child(self.command(), self.folder / "log")
        self.child.wait_listening(("127.0.0.1", self.port))

    def stop(self) -> None:
        """End it, with what it started."""
        if self._child is not None:
            self._child.stop(limit=2.0)

    def command(self) -> list[str]:
        """How it is started."""
        raise NotImplementedError

    def text(self, step: Step) -> str:
        """Its file."""
        raise NotImplementedError

    def reload(self, step: Step) -> bool:
        """Let it read its file anew; return when that is done, and whether it was taken."""
        self.file.write_text(self.text(step))
        return self.ask()

    def ask(self) -> bool:
        """As L{reload}, for the file as it is."""
        raise NotImplementedError

    def said(self, text: str) -> int:
        """How often its log says so."""
        return self.child.log.read_text(errors="replace").count(text)

    def either(self, taken: str, refused: str) -> bool:
        """Send its signal, and wait until it says one or the other; whether it was C{taken}."""
        before, before_refused = self.said(taken), self.said(refused)
        self.child.popen.send_signal(self.sign)
        self.child.wait_until(
            lambda: self.said(taken) > before or self.said(refused) > before_refused, "done", LATE
        )
        return self.said(taken) > before

    #: What asks it to read its file.
    sign = signal.SIGHUP


class Quorumha(Arm):
    """C{quorumha run}; C{SIGHUP}."""

    name = "quorumha"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "quorumha", "run", str(self.file)]

    def text(self, step: Step) -> str:
        members = ", ".join(f'"http://127.0.0.1:{self.nodes[node]}"' for node in step.nodes)
        limits = 'connect_timeout = "2s"\nkeepalive = 8\n' if step.limits else ""
        text = f'[pools.p]\nupstreams = [{members}]\ncheck = "connect"\n{limits}'
        for name, port in zip(("l", "m"), self._ports[: 1 + step.second], strict=False):
            text += (
                f'[listeners.{name}]\nlisten = "tcp:{port}:interface=127.0.0.1"\nserve = "http"\npool = "p"\n'
            )
            text += "max_connections = 500\n" if step.limits else ""
        return text + ("nonsense = 1\n" if step.wrong else "")

    def ask(self) -> bool:
        return self.either(" was taken: ", " was not taken")


class Nginx(Arm):
    """nginx with one worker; C{nginx -s reload}."""

    name = program = "nginx"

    def command(self) -> list[str]:
        folder = str(self.folder)
        return ["nginx", "-p", folder, "-c", str(self.file), "-e", f"{folder}/error.log"]

    def text(self, step: Step) -> str:
        members = " ".join(f"server 127.0.0.1:{self.nodes[node]};" for node in step.nodes)
        limits = "proxy_connect_timeout 2s; client_max_body_size 9m;" if step.limits else ""
        listen = " ".join(f"listen 127.0.0.1:{port} backlog=1024;" for port in self._ports[: 1 + step.second])
        return nginx_globals(self.folder) + (
            f"http {{ access_log off; {nginx_temporary(self.folder)} keepalive_requests 100000000;"
            f" keepalive_timeout 3600s; upstream u {{ {members} keepalive 32; }} server {{ {listen} {limits}"
            f' location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection "";'
            f" }} }} }}\n{'nonsense;' if step.wrong else ''}\n"
        )

    def ask(self) -> bool:
        before = set(self.child.tree())
        done = subprocess.run([*self.command(), "-s", "reload"], capture_output=True, check=False)
        if done.returncode:
            return False
        self.child.wait_until(lambda: bool(set(self.child.tree()) - before), "a new worker", LATE)
        return True


class Haproxy(Arm):
    """HAProxy as master and worker, which hands its sockets on; C{SIGUSR2}."""

    name, program, sign = "HAProxy", "haproxy", signal.SIGUSR2

    def command(self) -> list[str]:
        return ["haproxy", "-W", "-db", "-f", str(self.file)]

    def text(self, step: Step) -> str:
        members = "".join(f"    server n{node} 127.0.0.1:{self.nodes[node]} check\n" for node in step.nodes)
        binds = "".join(f"    bind 127.0.0.1:{port}\n" for port in self._ports[: 1 + step.second])
        return (
            f"global\n    nbthread 1\n    maxconn {1500 if step.limits else 2000}\n"
            f"    stats socket {self.folder}/stats expose-fd listeners\n"
            f"defaults\n    mode http\n    timeout connect {2 if step.limits else 5}s\n"
            f"    timeout client 300s\n    timeout server 300s\n    retries 3\n    option redispatch 1\n"
            f"listen l\n{binds}{members}{'nonsense' if step.wrong else ''}\n"
        )

    def ask(self) -> bool:
        return self.either("Loading success.", "Loading failure!")


ARMS: tuple[type[Arm], ...] = (Quorumha, Nginx, Haproxy)


def make(arm: type[Arm], nodes: list[int], folder: Path) -> Arm:
    """One that is not started yet; C{folder} is made."""
    folder.mkdir(parents=True)
    return arm(nodes, folder, free_ports(2))
