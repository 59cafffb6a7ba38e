"""Tests for L{quorumha.ctl.commands}: with an admin that responds as a test wants; real ones in
tests/integration/test_ctl.py."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any
from urllib.parse import urlencode

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.admin_client import AdminResponse, CannotAsk
from quorumha.ctl.arguments import parser_of
from quorumha.ctl.commands import Command, run_command
from tests.ctl.status_document import document, member


class Admin:
    """Responds with what was put there, the last for good.

    @ivar asked: each request.
    """

    where = "unix:/a"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._responses: list[AdminResponse] = []

    def put(self, body: object, status: int = 200) -> None:
        data = body if isinstance(body, str) else json.dumps(body)
        self._responses.append(AdminResponse(status, data.encode()))

    def ask(
        self, method: str, path: str, query: Iterable[tuple[str, str]] = (), *, timeout: float = 10.0
    ) -> AdminResponse:
        words = urlencode(list(query))
        self.asked.append(f"{method} {path}" + (f"?{words}" if words else ""))
        return self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]


class Enough(Exception):
    """A test has seen what it wants."""


class CommandsCase(SynchronousTestCase):
    """Runs commands."""

    def setUp(self) -> None:
        self.admin = Admin()
        self.waited: list[float] = []
        self.enough = 10

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        if len(self.waited) >= self.enough:
            raise Enough

    def ran(self, *words: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error."""
        out, err = StringIO(), StringIO()
        parser, admin = parser_of(words[0]), self.admin
        asked: Any = admin
        command = Command(parser.parse_args(words[1:]), parser, asked, {}, self._wait)
        with redirect_stdout(out), redirect_stderr(err):
            try:
                status = command.run(words[0])
            except Enough:
                status = -1
        return status, out.getvalue(), err.getvalue()


class StatusTests(CommandsCase):
    """C{quorumha status}."""

    def test_table(self) -> None:
        self.admin.put(document())
        status, out, err = self.ran("status")
        self.assertEqual((status, err, self.admin.asked), (0, "", ["GET /api/v1/status"]))
        self.assertIn("pool t: ", out)
        self.assertNotIn("\x1b", out, "it is no terminal")

    def test_json(self) -> None:
        self.admin.put(document())
        self.assertEqual(json.loads(self.ran("status", "--json")[1]), document())
        one = json.loads(self.ran("status", "--json", "q")[1])
        self.assertEqual([pool["name"] for pool in one["pools"]], ["q"])

    def test_one_pool(self) -> None:
        self.admin.put(document())
        self.assertTrue(self.ran("status", "q")[1].startswith("pool q: "))
        self.assertEqual(
            self.ran("status", "x"), (1, "", "quorumha: no pool is called 'x'; there are t, q\n")
        )
        long = document()
        long["pools"][0]["name"] = "tessera"
        self.admin = Admin()
        self.admin.put(long)
        self.assertIn("did you mean 'tessera'?", self.ran("status", "tesera")[2])

    def test_watch(self) -> None:
        """Each second anew; what cannot be asked for a while is asked again."""
        self.enough = 3
        self.admin.put(document())
        self.admin.put("<html>")
        self.admin.put(document(draining=True))
        _, out, _ = self.ran("status", "--watch")
        self.assertEqual(self.waited, [1.0] * 3)
        self.assertEqual(out.count("pool t: "), 2)
        self.assertIn("not the admin of quorumha", out)
        self.assertIn("DRAINING", out)

    def test_not_the_admin(self) -> None:
        self.admin.put("no", 500)
        with self.assertRaises(CannotAsk):
            self.ran("status")

    def test_another_document(self) -> None:
        """Of another version, or of somebody else: its keys are unknown."""
        for found in ({}, {"version": 2, "pools": 7}, {"pools": [1]}):
            for words in (("status",), ("status", "--json"), ("drain", "t", "a", "--wait")):
                self.admin = Admin()
                self.admin.put(found)
                with self.assertRaises(CannotAsk):
                    self.ran(*words)

    def test_letters_that_a_terminal_has_not(self) -> None:
        """They are written out."""
        self.admin.put(document(member("n\u00f6de")))
        parser, asked = parser_of("status"), self.admin
        admin: Any = asked
        written = TextIOWrapper(BytesIO(), encoding="ascii")
        with redirect_stdout(written):
            self.assertEqual(Command(parser.parse_args([]), parser, admin, {}, self._wait).run("status"), 0)
        data: Any = written.buffer
        self.assertIn(b"n\\xf6de", data.getvalue())


