"""Signals that reach a real process: which end it, how soon, and what stays behind."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import LATE, Child
from tests.integration.clients import Client, ask
from tests.integration.nodes import Node


class Signalled:
    """What both commands are asked; a mixin of test cases.

    @cvar command: how the proxy is started with a configuration.
    """

    command: Callable[[Path], list[str]]

    def setUp(self: Any) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)
        self.socket = str(self.folder / "s")
        self.config = self.folder / "quorumha.toml"
        # Longer than any wait here, so that only a second signal ends it in time.
        self.config.write_text(
            f'stop_timeout = 120\n[pools.p]\nupstreams = ["http://127.0.0.1:{self.node.port}"]\n'
            f'check = "off"\n[listeners.l]\nlisten = "unix:{self.socket}"\npool = "p"\n'
            "first_byte_timeout = 120\ntotal_timeout = 240\n"
        )

    def started(self: Any) -> Child:
        child = Child(type(self).command(self.config), self.folder / "log")
        self.addCleanup(child.kill)
        child.wait_listening(self.socket)
        # A request that is answered: its reactor runs, and its handlers are set.
        self.assertEqual(ask(self.socket, "GET", "/first").status, 200)
        return child

    def test_until_the_second(self: Any) -> None:
        """SIGHUP, SIGUSR1 and SIGUSR2: the request in flight is answered, so is the next; the log says so.

        Then a second SIGTERM ends it.
        """
        child = self.started()
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            self.node.clear()
            self.node.script({"at": "request", "steps": [["wait", 0.2], ["answer"]]})
            with Client(self.socket) as client:
                client.request("GET", "/slow")
                self.assertTrue(self.node.wait(count=1))
                child.popen.send_signal(number)
                self.assertEqual(client.answer().status, 200)
                self.assertEqual(client.ask("GET", "/next").status, 200)
            # What was in flight is answered after the file was taken again, too.
            child.wait_said("nothing changed" if number == signal.SIGHUP else number.name)
        self.second_ends_it(child, signal.SIGTERM)

    def test_hangup_before_it_runs(self: Any) -> None:
        """A SIGHUP that came before anything was imported is for after the start; a second SIGINT ends it."""
        # Who is started begins with what its parent holds back.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        try:
            child = Child(type(self).command(self.config), self.folder / "log")
            self.addCleanup(child.kill)
            child.popen.send_signal(signal.SIGHUP)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        child.wait_listening(self.socket)
        child.wait_said("nothing changed")
        self.assertEqual(ask(self.socket, "GET", "/").status, 200)
        self.second_ends_it(child, signal.SIGINT)

    def second_ends_it(self: Any, child: Child, number: signal.Signals) -> None:
        """By that signal, though a request hangs; no traceback, and the socket file is gone."""
        self.node.clear()
        self.node.script({"at": "request", "steps": [["hang"]]})
        with Client(self.socket) as client:
            client.request("GET", "/hangs")
            self.assertTrue(self.node.wait(count=1))
            child.popen.send_signal(number)
            # The kernel makes one of two that nobody has taken yet.
            child.wait_said(f"Received {number.name}")
            child.popen.send_signal(number)
            self.assertEqual(child.popen.wait(LATE), -number)
        self.assertNotIn("Traceback", child.said())
        self.assertIn("ends at once", child.said())
        self.assertFalse(Path(self.socket).exists())


class TwistdTests(Signalled, SynchronousTestCase):
    """Under C{twistd}."""

    command = staticmethod(twistd_command)


class RunTests(Signalled, SynchronousTestCase):
    """Under C{quorumha run}."""

    @staticmethod
    def command(config: Path) -> list[str]:
        return [sys.executable, "-m", "quorumha", "run", str(config)]


class TwistTests(Signalled, SynchronousTestCase):
    """Under C{twist}."""

    @staticmethod
    def command(config: Path) -> list[str]:
        return [sys.executable, "-m", "twisted", "quorumha", "--config", str(config)]
