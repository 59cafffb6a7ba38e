"""A check during which the proxy's process did not run puts no healthy node down."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import LATE, Child

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nI'm up!"


class ForgetfulNode:
    """Does not respond to the first question, and responds to all others.

    @ivar asked: released once for each question.
    """

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self._first = True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # It is given up at the end, or renewed.
        with connection, contextlib.suppress(OSError):
            while connection.recv(65536):
                first, self._first = self._first, False
                if not first:
                    connection.sendall(RESPONSE)
                self.asked.release()


class PausedTests(SynchronousTestCase):
    """It is stopped while a check is under way, and for longer than that may take."""

    def test_no_verdict(self) -> None:
        """The question is put again, though one bad answer would be enough."""
        node = ForgetfulNode()
        self.addCleanup(node.close)
        with tempfile.TemporaryDirectory(prefix="quorumha-test-") as name:
            folder = Path(name)
            config = folder / "quorumha.toml"
            config.write_text(
                f'[pools.p]\nupstreams = ["tcp:127.0.0.1:{node.port}"]\n'
                'check = { kind = "http", path = "/upcheck", fall = 1, timeout = "1s" }\n'
                f'[listeners.l]\nlisten = "unix:{folder}/s"\npool = "p"\n'
            )
            child = Child(twistd_command(config), folder / "log")
            self.addCleanup(child.kill)
            self.assertTrue(node.asked.acquire(timeout=LATE), "it is never checked")
            with child.suspended():
                child.lives_for(1.5)
            for _ in range(3):
                self.assertTrue(node.asked.acquire(timeout=LATE), "it is not checked any more")
            self.assertNotIn("upstream-down", child.said())
            self.assertNotRegex(child.said(), r" is (down|ejected)")
