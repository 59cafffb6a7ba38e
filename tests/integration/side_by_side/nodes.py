"""The run's side of a node's process: start it, kill it, stop it, order it about."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from bench.processes import LATE, Child, free_ports

#: Seconds that a node takes for each answer: a request is under way when its node dies.
LAG = 0.01

#: Seconds for which a real one that was started answers GoQuorum, and knows no party yet (WIRE C14).
KNOWS_AFTER = 3.0


class Node:
    """One Tessera.

    @ivar q2t: its port for GoQuorum.
    @ivar p2p: its port for other Tesseras.
    """

    def __init__(self, name: str, directory: Path, database: Path, url: str) -> None:
        self.name = name
        self.q2t, self.p2p = free_ports(2)
        self._log = directory / f"{name}.log"
        self._arguments = [str(database), url, str(LAG)]
        self._child: Child | None = None

    def start(self, knows_after: float = 0.0) -> None:
        """A new process, which knows no party.  It listens a little later.

        @param knows_after: seconds from then on until a party info that was posted to it is taken and
            answered.
        """
        module = "tests.integration.side_by_side.node_process"
        ports = [str(self.q2t), str(self.p2p)]
        command = [sys.executable, "-m", module, self.name, *ports, *self._arguments, str(knows_after)]
        self._child = Child(command, self._log, keep_input=True)

    def start_slowly(self) -> None:
        """As a real one: see L{KNOWS_AFTER}."""
        self.start(KNOWS_AFTER)

    def wait_listening(self, limit: float = LATE) -> None:
        """Return when it takes connections, GoQuorum's and those of other Tesseras.

        @param limit: seconds.
        @raise NotStarted: it does not.
        """
        for port in (self.q2t, self.p2p):
            self._require().wait_listening(("127.0.0.1", port), limit)

    def kill(self) -> None:
        """SIGKILL."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def hang(self) -> None:
        """SIGSTOP: the kernel takes its connections, and nobody answers."""
        self._require().popen.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self._require().popen.send_signal(signal.SIGCONT)

    def lose_database(self) -> None:
        """Whatever needs the database is answered with 500."""
        self._order(b"database-dead")

    def silence_database(self) -> None:
        """Whatever needs the database waits for it; only what was under way is answered, with 500."""
        self._order(b"database-silent")

    def find_database(self) -> None:
        """It is there again."""
        self._order(b"database-back")

    def _order(self, line: bytes) -> None:
        pipe = self._require().popen.stdin
        assert pipe is not None
        pipe.write(line + b"\n")
        pipe.flush()

    def _require(self) -> Child:
        assert self._child is not None, f"{self.name} does not run"
        return self._child
