"""Numbers: what is counted while requests run, as plain slots that are read when somebody asks.

They are changed in place where things happen (a slot costs 70 ns, a histogram half a microsecond), and never
go back.  What they are called outside stands in L{quorumha.admin}.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from attrs import define, field, frozen

#: Upper bounds of a histogram, inclusive, in seconds.
BOUNDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: The first of them: most of what is hot does not take longer, and is counted without a call.
FIRST = BOUNDS[0]


@define(eq=False)
class Histogram:
    """How long things took.

    @ivar counts: for each of L{BOUNDS} those that took so long at most, and more than the one before; last
        those that took longer than all.
    @ivar total: seconds, of all.
    """

    counts: list[int] = field(factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


def _counts() -> defaultdict[str, int]:
    return defaultdict(int)


@define(eq=False)
class ListenerNumbers:
    """What one listener has done since the process began.

    @ivar connections: clients that were taken.
    @ivar statuses: responses whose head went down, by the first digit of their status.
    @ivar own: of these, the proxy's own, by status.
    @ivar seconds: from a request's head to its response's; not of what was refused unread.
    @ivar received: bytes of relayed connections from clients; C{sent}: to them.
    @ivar waited: requests that waited because no member could respond, and then were served.
    @ivar waiting_dropped: those that waited, and did not get a member's response.
    @ivar hedges: by what became of the second member that was asked: C{"won"}: its response went down,
        C{"lost"}: nobody waited for it any more, C{"failed"}: it had none.
    @ivar outcomes_resolved: requests of which nobody knew what became of them, until a member was asked; by
        call.
    @ivar false_404_prevented: a 404 that another member proved wrong.
    @ivar parties_healed: parties that a member was brought.
    """

    connections: int = 0
    statuses: list[int] = field(factory=lambda: [0] * 10)
    own: dict[int, int] = field(factory=lambda: defaultdict(int))
    seconds: Histogram = field(factory=Histogram)
    received: int = 0
    sent: int = 0
    waited: int = 0
    waiting_dropped: int = 0
    hedges: dict[str, int] = field(factory=_counts)
    outcomes_resolved: dict[str, int] = field(factory=_counts)
    false_404_prevented: int = 0
    parties_healed: int = 0


@frozen
class LastChange:
    """When a member changed so last, in seconds since the epoch, why, and what follows: as the log has it."""

    at: float
    cause: str = ""
    next: str = ""


@define(eq=False)
class MemberNumbers:
    """What one member has done since it is one.

    An attempt counts once: one of a request when it is over, one of a relay when it has connected or failed.

    @ivar since: when it became one, in seconds since the epoch; 0: it was one from the start.
    @ivar responded: attempts that got a response, or a relayed connection; C{connect_failed}, C{timed_out},
        C{broken}: those that ended otherwise, in the midst of a response, too; C{cancelled}: those that were
        not waited for, or could not be made for a lack of the proxy's own.
    @ivar first_byte: seconds from an attempt's beginning, the dial included, to its response's head.
    @ivar checks: by result, C{"good"} or C{"bad"}.
    @ivar check_seconds: how long the last one took; C{checked_at}: when it was over, in seconds since the
        epoch, 0: never; C{check_said}: what was wrong, empty: nothing.
    @ivar changes: of its state, by the C{change} of L{MemberChanged<quorumha.events.MemberChanged>}.
    @ivar last: the last change of each sort, likewise.
    @ivar changed_at: when it changed last, in seconds since the epoch; 0: never.
    @ivar cause: why; C{next}: what follows, in the words of the log.
    """

    since: float = 0.0
    responded: int = 0
    connect_failed: int = 0
    timed_out: int = 0
    broken: int = 0
    cancelled: int = 0
    first_byte: Histogram = field(factory=Histogram)
    checks: dict[str, int] = field(factory=_counts)
    check_seconds: float = 0.0
    checked_at: float = 0.0
    check_said: str = ""
    changes: dict[str, int] = field(factory=_counts)
    last: dict[str, LastChange] = field(factory=dict)
    changed_at: float = 0.0
    cause: str = ""
    next: str = ""

    def changed(self, change: str, at: float, cause: str, following: str) -> None:
        """Its state has changed."""
        self.changes[change] += 1
        self.last[change] = LastChange(at, cause, following)
        self.changed_at, self.cause, self.next = at, cause, following


@define(eq=False)
class ProcessNumbers:
    """What the process as a whole has done since it began.

    @ivar reloads_taken: configurations that were taken while it ran; C{reloads_refused}: that were not.
    @ivar reload_succeeded: the last one was taken, or there was none.
    @ivar reloaded_at: when one was taken last, in seconds since the epoch; 0: never.
    @ivar access_log_dropped: lines that the access log had no room for.
    @ivar lag: for how long the reactor came to nothing at the worst, in seconds, since somebody looked.
    @ivar certificates: until when each file's certificate holds, in seconds since the epoch.
    """

    reloads_taken: int = 0
    reloads_refused: int = 0
    reload_succeeded: bool = True
    reloaded_at: float = 0.0
    access_log_dropped: int = 0
    lag: float = 0.0
    certificates: dict[str, float] = field(factory=dict)

    def lagged(self, seconds: float) -> None:
        """The reactor was so late once."""
        if seconds > self.lag:
            self.lag = seconds

    def take_lag(self) -> float:
        """The worst lag since this was called last."""
        lag, self.lag = self.lag, 0.0
        return lag
