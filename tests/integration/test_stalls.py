"""A process that gets no turn for a while says so."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import Child


class PausedTests(SynchronousTestCase):
    """It is stopped for two seconds, as a container whose quota is used up."""

    def started(self, name: str, command: list[str]) -> Child:
        """One that runs its reactor: it has taken a client, and dropped it."""
        config = self.folder / f"{name}.toml"
        config.write_text(
            '[pools.p]\nupstreams = ["tcp:127.0.0.1:1"]\ncheck = "off"\n'
            f'[listeners.l]\nlisten = "unix:{self.folder}/{name}"\nserve = "tcp"\npool = "p"\n'
        )
        child = Child([*command, str(config)], self.folder / f"{name}.log")
        self.addCleanup(child.kill)
        child.wait_listening(str(self.folder / name))
        child.wait_said("was dropped")
        return child

    def test_told(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="quorumha-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        *twistd, _ = twistd_command(self.folder)
        one = self.started("twistd", twistd)
        two = self.started("run", [sys.executable, "-m", "quorumha", "run"])
        with one.suspended(), two.suspended():
            # Longer than a tick and what is told.
            two.lives_for(2.0)
        for child in (one, two):
            child.wait_said("the process stalled")
