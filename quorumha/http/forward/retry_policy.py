"""When the next upstream is asked.

What nginx calls C{proxy_next_upstream}, told as a function of how far the
attempt got, what came of it, and whether the request can be sent again.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen
from zope.interface import implementer

from quorumha.interfaces import IRetryPolicy
from quorumha.pool.upstream import (
    AttemptState,
    Broken,
    ConnectFailed,
    LocalFailure,
    Outcome,
    Responded,
    TimedOut,
    WentDown,
)

#: RFC 9110 section 9.2.2.
IDEMPOTENT_METHODS = frozenset({b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"})


class Verdict(Enum):
    """What to do now."""

    #: Pass this answer down.
    DELIVER = "deliver"
    #: Keep this answer in hand and ask the next upstream.
    HOLD = "hold"
    #: Ask the next upstream.
    TRY_NEXT = "try next"
    #: Stop: deliver the answer in hand, or the error.
    GIVE_UP = "give up"


@frozen
class RequestFacts:
    """What a policy may know of a request.

    @ivar method: upper case, C{b"POST"}.
    @ivar replayable: the whole body so far is in memory and can be sent again.
    """

    method: bytes
    replayable: bool = True


@frozen
class AttemptFacts:
    """What a policy may know of an attempt.

    @ivar number: 1 for the first.  A fresh connection in place of a stale kept
        one is not a new attempt.
    @ivar state: how far it got.
    @ivar time_left: seconds until the whole request's limit; None without one.
    @ivar waited: seconds since the whole request was sent; 0 when it was not.
    """

    number: int
    state: AttemptState
    time_left: float | None = None
    waited: float = 0.0


@implementer(IRetryPolicy)
@frozen
class NextUpstream:
    """nginx's C{proxy_next_upstream} and C{proxy_next_upstream_tries}.

    @ivar error: another upstream is asked when one cannot be reached or breaks off.
    @ivar timeout: likewise when one is too slow.
    @ivar statuses: likewise on these statuses; the answer is held meanwhile.
    @ivar non_idempotent: POST and other methods that are not idempotent may be
        sent again after a byte of them was sent.
    @ivar tries: at most so many attempts; 0 means one for each member.
    @ivar ask_all: with an answer in hand, ask members that are put aside, too.
    @ivar ask_all_after: do so with one of these statuses in hand.
    """

    error: bool = True
    timeout: bool = True
    statuses: frozenset[int] = frozenset({404})
    non_idempotent: bool = True
    tries: int = 0
    ask_all: bool = False
    ask_all_after: frozenset[int] = frozenset()

    def may_resend(self, request: RequestFacts, state: AttemptState, waited: float = 0.0) -> bool:
        """Whether the request may be sent once more after an attempt got this far."""
        if state >= AttemptState.PASSED_DOWN:
            return False
        if state <= AttemptState.CONNECTED:
            return True
        if not request.replayable:
            return False
        return self.non_idempotent or request.method in IDEMPOTENT_METHODS

    def decide(self, request: RequestFacts, outcome: Outcome, attempt: AttemptFacts) -> Verdict:
        """See L{IRetryPolicy.decide}."""
        spent = bool(self.tries) and attempt.number >= self.tries
        late = attempt.time_left is not None and attempt.time_left <= 0
        again = not spent and not late and self.may_resend(request, attempt.state, attempt.waited)
        match outcome:
            case Responded(status):
                return Verdict.HOLD if again and status in self.statuses else Verdict.DELIVER
            case TimedOut() | WentDown():
                return Verdict.TRY_NEXT if again and self.timeout else Verdict.GIVE_UP
            case ConnectFailed() | LocalFailure() | Broken():
                return Verdict.TRY_NEXT if again and self.error else Verdict.GIVE_UP
