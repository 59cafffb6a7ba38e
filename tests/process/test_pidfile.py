"""Tests for L{quorumha.process.pidfile}, and of what C{twistd quorumha} makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from twisted.python.usage import Options as AnyOptions
from twisted.scripts.twistd import ServerOptions
from twisted.trial.unittest import SynchronousTestCase

from bench.processes import ROOT, Child
from quorumha.process.pidfile import command_of, remove_pidfile, remove_stale_pidfile, why_stale
from tests.integration.clients import ask
from tests.integration.nodes import Node

TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]


class WhyStaleTests(SynchronousTestCase):
    """From the text of a file and what runs to whether it is anybody's."""

    def why(self, text: str, command: bytes | None) -> str:
        return why_stale(text, 7, lambda number: command if number == 5 else None)

    def test_somebodys(self) -> None:
        """A service that may run, and what nobody can tell."""
        for command in (b"/usr/bin/python3\0/opt/bin/twistd\0quorumha\0", b"quorumha\0run\0", None):
            self.assertEqual(self.why("5\n", command), "")

    def test_nobodys(self) -> None:
        """Another program, a process that is gone but for its number, ours, and what power failures leave."""
        self.assertEqual(self.why("5", b"/bin/bash\0-l\0"), "its process 5 is another one now (/bin/bash)")
        self.assertEqual(self.why("5", b""), "its process 5 is another one now (none that runs a program)")
        self.assertEqual(self.why("7", None), "its number is this process's own")
        for text in ("", "\0\0\0", "twistd"):
            self.assertEqual(self.why(text, None), "it holds no number")

    def test_command_of(self) -> None:
        """What really runs, and what does not."""
        self.assertIn(b"python", command_of(os.getpid()) or b"python")
        self.assertIsNone(command_of(2**22 + 1))


class SettleTests(SynchronousTestCase):
    """With C{twistd}'s options, before it looks itself."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute()

    def on_complete(self, *, given: bool = True, **options: Any) -> tuple[str, Any]:
        twistd = {"pidfile": str(self.path), "nodaemon": 0, "debug": False, **options}
        return remove_stale_pidfile(twistd, given=given), twistd["pidfile"]

    def test_foreground(self) -> None:
        """None is written, and the one that is there stays as it is, unless a file was named."""
        self.path.write_text("1")
        for options in ({"nodaemon": 1}, {"debug": True}):
            self.assertEqual(self.on_complete(given=False, **options), ("", ""))
        self.assertTrue(self.path.exists())
        self.assertEqual(self.on_complete(given=True, nodaemon=1)[1], str(self.path))

    def test_nothing_there(self) -> None:
        """No file, or none wanted."""
        self.assertEqual(self.on_complete(), ("", str(self.path)))
        self.assertEqual(self.on_complete(pidfile=""), ("", ""))

    def test_of_a_crash(self) -> None:
        """It goes, and that is told."""
        self.path.write_text(str(os.getpid()))
        said, path = self.on_complete()
        self.assertEqual(path, str(self.path))
        self.assertIn("was left behind by a crash and is removed: its number is this process's own", said)
        self.assertFalse(self.path.exists())

    def test_cannot_be_removed(self) -> None:
        """A folder stands there: told, and left to twistd."""
        self.path.mkdir()
        self.assertIn("cannot be looked at or removed", self.on_complete()[0])

    def test_remove_own(self) -> None:
        """At an end at once; another process's stays."""
        self.path.write_text(str(os.getpid()))
        remove_pidfile(str(self.path))
        self.assertFalse(self.path.exists())
        for text in ("1", "none"):
            self.path.write_text(text)
            remove_pidfile(str(self.path))
            self.assertEqual(self.path.read_text(), text)
        remove_pidfile(None)
        remove_pidfile(str(self.path) + ".none")


class OptionsTests(SynchronousTestCase):
    """What C{twistd}'s parser makes of its own options and ours."""

    def pidfile(self, *arguments: str) -> Any:
        options: AnyOptions = ServerOptions()
        options.parseOptions([*arguments, "quorumha", "--config", "x"])
        return options["pidfile"]

    def test_foreground(self) -> None:
        """None, unless it is named, also by the name that it would have."""
        self.assertEqual(self.pidfile("--nodaemon"), "")
        self.assertEqual(self.pidfile("-n", "--pidfile="), "")
        self.assertEqual(self.pidfile("-n", "--pidfile=" + "twistd." + "pid"), os.path.abspath("twistd.pid"))
        self.assertEqual(self.pidfile("-n", "--pidfile", "/other"), "/other")

    def test_daemon(self) -> None:
        """C{twistd}'s own."""
        self.assertEqual(self.pidfile(), os.path.abspath("twistd.pid"))


class StartTests(SynchronousTestCase):
    """Real processes, in a folder that has seen a crash."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.pidfile = self.folder / "twistd.pid"
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)
        self.socket = str(self.folder / "s")
        config = self.folder / "quorumha.toml"
        config.write_text(
            f'[pools.p]\nupstreams = ["http://127.0.0.1:{self.node.port}"]\n'
            f'[listeners.l]\nlisten = "unix:{self.socket}"\npool = "p"\n'
        )
        self.command = ["--rundir", str(self.folder), "quorumha", "--config", str(config)]

    def serves(self) -> None:
        self.assertEqual(ask(self.socket, "GET", "/x").status, 200)

    def test_readmes_command(self) -> None:
        """C{twistd --nodaemon quorumha} starts, and writes no such file."""
        # In the folder itself, as an operator does, where an unrelated process has the number.
        self.pidfile.write_text(str(os.getpid()))
        argv = ["sh", "-c", 'cd "$0" && exec "$@"', str(self.folder), *TWISTD, "--nodaemon", *self.command]
        child = Child(argv, self.folder / "log")
        self.addCleanup(child.kill)
        child.wait_listening(self.socket)
        self.serves()
        self.assertEqual(self.pidfile.read_text(), str(os.getpid()))

    def test_daemon(self) -> None:
        """As a daemon: the file goes, with a word, and is the daemon's then."""
        other = subprocess.Popen(["sleep", "60"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.pidfile.write_text(str(other.pid))
        argv = [*TWISTD, f"--pidfile={self.pidfile}", f"--logfile={self.folder}/log", *self.command]
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        number = int(self.pidfile.read_text())
        self.addCleanup(os.kill, number, signal.SIGKILL)
        self.assertIn(f"its process {other.pid} is another one now (sleep)", done.stderr)
        self.serves()
