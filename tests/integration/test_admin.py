"""The admin of a real process, over real sockets: who may change things, and who cannot harm it."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, ROOT, free_ports
from quorumha.admin.live import UNREAD
from tests.endpoints.papers import NODE, Papers
from tests.integration.admin_process import BEARER, AdminProcess, UnixConnection
from tests.integration.stage import Stage, shared

#: A pool of so many members has a status that fills the buffers of a socket soon.
MANY = 400


@functools.cache
def plain(stage: Stage) -> AdminProcess:
    """As it is."""
    return AdminProcess(stage)


@functools.cache
def reachable(stage: Stage) -> AdminProcess:
    """With TLS at all addresses of this machine."""
    cert, key = Papers(str(stage.directory / "papers")).files("admin", NODE)
    return AdminProcess(stage, last=f'tls = {{ cert = "{cert}", key = "{key}" }}\n', interface="")


@functools.cache
def with_many(stage: Stage) -> AdminProcess:
    """With a pool of many members."""
    members = ", ".join(
        f'{{ endpoint = "tcp:10.255.0.1:{port}", name = "m{port}" }}' for port in range(1, MANY + 1)
    )
    first = (
        f'[pools.many]\ncheck = "off"\nupstreams = [{members}]\n'
        f'[listeners.many]\nlisten = "unix:{stage.directory}/many.sock"\npool = "many"\n'
    )
    return AdminProcess(stage, first)


class AdminCase(SynchronousTestCase):
    """One process for all, which each test finds as it was started.

    @cvar builder: starts it; given as a one-tuple, so that it is not taken for a method.
    """

    builder: ClassVar[tuple[Callable[[Stage], AdminProcess]]] = (plain,)

    def setUp(self) -> None:
        (builder,) = self.builder
        self.process = builder(shared(builder))
        self.process.reset()


class AdminTests(AdminCase):
    """Who may ask, and what is said."""

    def test_strangers(self) -> None:
        """A page of another origin, a rebound name, a form, and a scan without a token change nothing."""
        before = self.process.changeable()
        actions = [
            *(f"/api/v1/pools/nodes/upstreams/a/{word}?force=1" for word in ("disable", "drain", "enable")),
            *(f"/api/v1/{word}" for word in ("drain", "undrain", "reload")),
        ]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for path in actions:
            for fields in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                self.assertEqual(
                    self.process.ask(path, "POST", BEARER | fields, port=self.process.port)[0], 403
                )
                self.assertEqual(self.process.ask(path, "POST", fields)[0], 403)
            rebound = {"Host": f"evil.example:{self.process.port}"}
            self.assertEqual(self.process.ask(path, "POST", BEARER | rebound, port=self.process.port)[0], 421)
            self.assertEqual(
                self.process.ask(path, "POST", form, port=self.process.port, body=b"force=1")[0], 401
            )
        reading = ["/", "/page.js", "/page.css", "/metrics", "/livez", "/readyz", "/startupz", "/nothing"]
        reading += [f"/api/v1/{name}" for name in ("status", "config", "events")]
        for port in (self.process.port, self.process.probes):
            for path in (*actions, *reading):
                for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                    status, _ = self.process.ask(path, method, port=port)
                    if method not in ("GET", "HEAD"):
                        self.assertIn(status, (401, 403, 404, 405), (port, method, path))
        self.assertEqual(self.process.changeable(), before)

    def test_who_may(self) -> None:
        """With the token over TCP, without it over the socket, whose mode says who opens it."""
        self.assertEqual(stat.S_IMODE(Path(self.process.path).stat().st_mode), 0o660)
        path = "/api/v1/pools/nodes/upstreams/b"
        status, body = self.process.ask(f"{path}/disable", "POST", BEARER, port=self.process.port)
        self.assertEqual((status, json.loads(body)["state"]), (200, "disabled"))
        self.assertEqual(self.process.member("b")["enabled_by"], "admin")
        self.assertEqual(self.process.ask(f"{path}/enable", "POST")[0], 200)
        self.assertEqual(self.process.member("b")["enabled_by"], "file")

    def test_reload(self) -> None:
        """What changed is said; what cannot be used is refused with its place."""
        text, before = self.process.text, self.process.document()["reload"]
        self.process.config.write_text("stop_timeout = 3\n" + text)
        status, body = self.process.ask("/api/v1/reload", "POST")
        self.assertEqual((status, json.loads(body)["changes"]), (200, ["stop_timeout: 5s -> 3s"]))
        self.process.config.write_text("stop_timout = 3\n" + text)
        status, body = self.process.ask("/api/v1/reload", "POST", BEARER, port=self.process.port)
        self.assertEqual(status, 422)
        self.assertIn(f"{self.process.config}:1:1 stop_timout: unknown key", json.loads(body)["problems"][0])
        last = self.process.document()["reload"]
        self.assertEqual((last["taken"] - before["taken"], last["refused"] - before["refused"]), (1, 1))
        self.assertFalse(last["last"]["taken"])

    def test_cause(self) -> None:
        """Of a node that was killed it names the cause; how soon by its clock, tests.health says."""
        self.process.node.kill()
        self.process.child.wait_until(lambda: self.process.member("a")["state"] == "down", "down")
        found = self.process.member("a")
        self.assertIn("refused", found["cause"])
        self.assertIn(found["cause"], self.process.config.with_suffix(".log").read_text())
        status, body = self.process.ask("/readyz?pool=nodes", port=self.process.probes)
        self.assertEqual((status, found["cause"] in body.decode()), (503, True))

    def test_taken(self) -> None:
        """A process does not start where a living one has the socket, and names it; that one lives on."""
        config = self.process.folder / "other.toml"
        config.write_text(self.process.toml(*free_ports(3)))
        other = self.process.run(config)
        self.assertEqual(other.popen.wait(LATE), 1)
        self.assertIn(f"another process listens there (its pid is {self.process.child.pid})", other.said())
        self.assertEqual(self.process.ask("/livez")[0], 200)

    def test_check(self) -> None:
        """C{quorumha check} names what is wrong with the table, at its place."""
        self.process.config.write_text(
            self.process.config.read_text().replace(f"tcp:{self.process.port}:interface=127.0.0.1", "tcp:0")
        )
        checked = subprocess.run(
            [sys.executable, "-m", "quorumha", "check", str(self.process.config)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LATE,
        )
        self.assertEqual(checked.returncode, 78)
        self.assertIn("admin.listen[1]: 'tcp:0' can be reached from other machines", checked.stderr)


class EndTests(SynchronousTestCase):
    """A process that ends."""

    def setUp(self) -> None:
        stage = Stage()
        self.addCleanup(stage.end)
        self.process = AdminProcess(stage)

    def test_end(self) -> None:
        """Its socket file goes with it; one that was killed leaves no obstacle."""
        self.process.child.stop(signal.SIGTERM)
        self.assertFalse(Path(self.process.path).exists())
        again = self.process.run(self.process.config)
        again.wait_listening(self.process.path)
        again.kill()
        last = self.process.run(self.process.config)
        last.wait_until(self.process.responds, "listening again")


class RemoteTests(AdminCase):
    """An address that other machines reach."""

    builder = (reachable,)

    def secure(self, path: str, method: str = "GET", fields: dict[str, str] | None = None) -> int:
        """The status."""
        context = ssl.create_default_context(cafile=self.process.folder / "papers" / "ca.pem")
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.process.port, timeout=LATE, context=context
        )
        try:
            connection.request(method, path, headers=fields or {})
            return connection.getresponse().status
        finally:
            connection.close()

    def test_token(self) -> None:
        """Everything needs it but probes and metrics; the page's own origin is that of TLS."""
        self.process.child.wait_until(lambda: self.process.ask("/readyz")[0] == 200, "ready")
        for path in ("/livez", "/readyz", "/metrics"):
            self.assertEqual(self.secure(path), 200, path)
        for path in ("/", "/api/v1/status", "/api/v1/config", "/api/v1/events"):
            self.assertEqual(self.secure(path), 401, path)
            self.assertEqual(self.secure(path, fields=BEARER), 200, path)
        path = "/api/v1/pools/nodes/upstreams/b/enable"
        self.assertEqual(self.secure(path, "POST"), 401)
        for scheme, status in (("http", 403), ("https", 200)):
            origin = {"Origin": f"{scheme}://127.0.0.1:{self.process.port}"}
            self.assertEqual(self.secure(path, "POST", BEARER | origin), status)

    def test_plain(self) -> None:
        """Whoever speaks no TLS there gets nothing."""
        with socket.create_connection(("127.0.0.1", self.process.port), LATE) as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = b""
            with contextlib.suppress(ConnectionError):
                while data := client.recv(4096):
                    got += data
        self.assertNotIn(b"HTTP/", got)


class UnreadTests(AdminCase):
    """Clients that do not read."""

    builder = (with_many,)

    def test_events(self) -> None:
        """Are dropped; one that reads gets every change, and requests are served as ever."""
        stuck = []
        for _ in range(5):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.connect(self.process.path)
            client.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            stuck.append(client)
        reader = UnixConnection(self.process.path)
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
            self.assertEqual(self.process.ask(f"/api/v1/pools/many/upstreams/m1/{word}", "POST")[0], 200)
            if all(map(ended, stuck)):
                break
        self.assertTrue(all(map(ended, stuck)), f"{len(states)} events")
        self.assertEqual(set(states[1:]), {"disabled", "up"})
        self.assertEqual(self.process.ask("/livez")[0], 200)


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
