"""The soak of L{tests.integration.soak}, a few seconds of it."""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import ROOT

#: Only a run that is stuck reaches it.
LIMIT = 180.0


class SmokeTests(SynchronousTestCase):
    """Everything at once, and nothing is lost."""

    def test_a_few_seconds(self) -> None:
        command = [sys.executable, "-m", "tests.integration.soak", "--seconds", "4", "--abusers", "6"]
        command += ["--quiet", "1"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("lost: 0", done.stdout.splitlines())
