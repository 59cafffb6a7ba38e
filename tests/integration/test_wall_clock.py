"""The wall clock steps an hour back or forward under a running proxy: nobody notices.

Everything that has a limit is under way when it steps.  After a step back each limit ends what it
is for; after a step forward nothing has ended, and everything can be finished.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import LATE, ROOT, Child, free_port
from tests.endpoints.papers import NODE, Papers
from tests.integration.clients import Client, Cut, Silent, ask
from tests.integration.nodes import Node
from tests.integration.wall_clock import WallClock

HOUR = 3600.0

#: What the node by hand says; each request has a connection of its own.
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


class NodeByHand:
    """A node whose answers the test writes."""

    def __init__(self, port: int = 0) -> None:
        self.listening = socket.create_server(("127.0.0.1", port))
        self.listening.settimeout(LATE)
        self.port: int = self.listening.getsockname()[1]
        self._taken: dict[bytes, socket.socket] = {}

    def take(self, target: bytes) -> socket.socket:
        """The connection of the request for C{target}, its head read; each has one of its own."""
        while target not in self._taken:
            taken, _ = self.listening.accept()
            taken.settimeout(LATE)
            seen = b""
            while b"\r\n\r\n" not in seen:
                more = taken.recv(65536)
                assert more, seen
                seen += more
            self._taken[seen.split(b" ")[1]] = taken
        return self._taken[target]

    def close(self) -> None:
        for one in (self.listening, *self._taken.values()):
            one.close()


def to_the_end(client: Client, name: str) -> None:
    """Read until the proxy ends the connection.

    @raise AssertionError: it does not.
    """
    try:
        client.rest(LATE)
    except Cut:
        return
    except Silent as error:
        raise AssertionError(f"{name}: {error}") from None


class Stepping:
    """What both commands are asked; a mixin of test cases.

    @cvar command: how the proxy is started with a configuration.
    """

    command: Callable[[Path], list[str]]

    def setUp(self: Any) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.clock = WallClock(self.folder / "clock", ROOT)
        self.papers = Papers(str(self.folder / "papers"))
        self.hand = NodeByHand()
        self.addCleanup(self.hand.close)
        self.ejected, self.spare, self.absent = (
            Node(name, self.folder) for name in ("ejected", "spare", "absent")
        )
        for node in (self.ejected, self.spare, self.absent):
            self.addCleanup(node.kill)
        self.absent.kill()
        self.kept: list[Any] = []
        self.addCleanup(lambda: [one.close() for one in self.kept])

    def start(self: Any, limit: float) -> None:
        """Start the proxy; whatever has a limit has this one, in seconds."""
        names = ("tls", "http", "wait", "eject")
        self.ports = {name: free_port() for name in names}
        cert, key = self.papers.files("listener", NODE)
        limits = {
            "header_timeout": limit,
            "first_byte_timeout": limit,
            "read_timeout": limit,
            "send_timeout": limit,
            "total_timeout": limit,
            "idle_timeout": limit,
        }
        hand = f"http://127.0.0.1:{self.hand.port}"
        ejected = {"endpoint": f"http://127.0.0.1:{self.ejected.port}", "max_fails": 1, "fail_timeout": limit}
        check = {"kind": "http", "path": "/check", "interval": 0.1, "timeout": 0.5}
        self.child = self.launched(
            {
                "pools": {
                    "hand": {"upstreams": [{"endpoint": hand, "max_fails": 0}], "check": "off"},
                    "absent": {"upstreams": [f"http://127.0.0.1:{self.absent.port}"]},
                    "eject": {
                        "upstreams": [
                            ejected,
                            {"endpoint": f"http://127.0.0.1:{self.spare.port}", "backup": True},
                        ],
                        "check": "off",
                    },
                    "check": {"upstreams": [f"http://127.0.0.1:{self.spare.port}"], "check": check},
                },
                "listeners": {
                    "tls": {"pool": "hand", "tls": {"cert": cert, "key": key}, **limits},
                    "http": {"pool": "hand", **limits},
                    "eject": {"pool": "eject", **limits},
                    "wait": {"pool": "absent", "serve": "tessera-q2t", "client_timeout": limit},
                },
            }
        )

    def launched(self: Any, config: dict[str, Any]) -> Child:
        """The proxy, once it listens everywhere."""
        for name, port in self.ports.items():
            config["listeners"][name]["listen"] = f"tcp:{port}:interface=127.0.0.1"
        path = self.folder / "quorumha.json"
        path.write_text(json.dumps(config))
        child = Child(type(self).command(path), self.folder / "log", self.clock.environment)
        self.addCleanup(child.kill)
        for port in self.ports.values():
            child.wait_listening(("127.0.0.1", port))
        return child

    def client(self: Any, name: str) -> Client:
        """A client that is closed at the end."""
        client = Client(self.ports[name], LATE)
        self.kept.append(client)
        return client

    def under_way(self: Any) -> None:
        """Bring one client into each phase."""
        self.handshake = self.client("tls")
        self.head = self.client("http")
        self.head.send(b"GET /head HT")
        self.body = self.client("http")
        self.body.send(b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
        self.first = self.client("http")
        self.first.request("GET", "/first")
        self.first_node = self.hand.take(b"/first")
        self.between = self.client("http")
        self.between.request("GET", "/between")
        self.between_node = self.hand.take(b"/between")
        self.between_node.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhe")
        self.between.head()
        self.waiting = self.client("wait")
        self.waiting.request("GET", "/upcheck")
        self.idle = self.client("eject")
        self.ejected.script({"at": "accept", "steps": [["reset"]]})
        self.assertEqual(self.idle.ask("GET", "/ejects").value("x-node"), "spare")
        self.ejected.wait(open=0)

    def test_back(self: Any) -> None:
        """Each limit ends what it is for, the checks go on, and who was ejected is tried again."""
        self.start(1.0)
        self.under_way()
        self.clock.step(-HOUR)
        for name in ("handshake", "head", "body", "idle", "between"):
            # Some are told something first; all are ended.
            to_the_end(getattr(self, name), name)
        self.assertIn(self.first.answer().status, (502, 504))
        self.assertIn(self.waiting.answer().status, (502, 503, 504))
        self.spare.clear()
        self.assertTrue(self.spare.wait(count=3), "the checks stopped")
        self.until_served_by("ejected")

    def until_served_by(self: Any, node: str) -> None:
        self.child.wait_until(
            lambda: ask(self.ports["eject"], "GET", "/again").value("x-node") == node, f"{node} used again"
        )

    def test_forward(self: Any) -> None:
        """Nothing ends before its time, nobody is ejected or down for it, and all is finished as usual."""
        self.start(60.0)
        self.under_way()
        self.clock.step(HOUR)
        # Two requests later the proxy has run whatever it thinks is due.
        for _ in range(2):
            self.assertEqual(ask(self.ports["eject"], "GET", "/still").value("x-node"), "spare")
        self.assertEqual(self.idle.ask("GET", "/idle").value("x-node"), "spare")
        self.between_node.sendall(b"llo")
        self.assertEqual(self.between.exactly(5), b"hello")
        self.first_node.sendall(OK)
        self.assertEqual(self.first.answer().status, 200)
        context = ssl.create_default_context(cafile=self.papers.ca)
        tls = context.wrap_socket(self.handshake.socket, server_hostname="node.example")
        self.kept.append(tls)
        tls.sendall(b"GET /tls HTTP/1.1\r\nHost: a\r\n\r\n")
        self.hand.take(b"/tls").sendall(OK)
        self.assertEqual(tls.recv(12), b"HTTP/1.1 200")
        for client, rest, target in (
            (self.head, b"TP/1.1\r\nHost: a\r\n\r\n", b"/head"),
            (self.body, b"llo", b"/body"),
        ):
            client.send(rest)
            self.hand.take(target).sendall(OK)
            self.assertEqual(client.answer().status, 200)
        self.absent.revive()
        self.assertEqual(self.waiting.answer().status, 200)
        said = (self.folder / "log").read_text()
        self.assertNotIn(f"check: 127.0.0.1:{self.spare.port} is", said)


class TwistdTests(Stepping, SynchronousTestCase):
    """Under C{twistd}."""

    command = staticmethod(twistd_command)


class RunTests(Stepping, SynchronousTestCase):
    """Under C{quorumha run}."""

    @staticmethod
    def command(config: Path) -> list[str]:
        return [sys.executable, "-m", "quorumha", "run", str(config)]


#: In a process whose C{time.time} steps while the reactor runs, to each of the offsets that are given.
STEPPED = """
import importlib, sys, time
wall, offset, steps = time.time, 0.0, sys.argv[2:]
time.time = lambda: wall() + offset
importlib.import_module("twisted.internet." + sys.argv[1]).install()
from twisted.internet import reactor
import quorumha
quorumha.monotonic(reactor)
def step():
    global offset
    offset = float(steps.pop(0))
    reactor.callLater(0.01, after)
    later = reactor.callLater(1000, print, "early")
    later.reset(500)
def after():
    print("after")
    reactor.callLater(0.01, step if steps else reactor.stop)
reactor.callLater(0.01, step)
reactor.callLater(1000, print, "early")
reactor.run()
"""


class ReactorsTests(SynchronousTestCase):
    """Each of Twisted's reactors that serves here."""

    def stepped(self, reactor: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", STEPPED, reactor, "-3600", "3600"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LATE,
        )
        self.assertEqual((done.stdout, done.stderr), ("after\nafter\n", ""))

    def test_epoll(self) -> None:
        self.stepped("epollreactor")

    def test_poll(self) -> None:
        self.stepped("pollreactor")

    def test_select(self) -> None:
        self.stepped("selectreactor")

    def test_asyncio(self) -> None:
        self.stepped("asyncioreactor")
