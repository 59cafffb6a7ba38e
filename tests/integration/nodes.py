"""The test's side of upstream processes: start, order about, kill, bring back."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
from pathlib import Path
from typing import Any

from bench.processes import LATE, Child


class Node:
    """One upstream process.

    @ivar port: where it listens on loopback; the same after a restart.
    """

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._log = directory / f"node-{name}.log"
        self.port = 0
        self.child: Child | None = None
        self.start()

    def start(self) -> None:
        """Start it; return when it listens."""
        command = [sys.executable, "-m", "tests.integration.upstream_process", self.name, str(self.port)]
        self.child = Child(command, self._log, keep_input=True)
        self.port = self._hear()["port"]

    def _hear(self) -> Any:
        assert self.child is not None and self.child.popen.stdout is not None
        line = self.child.popen.stdout.readline()
        if not line:
            raise AssertionError(f"node {self.name} said nothing: {self.child.said()}")
        return json.loads(line)

    def order(self, do: str, **more: Any) -> Any:
        assert self.child is not None and self.child.popen.stdin is not None
        self.child.popen.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        self.child.popen.stdin.flush()
        return self._hear()

    def script(self, script: dict[str, Any], times: int = 1) -> None:
        """Misbehave so, C{times} times (-1: until cleared)."""
        self.order("script", script={**script, "times": times})

    def seen(self) -> dict[str, Any]:
        """Everything noted since the last L{clear}."""
        found: dict[str, Any] = self.order("seen")
        return found

    def records(self) -> list[dict[str, Any]]:
        """The requests whose heads came since the last L{clear}."""
        found: list[dict[str, Any]] = self.seen()["records"]
        return found

    def clear(self) -> None:
        """Forget what came and what was ordered."""
        self.order("clear")

    def wait(self, limit: float = LATE, **what: Any) -> bool:
        """Until C{count} requests are here (C{complete} ones), or at most C{open} connections are.

        With C{quiet}: until it could send nothing for so many seconds.
        """
        return bool(self.order("wait", limit=limit, **what))

    def kill(self) -> None:
        """SIGKILL."""
        if self.child is not None:
            self.child.kill()

    def revive(self) -> None:
        """Start again, on the same port."""
        self.start()

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.popen.poll() is None


class BlackHole:
    """An address where no connection completes: a queue of waiting connections that is full."""

    def __init__(self) -> None:
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(0)
        self.port: int = self._listening.getsockname()[1]
        self._fillers: list[socket.socket] = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def close(self) -> None:
        for held in (*self._fillers, self._listening):
            with contextlib.suppress(OSError):
                held.close()
