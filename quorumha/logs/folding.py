"""One line for a cause, then counts: what repeats is written once at once, and then counted.

What may come with each request or client is logged with a C{fold}, which names its cause; for facts the
table of L{quorumha.logs.log_lines} has it.

The first event with a fold is written (with C{fold_first=5} the first five); those that follow within
L{SECONDS} are counted, and when the time is over one line has the last of them and their number.  So it goes
on until none came.  Failures fold by themselves, by their text and their type.

A fold holds no address and no number that differs from one event to the next: at most L{MOST} causes are
kept apart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field
from twisted.internet.interfaces import IReactorTime
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

#: For so long the events of one cause are counted, in seconds.
SECONDS = 10.0
#: So many causes are kept apart; all others together are one more.
MOST = 256
#: The name of that one.
OTHERS = "*"


@define
class _Cause:
    """What is known of one cause.

    @ivar until: when its count is written, in the clock's seconds.
    @ivar left: events that are still written before the others are counted.
    @ivar count: events that were not written; C{last} is the last of them.
    """

    until: float
    left: int = 0
    count: int = 0
    last: LogEvent = field(factory=dict)


class Folding:
    """Decides which events are written, and which are counted.  Pure."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._causes: dict[str, _Cause] = {}

    def __len__(self) -> int:
        return len(self._causes)

    def see(self, cause: str, event: LogEvent, now: float) -> bool:
        """An event came: whether it is written; else it was counted."""
        known = self._causes.get(cause)
        if known is None and len(self._causes) >= self._most:
            cause = OTHERS
            known = self._causes.get(cause)
        if known is None:
            self._causes[cause] = _Cause(now + SECONDS, event.get("fold_first", 1) - 1)
            return True
        if known.left:
            known.left -= 1
            return True
        known.count += 1
        known.last = event
        return False

    def due(self, now: float) -> Iterator[tuple[int, LogEvent]]:
        """The counts that are due, each with its last event.  Causes of which no event came are forgotten."""
        for name, cause in list(self._causes.items()):
            if cause.until > now:
                continue
            if not cause.count:
                del self._causes[name]
                continue
            yield cause.count, cause.last
            self._causes[name] = _Cause(now + SECONDS)

    def next_due(self) -> float | None:
        # Other threads may log meanwhile.
        return min((cause.until for cause in list(self._causes.values())), default=None)


def cause_of(event: LogEvent) -> str | None:
    """The cause by which an event folds; None: it does not."""
    fold = event.get("fold")
    if fold is not None:
        return str(fold)
    failure = event.get("log_failure")
    if failure is None:
        return None
    return f"{event.get('log_namespace')} {event.get('log_format')} {failure.type}"


@implementer(ILogObserver)
class FoldingObserver:
    """Passes events on to another observer, folded.

    @ivar least: what is below this level is not passed on, nor counted.
    """

    def __init__(self, observer: Callable[[LogEvent], object], clock: IReactorTime) -> None:
        self.least: Any = LogLevel.debug
        self._observer = observer
        self._clock = clock
        self._folding = Folding()
        self._waiting = False
        #: Only the reactor's own thread may have it call later.
        self._thread = threading.get_ident()

    def __call__(self, event: LogEvent) -> None:
        if event.get("log_level", LogLevel.critical) < self.least:
            return
        cause = cause_of(event)
        if cause is None or self._folding.see(cause, event, self._clock.seconds()):
            self._observer(event)
        if cause is not None and not self._waiting and threading.get_ident() == self._thread:
            self._wait()

    def _wait(self) -> None:
        due = self._folding.next_due()
        self._waiting = due is not None
        if due is not None:
            self._clock.callLater(max(0.0, due - self._clock.seconds()), self._counts_due)

    def _counts_due(self) -> None:
        self.write_counts(self._clock.seconds())
        self._wait()

    def write_counts(self, now: float = float("inf")) -> None:
        """Write the counts that are due; at the end, all."""
        for count, last in self._folding.due(now):
            self._observer(
                {
                    **{name: last[name] for name in _KEPT if name in last},
                    "log_format": "{said} ({more} more of these in {within:g} s)",
                    "log_time": last.get("log_time", 0.0),
                    "said": formatEvent(last),
                    "more": count,
                    "within": SECONDS,
                }
            )


#: What the line with the count takes over from the event.
_KEPT = ("log_namespace", "log_level", "log_system", "event", "pool", "upstream", "listener", "cause", "next")
