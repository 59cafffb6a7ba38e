"""Tests for L{quorumha.ctl.main} and L{quorumha.ctl.arguments}."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.version import installed_version
from quorumha.cli import Options
from quorumha.ctl.main import ASKING, COMMANDS, OTHERS, main
from tests.sources import ROOT


class MainTests(SynchronousTestCase):
    """Command lines that ask nobody."""

    def ran(self, *arguments: str) -> tuple[object, str, str]:
        """Exit status, standard output and standard error."""
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), self.assertRaises(SystemExit) as caught:
            main(arguments)
        return caught.exception.code or 0, out.getvalue(), err.getvalue()

    def test_help(self) -> None:
        """All commands, also those that Twisted's options know."""
        status, out, err = self.ran("--help")
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith("Usage: quorumha "))
        for command, does in COMMANDS.items():
            self.assertRegex(out, rf"(?m)^    {command} +{does}$")
        self.assertEqual({name: does for name, _, _, does in Options.subCommands}, OTHERS)

    def test_health_check_loads_little(self) -> None:
        """A script runs it each second: it loads what asks, and nothing that another command needs."""
        command = [sys.executable, "-X", "importtime", "-m", "quorumha.ctl.main"]
        done = subprocess.run(
            [*command, "status", "--check", "--admin", "unix:/nowhere/admin.sock"],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=ROOT,
        )
        self.assertEqual(done.returncode, 3, done.stderr)
        loaded = re.findall(r"(?m)^import time:.*\| +(quorumha[\w.]*)$", done.stderr)
        ours = {name.removeprefix("quorumha.") for name in loaded} - {"quorumha"}
        asking = {"admin_client", "arguments", "command_steps", "commands", "main", "terminal", "time_limit"}
        self.assertEqual(ours, {"ctl", *(f"ctl.{name}" for name in asking)})

    def test_help_of_each(self) -> None:
        for command in ASKING:
            status, out, err = self.ran(command, "--help")
            self.assertEqual((status, err), (0, ""))
            for option in ("--admin", "--token-file"):
                self.assertIn(option, out)

    def test_unknown(self) -> None:
        """The nearest, and all."""
        commands = "commands are check, run, status, reload, drain, undrain, disable, enable, database\n"
        for command, said in (
            ("stauts", f"quorumha: Unknown command: stauts; did you mean 'status'? {commands}"),
            ("start-it", f"quorumha: Unknown command: start-it; {commands}"),
            ("q.toml", "quorumha: Unknown command: q.toml; did you mean 'run q.toml'?\n"),
            (
                "--admin",
                "quorumha: --admin stands behind the command, as in `quorumha status --admin unix:PATH`\n",
            ),
        ):
            self.assertEqual(self.ran(command), (64, "", said))
        status, out, err = self.ran()
        self.assertEqual((status, out), (64, ""))
        self.assertIn("say a command: check, run, status", err)

    def test_wrong(self) -> None:
        """One line each, and the status of a wrong command line."""
        for arguments in (
            ("status", "--jsn"),
            ("status", "--json", "--watch"),
            ("status", "--pool", "p"),
            ("status", "a", "b"),
            ("disable", "p"),
            ("enable", "p", "a", "--force"),
            ("undrain", "p"),
            ("drain", "p"),
            ("drain", "--within", "3s"),
            ("drain", "--force"),
            ("reload", "--admin", "ftp://x"),
            ("database",),
            ("database", "use"),
            ("database", "use", "a", "--force"),
            ("database", "promote", "a"),
            ("database", "status", "--admin", "ftp://x"),
            ("database", "--admin", "ftp://x", "status"),
        ):
            status, out, err = self.ran(*arguments)
            self.assertEqual((status, out), (64, ""), arguments)
            self.assertTrue(err.startswith("quorumha "), err)
            self.assertEqual(err.count("\n"), 1)

    def test_hangup_while_it_is_imported(self) -> None:
        """C{run} holds SIGHUP back from the very beginning; nobody else does."""
        for command, held in (("status", False), ("check", False), ("run", True)):
            before = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
            self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, before)
            self.ran(command, "--nonsense")
            found = signal.pthread_sigmask(signal.SIG_BLOCK, ())
            self.assertEqual((command, signal.SIGHUP in found), (command, held))

    def test_goes_on(self) -> None:
        """What is not for a running process."""
        self.assertEqual(self.ran("--version"), (0, f"quorumha {installed_version()}\n", ""))
        status, out, err = self.ran("check")
        self.assertEqual((status, out), (64, ""))
        self.assertIn("say which file", err)
