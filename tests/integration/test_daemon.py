"""C{twistd quorumha} as a daemon that cannot start."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TEXT = """
[pools.u]
upstreams = ["http://127.0.0.1:1"]
[listeners.own]
listen = "{listen}"
serve = "http"
pool = "u"
"""


class DaemonTests(SynchronousTestCase):
    """The terminal that started it hears of it, and nothing stays behind."""

    def started(self, listen: str) -> tuple[bytes, str]:
        """What the terminal is told of a daemon that cannot listen there, and what its log says."""
        folder = os.path.abspath(self.mktemp())
        os.makedirs(folder)
        config = os.path.join(folder, "q.toml")
        with open(config, "w") as file:
            file.write(TEXT.format(listen=listen))
        pid = os.path.join(folder, "pid")
        twistd = os.path.join(os.path.dirname(sys.executable), "twistd")
        command = [twistd, f"--pidfile={pid}", f"--logfile={folder}/log", "quorumha", "--config", config]
        ended = subprocess.run(
            command, capture_output=True, timeout=LATE, env={**os.environ, "PYTHONPATH": ROOT}, cwd=folder
        )
        self.assertEqual(ended.returncode, 1)
        told = ended.stdout + ended.stderr
        self.assertNotIn(b"Traceback", told)
        self.until_gone(pid)
        self.assertFalse(os.path.exists(pid))
        with open(f"{folder}/log") as log:
            return told, log.read()

    @staticmethod
    def until_gone(pid: str) -> None:
        """Its parent may end as soon as the daemon has said why it cannot start, before that has ended."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(pid) as file:
                daemon = os.pidfd_open(int(file.read()))
            try:
                select.select([daemon], [], [], LATE)
            finally:
                os.close(daemon)

    def test_cannot_listen(self) -> None:
        """The listener is named, and then comes why, as far as twistd passes it on."""
        told, _ = self.started("unix:./no/such/folder/s")
        self.assertIn(b"listener own: unix socket ", told)
        self.assertIn(b"the folder", told)

    def test_port_is_taken(self) -> None:
        """The listener is named, its address, and that another process listens there."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
            told, log = self.started(address)
        self.assertIn(f"listener own: {address}: another process".encode(), told)
        self.assertIn(f"quorumha: listener own: {address}: another process listens there; stop it, or", log)
