"""L{AttemptTimeout}: the one timer of a connection to an upstream.

What is waited for has a limit that progress renews.  Over it stand limits that nothing renews: the deadline
of the whole request, and the end of a response, or of its head, that has begun to come.  The nearest runs.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from twisted.internet.interfaces import IReactorTime

from quorumha.net.timeout import LazyTimeout
from quorumha.pool.upstream import Phase


class AttemptTimeout(LazyTimeout):
    """The limit that runs for a connection to an upstream: one at a time, with an end for the whole."""

    __slots__ = ("_at", "_end_phase", "_over", "_phase", "_seconds", "_whole", "end")

    def __init__(self, clock: IReactorTime, callback: Callable[[], object]) -> None:
        super().__init__(clock, callback)
        self._phase = Phase.FIRST_BYTE
        self._seconds = 0.0
        #: Of the whole request; 0: none.
        self._whole = 0.0
        #: Of what comes now, by the clock, and what passes then; 0: it has none.
        self.end = 0.0
        self._end_phase = Phase.FIRST_BYTE
        #: The limit that runs, if it is one of these two; 0: it is not.
        self._at = 0.0
        self._over = Phase.TOTAL

    @property
    def phase(self) -> Phase:
        """Whose limit runs, or has passed."""
        return self._over if self._at else self._phase

    def wait(self, phase: Phase, seconds: float, deadline: float = 0.0, now: float = 0.0) -> None:
        """This is waited for from now on: so long, and until the request's deadline; 0 means no limit.

        @param now: what the clock says, where it was just read; else 0.
        """
        self._phase = phase
        self._seconds = seconds
        self._whole = deadline
        now = now or self._clock.seconds()
        if self.end or (deadline and deadline - now < (seconds or inf)):
            self.arm()
        else:
            # As L{arm} would, without a call: nothing but this limit is near.
            self._at = 0.0
            self.set(seconds, now)

    def wait_to_send(self, seconds: float, deadline: float) -> None:
        """The upstream is to take what waits; a limit for that which runs already runs on."""
        if self._phase is not Phase.SEND or not self._seconds or self._whole != deadline:
            self.wait(Phase.SEND, seconds, deadline)

    def progressed(self) -> None:
        """The upstream took some of what waits."""
        if self._phase is Phase.SEND and self._seconds:
            self.arm()

    def end_within(self, phase: Phase, seconds: float) -> None:
        """What comes now has to be whole in so many seconds, however it comes; 0: it need not any more."""
        self._end_phase = phase
        self.end = self._clock.seconds() + seconds if seconds else 0.0

    def begins(self, seconds: float) -> None:
        """A head has begun: it has as long as its first byte had still; without such a limit, C{seconds}."""
        if not self.end and (self._phase is Phase.SEND or not self._seconds):
            self.end_within(Phase.FIRST_BYTE, seconds)
            self.arm()

    def head_ended(self) -> None:
        """The head that had begun is whole; perhaps another one follows."""
        self.end = 0.0
        self.arm()

    def rest(self, phase: Phase, seconds: float) -> None:
        """Nobody waits for a response; the connection stays for so long."""
        self._phase = phase
        self._seconds = seconds
        self._whole = self.end = self._at = 0.0
        self.set(seconds)

    def arm(self, *, paused: bool = False) -> None:
        """Let the nearest limit run; C{paused}: nothing is read, and only what nothing renews holds."""
        seconds = 0.0 if paused else self._seconds
        end = self._whole
        over = Phase.TOTAL
        if self.end and not 0 < end < self.end:
            end = self.end
            over = self._end_phase
        if end:
            left = end - self._clock.seconds()
            if not seconds or left < seconds:
                if self._at != end:
                    self._at = end
                    self._over = over
                    self.set(max(left, 0.001))
                # Else it runs, or has passed: whatever comes meanwhile does not put it off.
                return
        self._at = 0.0
        self.set(seconds)
