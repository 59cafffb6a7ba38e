"""L{EarlyHangup}: a SIGHUP that comes while the process starts is for after that, and does not end it."""

from __future__ import annotations

import signal
from typing import Any

from quorumha.process.signals import Process


class EarlyHangup:
    """Takes note of it.

    @ivar came: there was one.
    """

    def __init__(self, process: Process | None = None) -> None:
        self.came = False
        self._process = Process() if process is None else process

    def hold(self) -> EarlyHangup:
        """Do so from now on, until somebody else treats the signal; what is ignored stays ignored."""
        if self._process.action(signal.SIGHUP) == signal.SIG_DFL:
            self._process.treat(signal.SIGHUP, self._note)
        self._process.release(signal.SIGHUP)
        return self

    @property
    def holds(self) -> bool:
        """Whether it is this that treats the signal."""
        return bool(self._process.action(signal.SIGHUP) == self._note)

    def _note(self, number: int, frame: Any) -> None:
        self.came = True
