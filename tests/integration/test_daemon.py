"""C{twistd quorumha} as a daemon that cannot start."""

from __future__ import annotations

import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TEXT = """
[pools.u]
upstreams = ["http://127.0.0.1:1"]
[listeners.q]
listen = "unix:{folder}/no/such/folder/s"
serve = "http"
pool = "u"
"""


class DaemonTests(SynchronousTestCase):
    """The terminal that started it hears of it, and nothing stays behind."""

    def test_cannot_listen(self) -> None:
        folder = os.path.abspath(self.mktemp())
        os.makedirs(folder)
        config = os.path.join(folder, "q.toml")
        with open(config, "w") as file:
            file.write(TEXT.format(folder="."))
        pid = os.path.join(folder, "pid")
        twistd = os.path.join(os.path.dirname(sys.executable), "twistd")
        command = [twistd, f"--pidfile={pid}", f"--logfile={folder}/log", "quorumha", "--config", config]
        ended = subprocess.run(
            command, capture_output=True, timeout=LATE, env={**os.environ, "PYTHONPATH": ROOT}, cwd=folder
        )
        self.assertEqual(ended.returncode, 1)
        # twistd passes on a hundred characters of it.
        self.assertIn(b"the folder", ended.stdout + ended.stderr)
        self.assertNotIn(b"Traceback", ended.stdout + ended.stderr)
        self.assertFalse(os.path.exists(pid))
