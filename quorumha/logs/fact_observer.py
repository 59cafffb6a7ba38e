"""L{LogObserver}: tells the log of facts."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from quorumha.events import MemberChanged
from quorumha.logs.gathered_changes import NodeChanges
from quorumha.logs.log_lines import line_of


class LogObserver:
    """An L{Observer<quorumha.events.Observer>} that writes a line of each fact that an operator wants to see.

    The lines go to C{twisted.logger}, under one namespace; L{quorumha.logs.folding} counts those that repeat.
    """

    def __init__(self, logger: Logger | None = None, clock: IReactorTime | None = None) -> None:
        """
        @param clock: without it nothing waits for a node's other ports (L{NodeChanges}).
        """
        self._log = Logger("quorumha") if logger is None else logger
        self._changes = None if clock is None else NodeChanges(clock, self._write)

    def stop(self) -> None:
        """Write what still waits."""
        if self._changes is not None:
            self._changes.stop()

    def __call__(self, fact: object) -> None:
        if self._changes is not None and isinstance(fact, MemberChanged):
            self._changes.take(fact)
        else:
            self._write(fact)

    def _write(self, fact: object) -> None:
        line = line_of(fact)
        if line is not None:
            self._log.emit(line.level, line.text, **line.keys(fact))
