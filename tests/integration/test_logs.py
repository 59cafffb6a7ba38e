"""Logs of real processes: nobody reads them, they move, they end; as a daemon and in the foreground."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import LATE, ROOT, Child
from tests.integration.clients import Client, ask
from tests.integration.nodes import Node

#: What the C{twistd} script does.
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]


class LogCase(SynchronousTestCase):
    """A proxy with one listener whose node responds, and one whose node refuses."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)
        self.good, self.bad = str(self.folder / "good"), str(self.folder / "bad")
        self.config = self.folder / "quorumha.toml"
        self.config.write_text(
            f'[pools.good]\nupstreams = ["http://127.0.0.1:{self.node.port}"]\ncheck = "off"\n'
            '[pools.bad]\nupstreams = ["http://127.0.0.1:1"]\ncheck = "off"\n'
            f'[listeners.good]\nlisten = "unix:{self.good}"\npool = "good"\n'
            f'[listeners.bad]\nlisten = "unix:{self.bad}"\npool = "bad"\n'
        )

    def works(self) -> None:
        self.assertEqual(ask(self.good, "GET", "/x").status, 200)

    def fails(self, times: int) -> None:
        with Client(self.bad) as client:
            for _ in range(times):
                self.assertEqual(client.ask("GET", "/x").status, 502)


class Unread(LogCase):
    """The log is a pipe, and nobody reads it."""

    def started(self, command: list[str]) -> subprocess.Popen[bytes]:
        """The process, its log in our pipe."""
        self.reading, self.writing = os.pipe()
        for end in (self.reading, self.writing):
            self.addCleanup(os.close, end)
        # So that it is soon full.
        fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, 4096)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, stdout=self.writing, stderr=self.writing, cwd=self.folder, env=env
        )
        self.addCleanup(process.wait, LATE)
        self.addCleanup(process.kill)
        self.said = b""
        while b"bad listens" not in self.said:
            more = os.read(self.reading, 4096)
            assert more, self.said
            self.said += more
        # It runs its reactor, and so its thread.
        self.works()
        return process

    def fill(self) -> None:
        """The pipe is full to the last byte."""
        os.set_blocking(self.writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.writing, b"x")
        os.set_blocking(self.writing, True)

    def goes_on_and_ends(self, command: list[str]) -> None:
        """Both listeners respond; what is read later is whole; a stop does not wait for who never reads."""
        process = self.started(command)
        self.fill()
        self.fails(300)
        self.works()
        reader = threading.Thread(target=self.read_until, args=(b"bad: could not connect",))
        reader.start()
        reader.join(LATE)
        self.assertFalse(reader.is_alive(), "what waited is not written")
        self.works()
        self.fill()
        self.fails(1)
        process.send_signal(signal.SIGTERM)
        self.assertIn(process.wait(LATE), (0, -signal.SIGTERM))

    def read_until(self, mark: bytes) -> None:
        while mark not in self.said:
            more = os.read(self.reading, 65536)
            if not more:
                return
            self.said += more

    def test_twistd(self) -> None:
        self.goes_on_and_ends(twistd_command(self.config))

    def test_run(self) -> None:
        self.goes_on_and_ends([sys.executable, "-m", "quorumha", "run", str(self.config)])


class Folded(LogCase):
    """One client's failures."""

    def test_few_lines(self) -> None:
        """However many there are, each cause has a line."""
        child = Child(twistd_command(self.config), self.folder / "log")
        self.addCleanup(child.kill)
        child.wait_listening(self.bad)
        self.fails(500)
        child.stop()
        lines = [line for line in (self.folder / "log").read_text().splitlines() if "failed after" in line]
        self.assertLessEqual(len(lines), 10, lines[:20])
        self.assertIn("more of these", lines[-1])


class Moved(LogCase):
    """C{--logfile}, as a daemon and in the foreground."""

    def starts(self, *options: str) -> tuple[int, Callable[[], Any]]:
        """Its number, and what waits until it is gone."""
        self.log, pid = self.folder / "quorumha.log", self.folder / "pid"
        argv = [*TWISTD, *options, f"--pidfile={pid}", f"--logfile={self.log}", "quorumha"]
        argv += ["--config", str(self.config)]
        if "--nodaemon" in options:
            child = Child(argv, self.folder / "out")
            self.addCleanup(child.kill)
            child.wait_listening(self.bad)
            return child.pid, lambda: child.popen.wait(LATE)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(argv, check=True, timeout=LATE, cwd=self.folder, env=env, capture_output=True)
        number = int(pid.read_text())
        gone = os.pidfd_open(number)
        self.addCleanup(os.close, gone)

        def wait() -> None:
            poll = select.poll()
            poll.register(gone, select.POLLIN)
            self.assertTrue(poll.poll(LATE * 1000), "it does not end")

        self.addCleanup(_kill, gone)
        return number, wait

    def moved(self, *options: str) -> None:
        """All lines are there, in files that are nobody else's; after a move and SIGUSR1 in the new one."""
        number, wait = self.starts(*options)
        self.works()
        self.fails(1)
        old = self.folder / "old.log"
        self.log.rename(old)
        os.kill(number, signal.SIGUSR1)
        self.works()
        os.kill(number, signal.SIGTERM)
        wait()
        self.assertIn("bad listens", old.read_text())
        new = self.log.read_text()
        self.assertIn("Received SIGTERM", new)
        self.assertIn("Server Shut Down.", new)
        for path in (old, self.log):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_foreground(self) -> None:
        self.moved("--nodaemon")

    def test_daemon(self) -> None:
        self.moved()

    def test_cannot_be_opened(self) -> None:
        """A sentence, and status 1."""
        argv = [*TWISTD, "--nodaemon", f"--logfile={self.folder}/none/log", "quorumha"]
        argv += ["--config", str(self.config)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(argv, timeout=LATE, cwd=self.folder, env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("quorumha: the log file "), done.stderr)
        self.assertNotIn("Traceback", done.stderr)


def _kill(descriptor: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
