"""When a request may go to another upstream, told by what a repeat would do."""

from __future__ import annotations

from math import inf

from attrs import frozen
from zope.interface import implementer

from quorumha.http.forward.retry_policy import AttemptFacts, RequestFacts, Verdict
from quorumha.interfaces import IRetryPolicy
from quorumha.pool.upstream import AttemptState, Outcome, Responded, TimedOut, WentDown


@implementer(IRetryPolicy)
@frozen
class WriteClass:
    """Unlike L{NextUpstream<quorumha.http.forward.retry_policy.NextUpstream>} it does not go by the method.

    @ivar statuses: answers that tell that nothing was done, and that another member may do better.
        They are held, and the next one is asked, whatever came before.
    @ivar repeat_within: once a byte was sent and no answer came, the request may be sent again if the
        wait for it lasted less than so many seconds and the connection broke: a node that died shows
        at once, one that was silent until a limit passed may only sleep, and will act on what it got.
        0: never; C{inf}: however long it took, and however it ended.  Unless it is 0, one that its checks put
        down is followed however long it took: what it will do it will do whether or not another is asked.
    @ivar ask_all: with an answer in hand, ask members that are put aside, too.
    @ivar ask_all_after: do so with one of these statuses in hand: a bad guess beats an answer that
        only says that something is wrong with who gave it.
    @ivar looked_into: of C{statuses} those after which the next member is asked only when somebody has looked
        into it: they end the round.
    @ivar tries: at most so many attempts; 0 means one for each member.
    """

    statuses: frozenset[int] = frozenset()
    repeat_within: float = inf
    ask_all: bool = False
    ask_all_after: frozenset[int] = frozenset()
    tries: int = 0
    looked_into: frozenset[int] = frozenset()

    def may_resend(self, request: RequestFacts, state: AttemptState, waited: float = 0.0) -> bool:
        """See L{IRetryPolicy.may_resend}."""
        if state <= AttemptState.CONNECTED:
            return True
        return state < AttemptState.PASSED_DOWN and request.replayable and waited < self.repeat_within

    def decide(self, request: RequestFacts, outcome: Outcome, attempt: AttemptFacts) -> Verdict:
        """See L{IRetryPolicy.decide}."""
        spent = bool(self.tries) and attempt.number >= self.tries
        late = attempt.time_left is not None and attempt.time_left <= 0
        if isinstance(outcome, Responded):
            more = attempt.state < AttemptState.PASSED_DOWN and request.replayable and not (spent or late)
            status = outcome.status
            held = more and status in self.statuses and status not in self.looked_into
            return Verdict.HOLD if held else Verdict.DELIVER
        silent = isinstance(outcome, TimedOut) and attempt.state >= AttemptState.SENT_ALL
        if silent and self.repeat_within < inf:
            return Verdict.GIVE_UP
        waited = 0.0 if isinstance(outcome, WentDown) else attempt.waited
        again = not (spent or late) and self.may_resend(request, attempt.state, waited)
        return Verdict.TRY_NEXT if again else Verdict.GIVE_UP