class CheckTests(CommandsCase):
    """C{quorumha status --check}: one line, and a status."""

    def test_ready(self) -> None:
        self.admin.put("ready\n")
        self.assertEqual(self.ran("status", "--check"), (0, "ready\n", ""))
        self.assertEqual(self.ran("status", "--check", "--pool", "a b", "--pool", "c"), (0, "ready\n", ""))
        self.assertEqual(self.admin.asked, ["GET /readyz", "GET /readyz?pool=a+b&pool=c"])

    def test_not_ready(self) -> None:
        self.admin.put("it drains\nl does not listen\x1b\n", 503)
        self.assertEqual(
            self.ran("status", "--check"), (1, "not ready: it drains; l does not listen\\x1b\n", "")
        )

    def test_drop_by_drop(self) -> None:
        """Whoever responds without an end is given up in time."""
        admin = self.admin

        class Endless(Admin):
            def ask(self, *words: Any, **how: Any) -> AdminResponse:
                signal.raise_signal(signal.SIGALRM)
                return admin.ask(*words, **how)

        admin.put("ready\n")
        self.admin = Endless()
        with self.assertRaises(CannotAsk):
            self.ran("status", "--check")

    def test_somebody_else(self) -> None:
        """Who says yes to everything is not ready."""
        self.admin.put("<html>fine</html>")
        with self.assertRaises(CannotAsk):
            self.ran("status", "--check")

    def test_cannot_ask(self) -> None:
        self.admin.put({"error": "no pool is called 'x'"}, 404)
        with self.assertRaises(CannotAsk) as caught:
            self.ran("status", "--check", "--pool", "x")
        self.assertEqual(str(caught.exception), "unix:/a: no pool is called 'x'")


class ReloadTests(CommandsCase):
    """C{quorumha reload}."""

    def test_taken(self) -> None:
        self.admin.put({"taken": True, "changes": ["a: 1 -> 2", "b\x1b"], "problems": []})
        self.assertEqual(self.ran("reload"), (0, "a: 1 -> 2\nb\\x1b\n", ""))
        self.assertEqual(self.ran("reload", "--dry-run")[0], 0)
        self.assertEqual(self.admin.asked, ["POST /api/v1/reload", "POST /api/v1/reload?dry_run=1"])

    def test_nothing(self) -> None:
        self.admin.put({"taken": True, "changes": []})
        self.assertEqual(self.ran("reload")[1], "nothing changed\n")
        self.assertEqual(self.ran("reload", "--dry-run")[1], "nothing would change\n")

    def test_refused(self) -> None:
        """Every problem, and the status of a configuration that cannot be used."""
        self.admin.put({"taken": False, "problems": ["q.toml:1:1: x", "q.toml:2:1: y"]}, 422)
        self.assertEqual(self.ran("reload"), (78, "", "q.toml:1:1: x\nq.toml:2:1: y\n"))

    def test_lines_of_a_problem(self) -> None:
        """The file's line stands below its place, as C{check} prints it; nothing moves the cursor."""
        self.admin.put({"taken": False, "problems": ["q.toml:1:3: x\n    a\x1b = 1\n      ^"]}, 422)
        self.assertEqual(self.ran("reload"), (78, "", "q.toml:1:3: x\n    a\\x1b = 1\n      ^\n"))

    def test_not_taken_but_why(self) -> None:
        self.admin.put({"error": "it stops"}, 409)
        self.assertEqual(self.ran("reload"), (1, "", "quorumha: it stops\n"))


