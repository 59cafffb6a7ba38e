"""L{RecentEvents}: the last few log events, for the space under the table."""

from __future__ import annotations

from collections import deque

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

#: So many are kept.
MOST = 6


@implementer(ILogObserver)
class RecentEvents:
    """A log observer that keeps the last lines.

    Takes the log's place on a terminal, where lines between two pictures would only flicker: what
    quorumha says, and errors and warnings of anybody.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST)

    def __call__(self, event: LogEvent) -> None:
        level = event.get("log_level", LogLevel.info)
        own = str(event.get("log_namespace", "")).partition(".")[0] == "quorumha"
        if level >= LogLevel.warn or (own and level >= LogLevel.info):
            said = formatEvent(event)
            failure = event.get("log_failure")
            self._lines.append(said if failure is None else f"{said}: {failure.getErrorMessage()}")

    def text(self) -> str:
        """The lines, the newest last."""
        return "\n".join(self._lines)
