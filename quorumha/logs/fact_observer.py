"""L{LogObserver}: tells the log of facts."""

from __future__ import annotations

from twisted.logger import Logger

from quorumha.logs.fact_lines import line_of


class LogObserver:
    """An L{Observer<quorumha.events.Observer>} that writes a line of each fact that an operator wants to see.

    The lines go to C{twisted.logger}, under one namespace; L{quorumha.logs.folding} counts those that repeat.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        self._log = Logger("quorumha") if logger is None else logger

    def __call__(self, fact: object) -> None:
        """Take note of a fact."""
        line = line_of(fact)
        if line is not None:
            self._log.emit(line.level, line.text, **line.keys(fact))
