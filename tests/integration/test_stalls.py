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

    def paused(self, command: list[str], folder: Path) -> None:
        child = Child(command, folder / "log")
        self.addCleanup(child.kill)
        child.wait_listening(str(folder / "s"))
        # It listens before its reactor runs.
        child.wait_said("was dropped")
        with child.suspended():
            # Longer than a tick and what is told.
            child.lives_for(2.0)
        child.wait_said("the process stalled")

    def test_told(self) -> None:
        for command in (
            twistd_command,
            lambda config: [sys.executable, "-m", "quorumha", "run", str(config)],
        ):
            with tempfile.TemporaryDirectory(prefix="quorumha-test-") as name:
                folder = Path(name)
                config = folder / "quorumha.toml"
                config.write_text(
                    '[pools.p]\nupstreams = ["tcp:127.0.0.1:1"]\ncheck = "off"\n'
                    f'[listeners.l]\nlisten = "unix:{folder}/s"\nserve = "tcp"\npool = "p"\n'
                )
                self.paused(command(config), folder)
