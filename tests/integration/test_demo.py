"""The demo as a user starts it: a real C{twistd}, its summary and its exit status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE

ROOT = Path(__file__).parents[2]


class DemoTests(SynchronousTestCase):
    def start(self, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
        process = subprocess.Popen(
            [*command, "--nodaemon", "--pidfile=", "quorumha", "--demo", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.mktemp_folder(),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.addCleanup(self.end, process)
        return process

    def mktemp_folder(self) -> str:
        folder = self.mktemp()
        os.makedirs(folder)
        return folder

    def end(self, process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()

    def test_ends_by_itself_with_a_summary(self) -> None:
        process = self.start("--duration", "5s")
        said, _ = process.communicate(timeout=2 * LATE)
        found = re.findall(r"^answered (\d+), failed (\d+), failovers (\d+)$", said, re.MULTILINE)
        self.assertEqual(len(found), 1, said)
        answered, failed, failovers = map(int, found[0])
        self.assertEqual((process.returncode, failed), (0, 0), said)
        self.assertGreater(answered, 200)
        self.assertGreater(failovers, 0)
        self.assertNotIn("Traceback", said)

    def test_ctrl_c_ends_it_sooner_and_no_death_is_no_success(self) -> None:
        process = self.start("--duration", "0")
        assert process.stdout is not None
        for line in process.stdout:
            if "all nodes up" in line:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=2 * LATE)
        self.assertRegex(rest, r"(?m)^answered \d+, failed 0, failovers \d+$")
        self.assertEqual(process.returncode, 1, rest)

    def test_signals_that_end_nothing(self) -> None:
        """SIGHUP, SIGUSR1 and SIGUSR2 do not end it; a second SIGTERM does, at once."""
        process = self.start("--duration", "0")
        assert process.stdout is not None
        lines = iter(process.stdout)
        self.assertTrue(any("all nodes up" in line for line in lines))
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            process.send_signal(number)
            self.assertTrue(any(number.name in line for line in lines), number)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=2 * LATE)
        self.assertNotIn("Traceback", rest)
        self.assertIn(process.returncode, (-signal.SIGTERM, -signal.SIGINT), rest)