class MemberTests(CommandsCase):
    """C{disable}, C{enable} and C{drain} of a member."""

    def test_done(self) -> None:
        """Names are carried whatever they hold; what is left is said."""
        self.admin.put({"pool": "t", "upstream": "a/b:1", "state": "disabled", "left": 3})
        status, out, err = self.ran("disable", "t", "a/b:1")
        self.assertEqual(
            (status, out, err), (0, "t: a/b:1 is disabled; 3 requests and connections are left\n", "")
        )
        self.ran("disable", "t", "a", "--force")
        self.assertEqual(self.ran("enable", "t", "a")[1], "t: a is disabled\n")
        self.ran("drain", "t", "a", "--within", "5s", "--force")
        self.assertEqual(
            self.admin.asked,
            [
                "POST /api/v1/pools/t/upstreams/a%2Fb%3A1/disable",
                "POST /api/v1/pools/t/upstreams/a/disable?force=1",
                "POST /api/v1/pools/t/upstreams/a/enable",
                "POST /api/v1/pools/t/upstreams/a/drain?within=5s&force=1",
            ],
        )

    def test_refused(self) -> None:
        for status in (400, 404, 409):
            self.admin = Admin()
            self.admin.put({"error": "no\x1b"}, status)
            for words in (("disable", "t", "a"), ("enable", "t", "a"), ("drain", "t", "a", "--wait")):
                self.assertEqual(self.ran(*words), (1, "", "quorumha: no\\x1b\n"))

    def test_waits(self) -> None:
        self.admin.put({"state": "draining", "left": 2})
        for left in (2, 2, 1, 0):
            self.admin.put(document(member("a", "draining", enabled=False, in_flight=left)))
        status, out, _ = self.ran("drain", "t", "a", "--wait")
        self.assertEqual((status, self.waited), (0, [1.0] * 3))
        self.assertEqual(out.splitlines()[1:], ["2 left", "1 left", "nothing is left"])

    def test_enabled_meanwhile(self) -> None:
        self.admin.put({"state": "draining", "left": 2})
        self.admin.put(document(member("a", in_flight=2)))
        self.assertEqual(self.ran("drain", "t", "a", "--wait")[0], 1)

    def test_a_word_that_is_no_text(self) -> None:
        """Goes as the bytes that it is: the admin knows that it has no such name."""
        self.admin.put({"error": "no pool is called so"}, 404)
        self.assertEqual(self.ran("disable", "\udcff", "a/b")[0], 1)
        self.assertEqual(self.admin.asked, ["POST /api/v1/pools/%FF/upstreams/a%2Fb/disable"])

    def test_what_the_admin_cannot(self) -> None:
        self.admin.put("oh", 500)
        with self.assertRaises(CannotAsk):
            self.ran("disable", "t", "a")


class DrainTests(CommandsCase):
    """C{drain} and C{undrain} of the process."""

    NEWCOMERS = "newcomers are taken until drain_delay is over"

    def test_done(self) -> None:
        self.admin.put({})
        self.assertEqual(self.ran("drain")[0], 0)
        self.assertEqual(self.ran("undrain"), (0, "takes clients\n", ""))
        self.assertEqual(self.admin.asked, ["POST /api/v1/drain", "POST /api/v1/undrain"])

    def test_refused(self) -> None:
        self.admin.put({"error": "it stops already"}, 409)
        self.assertEqual(self.ran("undrain"), (1, "", "quorumha: it stops already\n"))
        self.assertEqual(self.ran("drain", "--wait")[0], 1)

    def test_waits(self) -> None:
        """As long as newcomers are taken, too."""
        self.admin.put({})
        empty = document(draining=True, listeners=[{"name": "rpc", "open": 0}])
        self.admin.put({**empty, "drained": False})
        self.admin.put(document(draining=True, drained=True))
        self.admin.put({**empty, "drained": True})
        status, out, _ = self.ran("drain", "--wait")
        self.assertEqual((status, self.waited), (0, [1.0] * 2))
        self.assertEqual(out.splitlines()[1:], [self.NEWCOMERS, "3 left", "nothing is left"])

    def test_somebody_else(self) -> None:
        """Has drained nothing."""
        self.admin.put("<html>fine</html>")
        for word in ("drain", "undrain"):
            with self.assertRaises(CannotAsk):
                self.ran(word)

    def test_undrained_meanwhile(self) -> None:
        self.admin.put({})
        self.admin.put(document())
        self.assertEqual(self.ran("drain", "--wait")[0], 1)


class RunTests(SynchronousTestCase):
    """L{run_command}: what it is told, and what cannot be."""

    def ran(self, *words: str, **environ: str) -> tuple[int, str]:
        err = StringIO()
        with redirect_stderr(err):
            return run_command(words, environ), err.getvalue()

    def test_no_token(self) -> None:
        status, err = self.ran("status", "--token-file", "/nowhere/token")
        self.assertEqual((status, "/nowhere/token cannot be read" in err), (3, True))

    def test_which_admin(self) -> None:
        """The option, the variable, the usual place."""
        for words, environ, where in (
            (("status", "--admin", "unix:/nowhere/1"), {"QUORUMHA_ADMIN": "unix:/nowhere/2"}, "/nowhere/1"),
            (("status", "--check"), {"QUORUMHA_ADMIN": "/nowhere/2"}, "/nowhere/2"),
        ):
            status, err = self.ran(*words, **environ)
            self.assertEqual(status, 3)
            self.assertTrue(err.startswith(f"quorumha: {where}: there is no such socket"), err)
