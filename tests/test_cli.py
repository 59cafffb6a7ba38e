"""Tests for L{quorumha.cli}: the C{quorumha} command."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.version import installed_version
from quorumha.cli import check, main, run_service
from quorumha.errors import ListenError
from tests.documents import STARTING_EXAMPLE


class CommandTests(SynchronousTestCase):
    """Command lines that end by themselves."""

    def ran(self, *arguments: str) -> tuple[object, str, str]:
        """Exit status, standard output and standard error."""
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), self.assertRaises(SystemExit) as caught:
            main(arguments)
        return caught.exception.code or 0, out.getvalue(), err.getvalue()

    @property
    def example(self) -> str:
        """The documentation's, with a folder for its socket that is there."""
        folder = tempfile.mkdtemp(prefix="quorumha-test-")
        self.addCleanup(os.rmdir, folder)
        return STARTING_EXAMPLE.replace("/var/lib/quorum/", f"{folder}/")

    def file(self, text: str) -> str:
        """A file with this text."""
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

    def test_check_good(self) -> None:
        """A summary on standard output, warnings with it."""
        path = self.file(self.example + '[pools.spare]\nupstreams = ["tcp:h:1"]\n')
        status, out, err = self.ran("check", path)
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith(f"{path}: ok\n"))
        self.assertIn("-> quorum: 10.0.0.21:22000, 10.0.0.22:22000 (backup)\n", out)
        self.assertIn("warning: ", out)
        self.assertIn("pools.spare: no listener uses this pool", out)

    def test_check_cannot_see_systemds_sockets(self) -> None:
        """It is no mistake outside of systemd, as before a start; but it is said."""
        path = self.file(
            '[pools.p]\nupstreams = ["tcp:127.0.0.1:1"]\n[listeners.rpc]\nserve = "tcp"\npool = "p"\n'
            'listen = "systemd:domain=INET:name=rpc"\n'
        )
        status, out, _ = self.ran("check", path)
        self.assertEqual(status, 0)
        self.assertIn("note: listeners.rpc.listen: systemd has to give this socket", out)
        status, _, err = self.ran("run", path)
        self.assertEqual(status, 78)
        self.assertIn("systemd:domain=INET:name=rpc: systemd gave this process no socket", err)

    def test_the_memory_that_a_file_allows(self) -> None:
        """Explained, and a warning where the control group has less."""
        path = self.file(
            '[pools.p]\nupstreams = ["http://127.0.0.1:1"]\n[listeners.l]\nlisten = "tcp:1"\npool = "p"\n'
        )
        self.assertIn("\nmemory: ", self.ran("check", "--explain", path)[1])
        root = Path(self.mktemp())
        for name, text in (("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/memory.max", "67108864\n")):
            (root / name).parent.mkdir(parents=True)
            (root / name).write_text(text)
        with redirect_stdout(StringIO()) as out:
            check(path, root=root)
        self.assertIn("\nwarning: memory: ", out.getvalue())
        self.assertIn("64 MiB", out.getvalue())

    def test_options_behind_the_file(self) -> None:
        """C{--explain} may stand on either side."""
        path = self.file(self.example)
        self.assertEqual(self.ran("check", path, "--explain"), self.ran("check", "--explain", path))

    def test_reader_has_seen_enough(self) -> None:
        """As with C{| head}: no traceback, also when Python writes out the rest at its end."""
        path = self.file(self.example)
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-c", "from quorumha.cli import main; main()", "check", "--explain", path],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        os.close(writing)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_check_bad(self) -> None:
        """Every problem on standard error."""
        path = self.file("x = 1\ny = 2\n" + STARTING_EXAMPLE)
        status, out, err = self.ran("check", path)
        self.assertEqual((status, out), (78, ""))
        self.assertEqual(err.count("unknown key"), 2)

    def test_run_bad(self) -> None:
        """A bad file, or bad flags, start nothing."""
        path = self.file("x = 1\n")
        for arguments in [
            ("run", path),
            ("run", "--config", path),
            ("run", "--tcp", "x=y"),
            ("run", "--tcp", "x=y", "--print-config"),
        ]:
            status, out, err = self.ran(*arguments)
            self.assertEqual((status, out), (78, ""), arguments)
            self.assertNotEqual(err, "")

    def test_print_config(self) -> None:
        """What flags stand for is a file that passes the check."""
        status, out, _ = self.ran(
            "run",
            "--tcp",
            "22000=a:8545,b:8545:backup",
            "--http",
            "unix:/run/tm.ipc=a:9101,b:9101",
            "--print-config",
        )
        self.assertEqual(status, 0)
        self.assertEqual(sorted(tomllib.loads(out)), ["listeners", "pools"])
        self.assertEqual(self.ran("check", self.file(out))[0], 0)

    def test_usage(self) -> None:
        """Command lines that say too little or too much."""
        for arguments in [
            (),
            ("chek",),
            ("check",),
            ("check", "a", "b"),
            ("run",),
            ("run", "a", "--config", "b"),
            ("run", "a", "--tcp", "1=a:1"),
            ("run", "a", "--print-config"),
            ("--nothing",),
        ]:
            status, out, err = self.ran(*arguments)
            self.assertEqual((status, out), (64, ""), arguments)
            self.assertTrue(err.startswith("quorumha: "), err)
        for arguments, hint in [
            (("check",), "say which file, and one: quorumha check [--explain] FILE"),
            (("check", "a", "--explian"), "option --explian not recognized; did you mean '--explain'?\n"),
            (("chek", "a"), "quorumha: Unknown command: chek; did you mean 'check'?\n"),
            (("start",), "Unknown command: start; commands are check, run\n"),
            (("q.toml",), "Unknown command: q.toml; did you mean 'run q.toml'?\n"),
            (("run", "--demo"), "option --demo not recognized; it goes with `twistd quorumha`\n"),
            (("--demo",), "option --demo not recognized; it goes with `twistd quorumha`\n"),
            (("run", "a", "b"), "say one file"),
        ]:
            self.assertIn(hint, self.ran(*arguments)[2])

    def test_help_and_version(self) -> None:
        """Both go to standard output and are no failure."""
        for arguments in [("--help",), ("check", "--help"), ("run", "--help")]:
            status, out, _ = self.ran(*arguments)
            self.assertEqual(status, 0)
            self.assertTrue(out.startswith(" ".join(("Usage: quorumha", *arguments[:-1]))), out)
        for arguments in [("--version",), ("check", "--version"), ("run", "--version")]:
            status, out, _ = self.ran(*arguments)
            self.assertEqual((status, out), (0, f"quorumha {installed_version()}\n"))


