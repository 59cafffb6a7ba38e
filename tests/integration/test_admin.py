"""The admin of a real process, over real sockets: who may change things, and who cannot harm it."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, ROOT, Child, free_ports
from quorumha.admin.live import UNREAD
from tests.endpoints.papers import NODE, Papers
from tests.integration.nodes import Node

TOKEN = "a-token-of-24-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
#: A pool of so many members has a status that fills the buffers of a socket soon.
MANY = 400


class UnixConnection(http.client.HTTPConnection):
    """One over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=LATE)
        self._path = path

    def connect(self) -> None:
        """Connect there."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LATE)
        self.sock.connect(self._path)


class AdminProcessCase(SynchronousTestCase):
    """A process with an admin, before one node of two."""

    #: Further lines of the configuration.
    more = ""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)
        self.listener, self.port, self.probes = free_ports(3)
        self.path = str(self.folder / "admin.sock")
        token = self.folder / "token"
        token.touch(mode=0o600)
        token.write_text(TOKEN)
        self.config = self.folder / "q.toml"
        self.config.write_text(self.toml(self.path, self.listener, self.port, self.probes))
        self.child = self.run_process(self.config)
        self.child.wait_listening(self.path)
        for port in (self.port, self.probes):
            self.child.wait_listening(("127.0.0.1", port))

    def toml(self, path: str, listener: int, port: int, probes: int) -> str:
        """The configuration."""
        return f"""{self.more}
[pools.nodes]
upstreams = [
  {{ endpoint = "tcp:127.0.0.1:{self.node.port}", name = "a" }},
  {{ endpoint = "tcp:127.0.0.1:1", name = "b" }},
]
check = "connect"

[listeners.rpc]
listen = "tcp:{listener}:interface=127.0.0.1"
serve = "http"
pool = "nodes"

[admin]
listen = ["unix:{path}:mode=660", "tcp:{port}:interface=127.0.0.1"]
probes = "tcp:{probes}:interface=127.0.0.1"
token_file = "{self.folder}/token"
"""

    def run_process(self, config: Path) -> Child:
        """One more, that ends with the test."""
        command = [sys.executable, "-m", "quorumha", "run", str(config)]
        child = Child(command, config.with_suffix(".log"), measured=True)
        self.addCleanup(child.kill)
        return child

    def ask(
        self,
        path: str,
        method: str = "GET",
        fields: dict[str, str] | None = None,
        *,
        port: int | None = None,
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Status and body; over the unix socket unless a port is named."""
        connection: http.client.HTTPConnection = UnixConnection(self.path)
        if port is not None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LATE)
        try:
            connection.request(method, path, body, fields or {})
            response = connection.getresponse()
            if response.getheader("Content-Type") == "text/event-stream":
                return response.status, b""
            return response.status, response.read()
        finally:
            connection.close()

    def document(self) -> Any:
        """The status of now."""
        return json.loads(self.ask("/api/v1/status")[1])

    def member(self, name: str) -> Any:
        """What is said of a member of C{nodes}."""
        pool = next(one for one in self.document()["pools"] if one["name"] == "nodes")
        return next(one for one in pool["members"] if one["name"] == name)

    def changeable(self) -> Any:
        """What of the status an operator changes."""
        found = self.document()
        enabled = [(one["name"], one["enabled"]) for pool in found["pools"] for one in pool["members"]]
        return found["draining"], found["reload"], found["config"], enabled


