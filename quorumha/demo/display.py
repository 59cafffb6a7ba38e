"""L{Display}: where and how often the demo shows its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from quorumha.demo.table import CLEAR

log = Logger()

#: Seconds between two pictures, on a terminal and elsewhere.
ON_TERMINAL, ELSEWHERE = 0.5, 5.0


class Display:
    """Shows a table that is drawn anew on a terminal, and a line now and then elsewhere."""

    def __init__(self, reactor: Any, out: TextIO, table: Callable[[], str], line: Callable[[], str]) -> None:
        """
        @param table: the text for a terminal.
        @param line: the text for anything else.
        """
        self.terminal = out.isatty()
        self._out = out
        self._text: Callable[[], str] = (lambda: CLEAR + table()) if self.terminal else line
        self._loop = LoopingCall(self.show)
        self._loop.clock = reactor

    def start(self) -> None:
        """Show at once, and from then on."""
        running = self._loop.start(ON_TERMINAL if self.terminal else ELSEWHERE)
        running.addErrback(lambda failure: log.failure("could not show the table", failure))

    def show(self) -> None:
        """Show once."""
        self.say(self._text())

    def say(self, text: str) -> None:
        """Write a line."""
        self._out.write(text + "\n")
        self._out.flush()

    def stop(self) -> None:
        """Show no more."""
        if self._loop.running:
            self._loop.stop()
