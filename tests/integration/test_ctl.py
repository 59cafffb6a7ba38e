"""The commands that ask a running process, before a real one; what drains, on real sockets."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, Child, free_port
from quorumha.ctl.admin_client import AdminClient, CannotAsk
from quorumha.ctl.commands import run_command
from tests.integration.admin_server import AdminCase
from tests.integration.clients import Client, ask
from tests.integration.nodes import Node


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


class ProcessCase(SynchronousTestCase):
    """A proxy with an admin at a unix socket, before two nodes."""

    more = ""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.nodes = {name: Node(name, self.folder) for name in "ab"}
        for node in self.nodes.values():
            self.addCleanup(node.kill)
        self.port, self.admin = free_port(), str(self.folder / "admin.sock")
        self.unix = str(self.folder / "l.sock")
        self.state = self.folder / "state"
        self.config = self.folder / "quorumha.toml"
        members = ", ".join(
            f'{{ endpoint = "http://127.0.0.1:{node.port}", name = "{name}" }}'
            for name, node in self.nodes.items()
        )
        self.config.write_text(
            f'{self.more}state_directory = "{self.state}"\n[admin]\nlisten = "unix:{self.admin}"\n'
            f'[pools.p]\nupstreams = [{members}]\ncheck = {{ kind = "connect", interval = "100ms" }}\n'
            f'[listeners.l]\nlisten = "tcp:{self.port}:interface=127.0.0.1"\npool = "p"\n'
            f'[listeners.u]\nlisten = "unix:{self.unix}"\npool = "p"\n'
        )
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "quorumha", "run", str(self.config)]
        self.child = Child(command, self.folder / "log", measured=True)
        self.addCleanup(self.child.kill)
        self.child.wait_listening(self.admin)
        self.child.wait_until(lambda: self.ran("status", "--check")[0] == 0, "ready")

    def ran(self, *words: str) -> tuple[int, str, str]:
        """A command, run here: its status, and what it says.

        A process of its own takes half a second of CPU; each command is run so once, by L{ran_apart}.
        """
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_command([*words, "--admin", f"unix:{self.admin}"])
        return status, out.getvalue(), err.getvalue()

    def ran_apart(self, *words: str) -> tuple[int, str, str]:
        """The same as a process, as a shell starts it; not measured by coverage, which costs more than it."""
        environ = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
        done = subprocess.run(
            [sys.executable, "-m", "quorumha", *words, "--admin", f"unix:{self.admin}"],
            capture_output=True,
            text=True,
            timeout=LATE,
            env={**environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def state_of(self, member: str) -> dict[str, object]:
        """What is said of a member."""
        (pool,) = json.loads(self.ran("status", "--json")[1])["pools"]
        found: dict[str, object] = next(one for one in pool["members"] if one["name"] == member)
        return found


class StatusTests(ProcessCase):
    """C{quorumha status}."""

    def test_a_member_that_was_killed(self) -> None:
        """Why it is down stands in the table; the process is ready all the same, its pool too."""
        self.nodes["a"].kill()
        self.child.wait_until(lambda: self.state_of("a")["state"] == "down", "seen")
        status, out, err = self.ran("status")
        self.assertEqual((status, err), (0, ""))
        (line,) = [one for one in out.splitlines() if " down " in one]
        self.assertIn(str(self.state_of("a")["cause"]), line)
        self.assertEqual(self.ran_apart("status", "--check", "--pool", "p"), (0, "ready\n", ""))
        self.nodes["b"].kill()
        self.child.wait_until(lambda: self.state_of("b")["state"] == "down", "seen")
        self.assertEqual(self.ran("status", "--check")[0], 0)
        status, out, err = self.ran("status", "--check", "--pool", "p")
        self.assertEqual((status, err, out.count("\n")), (1, "", 1))
        self.assertTrue(out.startswith("not ready: "), out)
        self.assertEqual(self.ran("status", "--check", "--pool", "q")[0], 3)

    def test_costs_little(self) -> None:
        """Less than 0.2 s of CPU, for a script that runs each second."""
        used = []
        for _ in range(3):
            before = os.times()
            self.assertEqual(self.ran_apart("status", "--check")[0], 0)
            after = os.times()
            used.append(after.children_user - before.children_user)
            used[-1] += after.children_system - before.children_system
        self.assertLess(min(used), 0.2, "whatever else the machine does")


class MemberTests(ProcessCase):
    """Words for members."""

    def test_kept_over_a_restart(self) -> None:
        """A disabled member gets nothing, over a restart too, until it is enabled; the last one is kept."""
        self.assertEqual(self.ran_apart("disable", "p", "a"), (0, "p: a is disabled\n", ""))
        self.assertEqual({ask(self.port, "GET", "/").value("x-node") for _ in range(4)}, {"b"})
        status, out, err = self.ran("disable", "p", "b")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("b is the only enabled member of p", err)
        status, _, err = self.ran("disable", "p", "c")
        self.assertEqual(status, 1)
        self.assertIn("no member of p is called 'c'", err)
        kept = self.state / "operator.json"
        self.child.wait_until(kept.exists, "kept")
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        self.child.stop()
        self.start()
        said = self.state_of("a")
        self.assertEqual((said["state"], said["enabled_by"]), ("disabled", "admin"))
        self.assertIn("disabled by admin", self.ran("status", "p")[1])
        self.assertEqual({ask(self.port, "GET", "/").value("x-node") for _ in range(4)}, {"b"})
        self.assertEqual(self.ran_apart("enable", "p", "a")[0], 0)
        self.assertEqual({ask(self.port, "GET", "/").value("x-node") for _ in range(4)}, {"a", "b"})

    def test_drain_waits(self) -> None:
        """It comes back when the request in flight has its response."""
        self.nodes["a"].script({"at": "request", "steps": [["wait", 0.5], ["answer"]]}, times=-1)
        self.nodes["b"].kill()
        self.child.wait_until(lambda: self.state_of("b")["state"] == "down", "seen")
        with Client(self.port) as client:
            client.request("GET", "/slow")
            self.assertTrue(self.nodes["a"].wait(count=1))
            status, out, err = self.ran("drain", "p", "a", "--within", "5s", "--force", "--wait")
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.endswith("nothing is left\n"))
            self.assertEqual(client.answer().status, 200)


class ReloadTests(ProcessCase):
    """C{quorumha reload}."""

    def test_taken_and_refused(self) -> None:
        """What changes is printed; a word gives way to a changed C{enabled}, which is said."""
        self.assertEqual(self.ran("reload"), (0, "nothing changed\n", ""))
        text = self.config.read_text()
        self.config.write_text(f"stop_timeout = 7\n{text}")
        status, out, _ = self.ran("reload", "--dry-run")
        self.assertEqual((status, "stop_timeout" in out), (0, True))
        self.assertEqual(self.ran("reload"), (0, out, ""))
        self.assertEqual(self.ran("disable", "p", "a")[0], 0)
        self.config.write_text(text.replace('name = "a" }', 'name = "a", enabled = false }'))
        status, out, _ = self.ran("reload")
        self.assertEqual(status, 0)
        self.assertIn("its operator's word, disabled, gives way", out)
        self.assertEqual(self.state_of("a")["enabled_by"], "file")
        self.config.write_text(f"x = 1\ny = 2\n{text}")
        status, out, err = self.ran_apart("reload")
        self.assertEqual((status, out, err.count("unknown key")), (78, "", 2))
        self.assertEqual(ask(self.port, "GET", "/").status, 200)


class DrainTests(ProcessCase):
    """C{quorumha drain}: what newcomers, and those who are there, get on real sockets."""

    more = 'drain_delay = "300ms"\n'

    def refused(self) -> bool:
        with socket.socket() as newcomer:
            newcomer.settimeout(LATE)
            return newcomer.connect_ex(("127.0.0.1", self.port)) != 0

    def test_drain_and_undrain(self) -> None:
        with Client(self.port) as kept, Client(self.unix) as on_unix:
            self.assertIsNone(kept.ask("GET", "/").value("connection"))
            self.assertEqual(on_unix.ask("GET", "/").status, 200)
            self.assertEqual(self.ran("drain")[0], 0)
            self.assertEqual(self.ran("status", "--check")[0], 1)
            self.child.wait_said("takes no new clients; each response")
            self.assertTrue(self.refused(), "at once, as if nobody listened")
            for client in (kept, on_unix):
                response = client.ask("GET", "/")
                self.assertEqual((response.status, response.value("connection")), (200, "close"))
            self.assertEqual(self.ran_apart("drain", "--wait")[0], 0)
            with Client(self.unix) as waiting:
                waiting.request("GET", "/")
                self.assertEqual(self.ran_apart("undrain"), (0, "takes clients\n", ""))
                self.assertEqual(waiting.answer().status, 200, "who waited is served")
        self.assertFalse(self.refused())
        self.assertIsNone(ask(self.port, "GET", "/").value("connection"))
        self.assertEqual(self.ran("status", "--check")[0], 0)

    def test_another_listener(self) -> None:
        """One that a reload brings takes nobody either, until the process is undrained."""
        self.ran("drain")
        self.child.wait_said("takes no new clients; each response")
        port, self.port = self.port, free_port()
        more = f'[listeners.m]\nlisten = "tcp:{self.port}:interface=127.0.0.1"\npool = "p"\n'
        self.config.write_text(self.config.read_text() + more)
        self.assertEqual(self.ran("reload")[0], 0)
        self.assertTrue(self.refused())
        self.ran("undrain")
        for one in (port, self.port):
            self.assertEqual(ask(one, "GET", "/").status, 200)

    def test_stop_while_it_is_drained(self) -> None:
        """It ends as ever, and removes what it has to."""
        self.ran("drain")
        self.child.wait_said("takes no new clients; each response")
        self.child.popen.send_signal(signal.SIGTERM)
        self.assertEqual(self.child.popen.wait(LATE), 0)
        self.assertNotIn("Traceback", self.child.said())
        self.assertFalse(Path(self.unix).exists())

    def test_an_address_that_was_taken_meanwhile(self) -> None:
        """It is said; everything else takes clients again, and so does this one at the next undrain."""
        self.ran("drain")
        self.child.wait_said("takes no new clients; each response")
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", self.port))
            other.listen()
            self.assertEqual(self.ran("undrain")[0], 0)
            self.child.wait_said("l takes no clients, though the process is undrained")
            self.assertEqual(ask(self.unix, "GET", "/").status, 200)
            self.assertEqual(
                self.ran("status", "--check")[:2], (1, "not ready: listener l: does not listen\n")
            )
        self.ran("undrain")
        self.assertEqual(self.ran("status", "--check")[:2], (0, "ready\n"))
        self.assertEqual(ask(self.port, "GET", "/").status, 200)
        self.assertNotIn("Traceback", self.child.said())


class StopTests(ProcessCase):
    """SIGTERM with C{stop_delay}."""

    more = 'stop_delay = "120s"\n'

    def test_not_ready_first(self) -> None:
        """It serves, and says that it is not ready; SIGINT, as a second signal, ends it at once."""
        self.child.popen.send_signal(signal.SIGTERM)
        self.child.wait_said("stops after 120 s")
        status, out, _ = self.ran("status", "--check")
        self.assertEqual((status, out), (1, "not ready: the process drains\n"))
        self.assertEqual(ask(self.port, "GET", "/").status, 200)
        self.child.popen.send_signal(signal.SIGTERM)
        self.assertEqual(self.child.popen.wait(LATE), -signal.SIGTERM)


class ShortStopTests(ProcessCase):
    """The same, with a time that ends."""

    more = 'stop_delay = "300ms"\n'

    def test_ends(self) -> None:
        with Client(self.port) as client:
            self.assertEqual(client.ask("GET", "/").status, 200)
            self.child.popen.send_signal(signal.SIGTERM)
            self.assertEqual(self.child.popen.wait(LATE), 0)
        self.assertNotIn("Traceback", self.child.said())