class AdminTests(AdminProcessCase):
    """One process."""

    def test_strangers(self) -> None:
        """A page of another origin, a rebound name, a form, and a scan without a token change nothing."""
        before = self.changeable()
        actions = [
            *(f"/api/v1/pools/nodes/upstreams/a/{word}?force=1" for word in ("disable", "drain", "enable")),
            *(f"/api/v1/{word}" for word in ("drain", "undrain", "reload")),
        ]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for path in actions:
            for fields in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                self.assertEqual(self.ask(path, "POST", BEARER | fields, port=self.port)[0], 403)
                self.assertEqual(self.ask(path, "POST", fields)[0], 403)
            rebound = {"Host": f"evil.example:{self.port}"}
            self.assertEqual(self.ask(path, "POST", BEARER | rebound, port=self.port)[0], 421)
            self.assertEqual(self.ask(path, "POST", form, port=self.port, body=b"force=1")[0], 401)
        reading = ["/", "/page.js", "/page.css", "/metrics", "/livez", "/readyz", "/startupz", "/nothing"]
        reading += [f"/api/v1/{name}" for name in ("status", "config", "events")]
        for port in (self.port, self.probes):
            for path in (*actions, *reading):
                for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                    status, _ = self.ask(path, method, port=port)
                    if method not in ("GET", "HEAD"):
                        self.assertIn(status, (401, 403, 404, 405), (port, method, path))
        self.assertEqual(self.changeable(), before)

    def test_who_may(self) -> None:
        """With the token over TCP, without it over the socket, whose mode says who opens it."""
        self.assertEqual(stat.S_IMODE(Path(self.path).stat().st_mode), 0o660)
        path = "/api/v1/pools/nodes/upstreams/b"
        status, body = self.ask(f"{path}/disable", "POST", BEARER, port=self.port)
        self.assertEqual((status, json.loads(body)["state"]), (200, "disabled"))
        self.assertEqual(self.member("b")["enabled_by"], "admin")
        self.assertEqual(self.ask(f"{path}/enable", "POST")[0], 200)
        self.assertEqual(self.member("b")["enabled_by"], "file")

    def test_reload(self) -> None:
        """What changed is said; what cannot be used is refused with its place."""
        text = self.config.read_text()
        self.config.write_text("stop_timeout = 3\n" + text)
        status, body = self.ask("/api/v1/reload", "POST")
        self.assertEqual((status, json.loads(body)["changes"]), (200, ["stop_timeout: 5s -> 3s"]))
        self.config.write_text("stop_timout = 3\n" + text)
        status, body = self.ask("/api/v1/reload", "POST", BEARER, port=self.port)
        self.assertEqual(status, 422)
        self.assertIn(f"{self.config}:1:1 stop_timout: unknown key", json.loads(body)["problems"][0])
        last = self.document()["reload"]
        self.assertEqual((last["taken"], last["refused"], last["last"]["taken"]), (1, 1, False))

    def test_cause(self) -> None:
        """Of a node that was just killed it names the cause within two seconds."""
        self.child.wait_until(lambda: self.member("a")["state"] == "up", "up")
        self.node.kill()
        killed = time.monotonic()
        self.child.wait_until(lambda: self.member("a")["state"] == "down", "down")
        self.assertLess(time.monotonic() - killed, 2.0)
        found = self.member("a")
        self.assertIn("refused", found["cause"])
        self.assertIn(found["cause"], self.config.with_suffix(".log").read_text())
        status, body = self.ask("/readyz?pool=nodes", port=self.probes)
        self.assertEqual((status, found["cause"] in body.decode()), (503, True))

    def test_taken(self) -> None:
        """A process does not start where a living one has the socket, and names it; that one lives on."""
        config = self.folder / "other.toml"
        config.write_text(self.toml(self.path, *free_ports(3)))
        other = self.run_process(config)
        self.assertEqual(other.popen.wait(LATE), 1)
        self.assertIn(f"another process listens there (its pid is {self.child.pid})", other.said())
        self.assertEqual(self.ask("/livez")[0], 200)

    def test_end(self) -> None:
        """Its socket file goes with it; one that was killed leaves no obstacle."""
        self.child.stop(signal.SIGTERM)
        self.assertFalse(Path(self.path).exists())
        again = self.run_process(self.config)
        again.wait_listening(self.path)
        again.kill()
        last = self.run_process(self.config)
        last.wait_until(lambda: self.listens(), "listening again")

    def listens(self) -> bool:
        """Whether somebody responds at the socket."""
        try:
            return self.ask("/livez")[0] == 200
        except OSError:
            return False

    def test_check(self) -> None:
        """C{quorumha check} names what is wrong with the table, at its place."""
        self.config.write_text(
            self.config.read_text().replace(f"tcp:{self.port}:interface=127.0.0.1", "tcp:0")
        )
        checked = subprocess.run(
            [sys.executable, "-m", "quorumha", "check", str(self.config)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LATE,
        )
        self.assertEqual(checked.returncode, 78)
        self.assertIn("admin.listen[1]: 'tcp:0' can be reached from other machines", checked.stderr)


class RemoteTests(AdminProcessCase):
    """An address that other machines reach."""

    def toml(self, path: str, listener: int, port: int, probes: int) -> str:
        """With TLS at all addresses of this machine."""
        papers = Papers(str(self.folder / "papers"))
        self.context = ssl.create_default_context(cafile=papers.ca)
        cert, key = papers.files("admin", NODE)
        text = super().toml(path, listener, port, probes)
        text = text.replace(f"tcp:{port}:interface=127.0.0.1", f"tcp:{port}")
        return f'{text}tls = {{ cert = "{cert}", key = "{key}" }}\n'

    def secure(self, path: str, method: str = "GET", fields: dict[str, str] | None = None) -> int:
        """The status."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=LATE, context=self.context)
        try:
            connection.request(method, path, headers=fields or {})
            return connection.getresponse().status
        finally:
            connection.close()

    def test_token(self) -> None:
        """Everything needs it but probes and metrics; the page's own origin is that of TLS."""
        self.child.wait_until(lambda: self.ask("/readyz")[0] == 200, "ready")
        for path in ("/livez", "/readyz", "/metrics"):
            self.assertEqual(self.secure(path), 200, path)
        for path in ("/", "/api/v1/status", "/api/v1/config", "/api/v1/events"):
            self.assertEqual(self.secure(path), 401, path)
            self.assertEqual(self.secure(path, fields=BEARER), 200, path)
        path = "/api/v1/pools/nodes/upstreams/b/enable"
        self.assertEqual(self.secure(path, "POST"), 401)
        for scheme, status in (("http", 403), ("https", 200)):
            origin = {"Origin": f"{scheme}://127.0.0.1:{self.port}"}
            self.assertEqual(self.secure(path, "POST", BEARER | origin), status)

    def test_plain(self) -> None:
        """Whoever speaks no TLS there gets nothing."""
        with socket.create_connection(("127.0.0.1", self.port), LATE) as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = b""
            with contextlib.suppress(ConnectionError):
                while data := client.recv(4096):
                    got += data
        self.assertNotIn(b"HTTP/", got)


class UnreadTests(AdminProcessCase):
    """Clients that do not read."""

    more = (
        '[pools.many]\ncheck = "off"\nupstreams = ['
        + ", ".join(
            f'{{ endpoint = "tcp:10.255.0.1:{port}", name = "m{port}" }}' for port in range(1, MANY + 1)
        )
        + ']\n[listeners.many]\nlisten = "unix:many.sock"\npool = "many"\n'
    )

    def toml(self, path: str, listener: int, port: int, probes: int) -> str:
        """With a socket for the many of this test's own."""
        return super().toml(path, listener, port, probes).replace("many.sock", f"{self.folder}/many.sock")

    def test_events(self) -> None:
        """Are dropped; one that reads gets every change, and requests are served as ever."""
        stuck = []
        for _ in range(5):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.connect(self.path)
            client.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            stuck.append(client)
        reader = UnixConnection(self.path)
        self.addCleanup(reader.close)
        reader.request("GET", "/api/v1/events")
        events = reader.getresponse()
        began = time.monotonic()
        states: list[str] = []
        while time.monotonic() - began < UNREAD + LATE:
            line = events.readline()
            if not line.startswith(b"data: "):
                continue
            many = next(one for one in json.loads(line[6:])["pools"] if one["name"] == "many")
            states.append(many["members"][0]["state"])
            word = "enable" if states[-1] == "disabled" else "disable"
            self.assertEqual(self.ask(f"/api/v1/pools/many/upstreams/m1/{word}", "POST")[0], 200)
            if all(map(ended, stuck)):
                break
        self.assertTrue(all(map(ended, stuck)), f"{len(states)} events")
        self.assertEqual(set(states[1:]), {"disabled", "up"})
        self.assertEqual(self.ask("/livez")[0], 200)


def ended(client: socket.socket) -> bool:
    """Whether the other side has ended a connection of which nothing was read."""
    pending = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    try:
        client.send(b"\r\n", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return pending != 0
