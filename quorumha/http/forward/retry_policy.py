"""When the next upstream is asked: what nginx calls C{proxy_next_upstream}, as a function of how far the
attempt got, what came of it, and whether the request can be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import inf

from attrs import frozen
from zope.interface import Attribute, Interface, implementer

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

    #: Pass this response down.
    DELIVER = "deliver"
    #: Buffer this response and ask the next member.
    HOLD = "hold"
    #: Ask the next upstream.
    TRY_NEXT = "try next"
    #: Stop: deliver the best response so far, or the error.
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


class IRetryPolicy(Interface):
    """What follows from how an attempt ended.  Pure: the same in, the same out."""

    statuses = Attribute(
        "C{frozenset[int]}: those that L{decide} wants to see; any other is delivered unasked."
    )
    ask_all = Attribute("C{bool}: with a response kept, ask members that are ejected, too.")
    ask_all_after = Attribute("C{frozenset[int]}: so if the best response so far has one of these statuses.")

    def decide(request: RequestFacts, outcome: Outcome, attempt: AttemptFacts) -> Verdict:
        """Deliver the response, keep it and ask the next upstream, try the next one, or give up."""

    def may_resend(request: RequestFacts, state: AttemptState, waited: float = 0.0) -> bool:
        """Whether the request may be sent once more after an attempt got so far.

        Asked by itself when a kept connection turns out to be stale.

        @param waited: seconds since the whole request was sent; 0 when it was not.
        """


@implementer(IRetryPolicy)
@frozen
class RetryPolicy:
    """When the next upstream is asked, by the outcome and by what a repeat would do.

    @ivar error: another upstream is asked when one cannot be reached or breaks off.
    @ivar timeout: likewise when one is too slow.
    @ivar statuses: likewise on these statuses; the response is kept meanwhile.
    @ivar non_idempotent: POST and other methods that are not idempotent may be
        sent again after a byte of them was sent.
    @ivar tries: at most so many attempts; 0 means one for each member.
    @ivar repeat_within: once a byte was sent and no response came, the request may be sent again if the
        wait for it lasted less than so many seconds and the connection broke: a node that died shows
        at once, one that was silent until a limit passed may only sleep, and will act on what it got.
        0: never; C{inf}: however long it took, and however it ended.  Unless it is 0, one that its checks put
        down is followed however long it took: what it will do it will do whether or not another is asked.
    @ivar ask_all: with a response kept, ask members that are ejected, too.
    @ivar ask_all_after: do so with one of these statuses: a bad guess beats a response that
        only says that something is wrong with who gave it.
    @ivar examined: of C{statuses} those after which the next member is asked only when somebody has
        examined what the first one did: they end the round.
    """

    error: bool = True
    timeout: bool = True
    statuses: frozenset[int] = frozenset({404})
    non_idempotent: bool = True
    tries: int = 0
    repeat_within: float = inf
    ask_all: bool = False
    ask_all_after: frozenset[int] = frozenset()
    examined: frozenset[int] = frozenset()

    @classmethod
    def on_conditions(
        cls, conditions: Sequence[str], non_idempotent: bool = True, tries: int = 0
    ) -> RetryPolicy:
        """As C{next_upstream} says: "error", "timeout" and statuses."""
        statuses = frozenset(int(one) for one in conditions if one.isdecimal())
        return cls("error" in conditions, "timeout" in conditions, statuses, non_idempotent, tries)

    def may_resend(self, request: RequestFacts, state: AttemptState, waited: float = 0.0) -> bool:
        """Whether the request may be sent once more after an attempt got this far."""
        if state <= AttemptState.CONNECTED:
            return True
        if state >= AttemptState.PASSED_DOWN or not request.replayable or waited >= self.repeat_within:
            return False
        return self.non_idempotent or request.method in IDEMPOTENT_METHODS

    def decide(self, request: RequestFacts, outcome: Outcome, attempt: AttemptFacts) -> Verdict:
        """By the state the attempt was in, its outcome, and whether a repeat may do harm."""
        spent = bool(self.tries) and attempt.number >= self.tries
        late = attempt.time_left is not None and attempt.time_left <= 0
        more = not (spent or late)
        waited = attempt.waited
        match outcome:
            case Responded(status):
                # Who responds has said what it did: how long that took means nothing.
                asks = status in self.statuses and status not in self.examined
                again = more and asks and self.may_resend(request, attempt.state, -1.0)
                return Verdict.HOLD if again else Verdict.DELIVER
            case TimedOut():
                # Once all was sent, who is silent may only sleep.
                silent = attempt.state >= AttemptState.SENT_ALL and self.repeat_within < inf
                wanted = self.timeout and not silent
            case WentDown():
                wanted, waited = self.timeout, 0.0
            case ConnectFailed() | LocalFailure() | Broken():
                wanted = self.error
        again = wanted and more and self.may_resend(request, attempt.state, waited)
        return Verdict.TRY_NEXT if again else Verdict.GIVE_UP
