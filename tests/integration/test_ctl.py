"""The commands that ask a running process, before a real one; what drains, on real sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, free_port
from quorumha.ctl.admin_client import AdminClient, CannotAsk
from tests.integration.admin_server import AdminCase
from tests.integration.clients import Client, ask
from tests.integration.controlled import Controlled, of_stage
from tests.integration.stage import Stage, shared


class ClientTests(AdminCase):
    """L{AdminClient} on sockets."""

    def why_not(self, where: str, token: str | None = None) -> str:
        with self.assertRaises(CannotAsk) as caught:
            AdminClient(where, token).ask("GET", "/x", timeout=0.5)
        return str(caught.exception)

    def test_asks(self) -> None:
        """Words are carried, so is the token."""
        self.server.put("POST /x", {"a": 1})
        response = AdminClient(f"unix:{self.path}", "secret").ask("POST", "/x", [("a", "b c"), ("d", "&")])
        self.assertEqual((response.status, response.document), (200, {"a": 1}))
        self.assertEqual(
            (self.server.asked, self.server.tokens), (["POST /x?a=b+c&d=%26"], ["Bearer secret"])
        )

    def test_who_may_not(self) -> None:
        """A sentence of what to do."""
        self.server.put("GET /x", {"error": "no"}, 401)
        self.assertIn("it wants a token: give --token-file", self.why_not(self.path))
        self.assertIn("the token is wrong", self.why_not(self.path, "secret"))
        self.server.responses.clear()
        self.server.put("GET /x", {"error": "change it at the socket"}, 403)
        self.assertEqual(self.why_not(self.path), f"{self.path}: change it at the socket", "no token helps")
        self.server.responses.clear()
        self.server.put("GET /x", "", 421)
        self.assertIn("add this one to its `hosts`", self.why_not(self.path))

    def test_nobody(self) -> None:
        self.assertIn("there is no such socket", self.why_not(str(self.folder / "no.sock")))
        self.assertIn("nobody listens there", self.why_not(f"http://127.0.0.1:{free_port()}"))
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(self.folder / "dead.sock"))
        self.assertIn("nobody listens there", self.why_not(str(self.folder / "dead.sock")))

    def test_not_the_admin(self) -> None:
        """Somebody who says nothing, or something else."""
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(self.folder / "silent.sock"))
            silent.listen()
            self.assertIn("no response in 0.5 s", self.why_not(str(self.folder / "silent.sock")))
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            child = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "import socket; socket.socket(fileno=0).accept()[0].send(b'SSH-2.0\\r\\n')",
                ],
                stdin=other.fileno(),
            )
            self.addCleanup(child.wait, LATE)
            said = AdminClient(f"http://127.0.0.1:{other.getsockname()[1]}")
            with self.assertRaises(CannotAsk):
                said.ask("GET", "/x", timeout=LATE)

    def test_permission(self) -> None:
        """Said with who may."""
        if os.geteuid() == 0:
            self.skipTest("root may open every socket")
        os.chmod(self.path, 0)
        self.assertIn("you may not open it", self.why_not(self.path))


class SharedCase(SynchronousTestCase):
    """One process for all: each test finds it as it was started."""

    def setUp(self) -> None:
        self.process = of_stage(shared(of_stage))
        self.process.reset()

    @property
    def port(self) -> int:
        """Of its listener."""
        return self.process.port


class OwnCase(SynchronousTestCase):
    """A process for each test, that may end it.

    @cvar more: lines before the tables of its configuration.
    """

    more = ""

    def setUp(self) -> None:
        stage = Stage()
        self.addCleanup(stage.end)
        self.process = Controlled(stage, self.more)
        self.port = self.process.port


class StatusTests(SharedCase):
    """C{quorumha status}."""

    def test_a_member_that_was_killed(self) -> None:
        """Why it is down stands in the table; the process is ready all the same, its pool too."""
        self.process.nodes["a"].kill()
        self.process.wait_state("a", "down")
        status, out, err = self.process.ran("status")
        self.assertEqual((status, err), (0, ""))
        (line,) = [one for one in out.splitlines() if " down " in one]
        self.assertIn(str(self.process.state_of("a")["cause"]), line)
        self.assertEqual(self.process.ran_apart("status", "--check", "--pool", "p"), (0, "ready\n", ""))
        self.process.nodes["b"].kill()
        self.process.wait_state("b", "down")
        self.assertEqual(self.process.ran("status", "--check")[0], 0)
        status, out, err = self.process.ran("status", "--check", "--pool", "p")
        self.assertEqual((status, err, out.count("\n")), (1, "", 1))
        self.assertTrue(out.startswith("not ready: "), out)
        self.assertEqual(self.process.ran("status", "--check", "--pool", "q")[0], 3)

    def test_costs_little(self) -> None:
        """Less than 0.2 s of CPU, for a script that runs each second."""
        used = []
        for _ in range(3):
            before = os.times()
            self.assertEqual(self.process.ran_apart("status", "--check")[0], 0)
            after = os.times()
            used.append(after.children_user - before.children_user)
            used[-1] += after.children_system - before.children_system
        self.assertLess(min(used), 0.2, "whatever else the machine does")


class MemberTests(SharedCase):
    """Words for members."""

    def test_drain_waits(self) -> None:
        """It comes back when the request in flight has its response."""
        self.process.nodes["a"].script({"at": "request", "steps": [["wait", 0.5], ["answer"]]}, times=-1)
        self.process.nodes["b"].kill()
        self.process.wait_state("b", "down")
        with Client(self.port) as client:
            client.request("GET", "/slow")
            self.assertTrue(self.process.nodes["a"].wait(count=1))
            status, out, err = self.process.ran("drain", "p", "a", "--within", "5s", "--force", "--wait")
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.endswith("nothing is left\n"))
            self.assertEqual(client.answer().status, 200)


class ReloadTests(SharedCase):
    """C{quorumha reload}."""

    def test_taken_and_refused(self) -> None:
        """What changes is printed; a word gives way to a changed C{enabled}, which is said."""
        self.assertEqual(self.process.ran("reload"), (0, "nothing changed\n", ""))
        text = self.process.config.read_text()
        self.process.config.write_text(f"stop_timeout = 7\n{text}")
        status, out, _ = self.process.ran("reload", "--dry-run")
        self.assertEqual((status, "stop_timeout" in out), (0, True))
        self.assertEqual(self.process.ran("reload"), (0, out, ""))
        self.assertEqual(self.process.ran("disable", "p", "a")[0], 0)
        self.process.config.write_text(text.replace('name = "a" }', 'name = "a", enabled = false }'))
        status, out, _ = self.process.ran("reload")
        self.assertEqual(status, 0)
        self.assertIn("its operator's word, disabled, gives way", out)
        self.assertEqual(self.process.state_of("a")["enabled_by"], "file")
        self.process.config.write_text(f"x = 1\ny = 2\n{text}")
        status, out, err = self.process.ran_apart("reload")
        self.assertEqual((status, out, err.count("unknown key")), (78, "", 2))
        self.assertEqual(ask(self.port, "GET", "/").status, 200)


class DrainTests(SharedCase):
    """C{quorumha drain}: what newcomers, and those who are there, get on real sockets."""

    def refused(self, port: int) -> bool:
        with socket.socket() as newcomer:
            newcomer.settimeout(LATE)
            return newcomer.connect_ex(("127.0.0.1", port)) != 0

    def test_drain_and_undrain(self) -> None:
        with Client(self.port) as kept, Client(self.process.unix) as on_unix:
            self.assertIsNone(kept.ask("GET", "/").value("connection"))
            self.assertEqual(on_unix.ask("GET", "/").status, 200)
            self.assertEqual(self.process.ran("drain")[0], 0)
            self.assertEqual(self.process.ran("status", "--check")[0], 1)
            self.process.wait_said("takes no new clients; each response")
            self.assertTrue(self.refused(self.port), "at once, as if nobody listened")
            for client in (kept, on_unix):
                response = client.ask("GET", "/")
                self.assertEqual((response.status, response.value("connection")), (200, "close"))
            self.assertEqual(self.process.ran_apart("drain", "--wait")[0], 0)
            with Client(self.process.unix) as waiting:
                waiting.request("GET", "/")
                self.assertEqual(self.process.ran_apart("undrain"), (0, "takes clients\n", ""))
                self.assertEqual(waiting.answer().status, 200, "who waited is served")
        self.assertFalse(self.refused(self.port))
        self.assertIsNone(ask(self.port, "GET", "/").value("connection"))
        self.assertEqual(self.process.ran("status", "--check")[0], 0)

    def test_another_listener(self) -> None:
        """One that a reload brings takes nobody either, until the process is undrained."""
        self.process.ran("drain")
        self.process.wait_said("takes no new clients; each response")
        port = free_port()
        more = f'[listeners.m]\nlisten = "tcp:{port}:interface=127.0.0.1"\npool = "p"\n'
        self.process.config.write_text(self.process.config.read_text() + more)
        self.assertEqual(self.process.ran("reload")[0], 0)
        self.assertTrue(self.refused(port))
        self.process.ran("undrain")
        for one in (self.port, port):
            self.assertEqual(ask(one, "GET", "/").status, 200)

    def test_an_address_that_was_taken_meanwhile(self) -> None:
        """It is said; everything else takes clients again, and so does this one at the next undrain."""
        self.process.ran("drain")
        self.process.wait_said("takes no new clients; each response")
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", self.port))
            other.listen()
            self.assertEqual(self.process.ran("undrain")[0], 0)
            self.process.wait_said("l takes no clients, though the process is undrained")
            self.assertEqual(ask(self.process.unix, "GET", "/").status, 200)
            self.assertEqual(
                self.process.ran("status", "--check")[:2], (1, "not ready: listener l: does not listen\n")
            )
        self.process.ran("undrain")
        self.assertEqual(self.process.ran("status", "--check")[:2], (0, "ready\n"))
        self.assertEqual(ask(self.port, "GET", "/").status, 200)
        self.assertNotIn("Traceback", self.process.said())


class RestartTests(OwnCase):
    """What stays, and what does not hold a stop."""

    more = 'drain_delay = "300ms"\n'

    def test_kept_over_a_restart(self) -> None:
        """A disabled member gets nothing, over a restart too, until it is enabled; the last one is kept."""
        self.assertEqual(self.process.ran_apart("disable", "p", "a"), (0, "p: a is disabled\n", ""))
        self.assertEqual({ask(self.port, "GET", "/").value("x-node") for _ in range(4)}, {"b"})
        status, out, err = self.process.ran("disable", "p", "b")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("b is the only enabled member of p", err)
        status, _, err = self.process.ran("disable", "p", "c")
        self.assertEqual(status, 1)
        self.assertIn("no member of p is called 'c'", err)
        kept = self.process.state / "operator.json"
        self.process.child.wait_until(kept.exists, "kept")
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        self.process.child.stop()
        self.process.start()
        said = self.process.state_of("a")
        self.assertEqual((said["state"], said["enabled_by"]), ("disabled", "admin"))
        self.assertIn("disabled by admin", self.process.ran("status", "p")[1])
        self.assertEqual({ask(self.port, "GET", "/").value("x-node") for _ in range(4)}, {"b"})
        self.assertEqual(self.process.ran_apart("enable", "p", "a")[0], 0)
        self.assertEqual({ask(self.port, "GET", "/").value("x-node") for _ in range(4)}, {"a", "b"})

    def test_stop_while_it_is_drained(self) -> None:
        """It ends as ever, and removes what it has to."""
        self.process.ran("drain")
        self.process.wait_said("takes no new clients; each response")
        self.process.child.popen.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.child.popen.wait(LATE), 0)
        self.assertNotIn("Traceback", self.process.said())
        self.assertFalse(Path(self.process.unix).exists())


class StopTests(OwnCase):
    """SIGTERM with C{stop_delay}."""

    more = 'stop_delay = "120s"\n'

    def test_not_ready_first(self) -> None:
        """It serves, and says that it is not ready; SIGINT, as a second signal, ends it at once."""
        self.process.child.popen.send_signal(signal.SIGTERM)
        self.process.wait_said("stops after 120 s")
        status, out, _ = self.process.ran("status", "--check")
        self.assertEqual((status, out), (1, "not ready: the process drains\n"))
        self.assertEqual(ask(self.port, "GET", "/").status, 200)
        self.process.child.popen.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.child.popen.wait(LATE), -signal.SIGTERM)


class ShortStopTests(OwnCase):
    """The same, with a time that ends."""

    more = 'stop_delay = "300ms"\n'

    def test_ends(self) -> None:
        with Client(self.port) as client:
            self.assertEqual(client.ask("GET", "/").status, 200)
            self.process.child.popen.send_signal(signal.SIGTERM)
            self.assertEqual(self.process.child.popen.wait(LATE), 0)
        self.assertNotIn("Traceback", self.process.said())
