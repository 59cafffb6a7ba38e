"""A real process with an admin at a unix socket, before two nodes; and the commands that ask it."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from bench.processes import LATE, Child, free_port
from quorumha.ctl.commands import run_command
from tests.integration.stage import Stage


class Controlled:
    """The process; what it consists of ends with its stage.

    @param more: lines before the tables of the configuration; C{tables}: some more of these.
    @ivar text: the configuration.
    @ivar port: a listener's, on loopback; C{unix}: the other one's path.
    @ivar state: its folder for what is kept.
    """

    def __init__(self, stage: Stage, more: str = "", tables: str = "") -> None:
        self.stage = stage
        self.folder = stage.directory
        self.nodes = {name: stage.node(name) for name in "ab"}
        self.port, self.admin = free_port(), str(self.folder / "admin.sock")
        self.unix = str(self.folder / "l.sock")
        self.state = self.folder / "state"
        self.config = self.folder / "quorumha.toml"
        members = ", ".join(
            f'{{ endpoint = "http://127.0.0.1:{node.port}", name = "{name}" }}'
            for name, node in self.nodes.items()
        )
        self.text = (
            f'{more}state_directory = "{self.state}"\n[admin]\nlisten = "unix:{self.admin}"\n'
            f'[pools.p]\nupstreams = [{members}]\ncheck = {{ kind = "connect", interval = "100ms" }}\n'
            f'[listeners.l]\nlisten = "tcp:{self.port}:interface=127.0.0.1"\npool = "p"\n'
            f'[listeners.u]\nlisten = "unix:{self.unix}"\npool = "p"\n{tables}'
        )
        self.config.write_text(self.text)
        self._said_before = 0
        self.start()

    def start(self) -> None:
        """Start it; return when it is ready."""
        command = [sys.executable, "-m", "quorumha", "run", str(self.config)]
        self.child = Child(command, self.folder / "log", measured=True)
        self.stage.closing(self.child.kill)
        self.child.wait_listening(self.admin)
        self.child.wait_until(lambda: self.ran("status", "--check")[0] == 0, "ready")

    def reset(self) -> None:
        """As it was started: file, members and clients."""
        self.stage.reset()
        self.config.write_text(self.text)
        for words in (("reload",), ("undrain",), ("enable", "p", "a"), ("enable", "p", "b")):
            status, _, err = self.ran(*words)
            assert status == 0, (words, err)
        for name in self.nodes:
            self.wait_state(name, "up")
        self._said_before = self.child.log.stat().st_size

    def ran(self, *words: str) -> tuple[int, str, str]:
        """A command, run here: its status, and what it says.

        A process of its own takes half a second of CPU; each command is run so once, by L{ran_apart}.
        """
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_command([*words, "--admin", f"unix:{self.admin}"])
        return status, out.getvalue(), err.getvalue()

    def ran_apart(self, *words: str) -> tuple[int, str, str]:
        """The same as a process, as a shell starts it; not measured by coverage, which costs more than it."""
        environ = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
        done = subprocess.run(
            [sys.executable, "-m", "quorumha", *words, "--admin", f"unix:{self.admin}"],
            capture_output=True,
            text=True,
            timeout=LATE,
            env={**environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def state_of(self, member: str) -> dict[str, object]:
        """What is said of a member."""
        (pool,) = json.loads(self.ran("status", "--json")[1])["pools"]
        found: dict[str, object] = next(one for one in pool["members"] if one["name"] == member)
        return found

    def wait_state(self, member: str, state: str) -> None:
        """Return when it is said to be so."""
        self.child.wait_until(lambda: self.state_of(member)["state"] == state, f"{member} {state}")

    def said(self) -> str:
        """What its log says since the last L{reset}."""
        return self.child.log.read_text(errors="replace")[self._said_before :]

    def wait_said(self, text: str) -> None:
        """Return when it says so."""
        self.child.wait_until(lambda: text in self.said(), f"said {text!r}")


@functools.cache
def of_stage(stage: Stage) -> Controlled:
    """The one that a L{stage<tests.integration.stage.shared>} is set with: C{of_stage(shared(of_stage))}."""
    return Controlled(stage, 'drain_delay = "300ms"\n')
