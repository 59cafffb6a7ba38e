"""The real C{twistd} and C{quorumha} processes, and their exit statuses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Timer

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import begin_child
from tests.documents import STARTING_EXAMPLE

ROOT = Path(__file__).parents[2]

#: A process that takes longer (seconds) is killed, and its test fails.
LIMIT = 60


#: What the C{twistd} script does.
TWISTD = ("-c", "from twisted.scripts.twistd import run; run()")


class ExitStatusTests(SynchronousTestCase):
    """What the shell sees."""

    def ran(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One run of Python, to its end, in a directory of its own."""
        folder = Path(self.mktemp())
        folder.mkdir()
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    def file(self, text: str) -> str:
        """The absolute name of a file with this text."""
        path = Path(self.mktemp()).absolute()
        path.write_text(text)
        return str(path)

    def test_bad_configuration(self) -> None:
        """Every problem on standard error, status 78, no traceback; as a daemon too."""
        path = self.file("x = 1\ny = 2\n" + STARTING_EXAMPLE)
        for arguments in [
            (*TWISTD, "-n", "quorumha", "--config", path),
            (*TWISTD, "quorumha", "--config", path),
            ("-m", "twisted", "quorumha", "--config", path),
            ("-m", "quorumha", "check", path),
            ("-m", "quorumha", "run", path),
        ]:
            done = self.ran(*arguments)
            self.assertEqual(done.returncode, 78, (arguments, done.stderr))
            self.assertIn(f"{path}:1:1 x: unknown key", done.stderr)
            self.assertIn(f"{path}:2:1 y: unknown key", done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_port_is_taken(self) -> None:
        """The listener is named; status 1, no traceback, in the foreground; C{quorumha run}: see below."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            flags = ("--http", f"127.0.0.1:{port}=127.0.0.1:1")
            for arguments in [
                (*TWISTD, "-n", "--pidfile=", "quorumha", *flags),
                ("-m", "twisted", "quorumha", *flags),
            ]:
                done = self.ran(*arguments)
                self.assertEqual(done.returncode, 1, (arguments, done.stderr))
                told = done.stdout + done.stderr
                self.assertIn(
                    f"listener http-1: tcp:{port}:interface=127.0.0.1: another process listens", told
                )
                self.assertNotIn("Traceback", told)

    def test_nothing_to_do(self) -> None:
        """Without a word, it says what to do; status 64."""
        for arguments in [(*TWISTD, "-n", "quorumha"), ("-m", "twisted", "quorumha"), ("-m", "quorumha")]:
            done = self.ran(*arguments)
            self.assertEqual(done.returncode, 64, (arguments, done.stderr))
            self.assertTrue(done.stderr.startswith("quorumha: "), done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_good_configuration(self) -> None:
        """The example of the documentation passes the check, once there is a folder for its socket."""
        folder = tempfile.mkdtemp(prefix="quorumha-test-")
        self.addCleanup(os.rmdir, folder)
        done = self.ran(
            "-m", "quorumha", "check", self.file(STARTING_EXAMPLE.replace("/var/lib/quorum/", f"{folder}/"))
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(": ok\n", done.stdout)

    def test_known_to_twistd(self) -> None:
        """C{twistd --help} lists it."""
        done = self.ran(*TWISTD, "--help")
        self.assertIn("    quorumha ", done.stdout)


class RunTests(SynchronousTestCase):
    """C{quorumha run} in the foreground, on real sockets."""

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """C{quorumha run} with these arguments, killed at the latest when the test ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", "quorumha", "run", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=begin_child,
        )
        late = Timer(LIMIT, process.kill)
        late.start()
        self.addCleanup(late.cancel)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_signals(self) -> None:
        """It listens, says so, and ends with status 0 on SIGTERM and on SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.started("--tcp", "127.0.0.1:0=127.0.0.1:1")
            assert process.stdout is not None
            for line in process.stdout:
                if "listens on" in line:
                    break
            else:
                self.fail(f"it ended before it listened: {process.communicate(timeout=LIMIT)[1]}")
            process.send_signal(number)
            _, told = process.communicate(timeout=LIMIT)
            self.assertEqual((process.returncode, told), (0, ""))

    def test_address_taken(self) -> None:
        """An address that is taken: one sentence, status 1, and nothing else stays bound."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            other = Path(self.mktemp())
            process = self.started(
                "--tcp", f"unix:{other}=127.0.0.1:1", "--tcp", f"127.0.0.1:{port}=127.0.0.1:1"
            )
            _, told = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 1, told)
        self.assertTrue(told.startswith("quorumha: "), told)
        self.assertIn(f"listener tcp-2: tcp:{port}:interface=127.0.0.1: another process listens", told)
        self.assertNotIn("Traceback", told)
        self.assertFalse(other.exists())
