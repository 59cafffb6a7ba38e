"""The access log of a real process: rotation, reload, the end, and a disk that is full."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import Child
from tests.integration.clients import ask
from tests.integration.nodes import Node


class AccessCase(SynchronousTestCase):
    """A proxy before one node, and a client."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)
        self.socket, self.file = str(self.folder / "s"), self.folder / "q.toml"
        self.access = self.folder / "access.jsonl"

    def write(self, access: Path | str) -> None:
        self.file.write_text(
            f'log = {{ access = "{access}", format = "json" }}\n'
            f'[pools.p]\nupstreams = ["http://127.0.0.1:{self.node.port}"]\ncheck = "off"\n'
            f'[listeners.l]\nlisten = "unix:{self.socket}"\npool = "p"\n'
        )

    def start(self, command: list[str]) -> None:
        self.proxy = Child(command, self.folder / "log")
        self.addCleanup(self.proxy.kill)
        self.proxy.wait_listening(self.socket)
        self.proxy.wait_said('"event":"started"')

    def foreground(self) -> list[str]:
        return [sys.executable, "-m", "quorumha", "run", str(self.file)]

    def ask(self, times: int = 1) -> None:
        for _ in range(times):
            self.assertEqual(ask(self.socket, "GET", "/x?secret=1").status, 200)

    def lines(self, path: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait_lines(self, path: Path, count: int) -> None:
        self.proxy.wait_until(lambda: len(self.lines(path)) == count, f"{count} lines of {path.name}")


class RotationTests(AccessCase):
    """Other programs move the file."""

    def check_moved(self, command: list[str]) -> None:
        self.start(command)
        self.ask(3)
        self.wait_lines(self.access, 3)
        old = self.folder / "old.jsonl"
        self.access.rename(old)
        os.kill(self.proxy.pid, signal.SIGUSR1)
        self.proxy.wait_said("the log was opened anew")
        self.ask(2)
        # What is not written yet is written at the end.
        self.proxy.stop()
        self.assertEqual((len(self.lines(old)), len(self.lines(self.access))), (3, 2))
        line = self.lines(old)[0]
        self.assertEqual((line["path"], line["status"], line["own"]), ("/", 200, ""))
        self.assertEqual([one["verdict"] for one in line["tries"]], ["deliver"])
        self.assertEqual(self.access.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("secret", old.read_text() + self.proxy.said())

    def test_run(self) -> None:
        self.write(self.access)
        self.check_moved(self.foreground())

    def test_twistd(self) -> None:
        self.write(self.access)
        self.check_moved(twistd_command(self.file))

    def test_reload(self) -> None:
        """Another file, and none is lost."""
        self.write(self.access)
        self.start(self.foreground())
        self.ask(2)
        other = self.folder / "other.jsonl"
        self.write(other)
        os.kill(self.proxy.pid, signal.SIGHUP)
        self.proxy.wait_said('"event":"reload-taken"')
        self.ask(1)
        self.proxy.stop()
        self.assertEqual((len(self.lines(self.access)), len(self.lines(other))), (2, 1))


class FullTests(AccessCase):
    """A disk that is full."""

    def test_requests_go_on(self) -> None:
        self.write("/dev/full")
        self.start(self.foreground())
        self.ask(5)
        self.proxy.wait_said('"event":"access-log-failed"')
        self.ask(5)
        self.proxy.stop()
        (line, *_) = [one for one in self.proxy.said().splitlines() if "access-log-failed" in one]
        self.assertEqual(json.loads(line)["cause"], "No space left on device")