class RunningReactor:
    """As much of a reactor as running a service takes; it runs until it is stopped."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile
        self.begin: list[Callable[[], None]] = []
        self.before: list[Callable[[], Any]] = []
        self.stops = 0

    def callWhenRunning(self, call: Callable[[], None]) -> None:
        self.begin.append(call)

    def addSystemEventTrigger(self, phase: str, event: str, call: Callable[[], Any]) -> None:
        assert (phase, event) == ("before", "shutdown")
        self.before.append(call)

    def stop(self) -> None:
        self.stops += 1
        for call in self.before:
            maybeDeferred(call)

    def run(self) -> None:
        for call in self.begin:
            call()
        if not self.stops:
            self.meanwhile()
        assert self.stops == 1


class Steps(Service):
    """Notes what is asked of it; starting it comes to what C{start} returns."""

    def __init__(self, start: Callable[[], Any] = lambda: None) -> None:
        self.start = start
        self.steps: list[str] = []

    def startService(self) -> Any:
        self.steps.append("start")
        return self.start()

    def stopService(self) -> Any:
        self.steps.append("stop")


class RunServiceTests(SynchronousTestCase):
    """A service in the foreground."""

    def test_until_stopped(self) -> None:
        """It is started, runs, and is stopped before the reactor ends."""
        service = Steps()
        seen: list[list[str]] = []

        def meanwhile() -> None:
            seen.append(list(service.steps))
            reactor.stop()

        reactor = RunningReactor(meanwhile)
        self.assertEqual(run_service(reactor, service), 0)
        self.assertEqual(seen, [["start"]])
        self.assertEqual(service.steps, ["start", "stop"])

    def refused(self) -> None:
        """As a listener that cannot be bound."""
        raise ListenError("tcp:80 cannot be listened on: it is taken")

    def test_cannot_listen(self) -> None:
        """A listener that cannot be had: one sentence, everything stopped, status 1."""
        starts: list[Callable[[], Deferred[None] | None]] = [
            self.refused,
            lambda: fail(ListenError("tcp:80 cannot be listened on: it is taken")),
        ]
        for start in starts:
            service = Steps(start)
            told = StringIO()
            with redirect_stderr(told):
                self.assertEqual(run_service(RunningReactor(self.fail), service), 1)
            self.assertEqual(told.getvalue(), "quorumha: tcp:80 cannot be listened on: it is taken\n")
            self.assertEqual(service.steps, ["start", "stop"])

    def test_cannot_listen_and_nobody_reads_why(self) -> None:
        """Standard error goes to a pipe whose reader has left: it is a failure still, and ends."""

        class Unread(StringIO):
            def write(self, text: str) -> int:
                raise BrokenPipeError

        service = Steps(self.refused)
        with redirect_stderr(Unread()):
            self.assertEqual(run_service(RunningReactor(self.fail), service), 1)
        self.assertEqual(service.steps, ["start", "stop"])

    def test_cannot_listen_told_later(self) -> None:
        """The same when it comes out only after everything seemed to be started, and but once."""
        started: Deferred[None] = Deferred()
        service = Steps()
        told = StringIO()

        def meanwhile() -> None:
            started.errback(ListenError("it is taken"))

        with redirect_stderr(told):
            self.assertEqual(run_service(RunningReactor(meanwhile), service, started), 1)
        self.assertEqual((told.getvalue(), service.steps), ("quorumha: it is taken\n", ["start", "stop"]))

        service = Steps(self.refused)
        told = StringIO()
        with redirect_stderr(told):
            failed: Deferred[None] = fail(ListenError("it is taken"))
            self.assertEqual(run_service(RunningReactor(self.fail), service, failed), 1)
        self.assertEqual(told.getvalue().count("taken"), 1)

    def test_bug(self) -> None:
        """Anything else keeps its traceback."""
        service = Steps(lambda: 1 / 0)
        self.assertEqual(run_service(RunningReactor(self.fail), service), 1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(service.steps, ["start", "stop"])
