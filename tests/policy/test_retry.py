"""When the next upstream is asked."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.interfaces import IRetryPolicy
from quorumha.policy.retry import AttemptFacts, NextUpstream, RequestFacts, Verdict
from quorumha.upstream import AttemptState, Broken, ConnectFailed, Outcome, Phase, Responded, TimedOut

GET, POST = RequestFacts(b"GET"), RequestFacts(b"POST")
REFUSED, CUT, SLOW = ConnectFailed("refused"), Broken("cut"), TimedOut(Phase.FIRST_BYTE)
NOT_FOUND = Responded(404)


def decide(
    policy: NextUpstream,
    outcome: Outcome,
    state: AttemptState = AttemptState.SENT_ALL,
    request: RequestFacts = POST,
    number: int = 1,
    left: float | None = None,
) -> Verdict:
    return policy.decide(request, outcome, AttemptFacts(number, state, left))


class NextUpstreamTests(SynchronousTestCase):
    """Every input of the decision."""

    def test_interface(self) -> None:
        verifyObject(IRetryPolicy, NextUpstream())

    def test_defaults(self) -> None:
        policy = NextUpstream()
        for outcome in (REFUSED, CUT, SLOW):
            self.assertIs(decide(policy, outcome), Verdict.TRY_NEXT)
        self.assertIs(decide(policy, NOT_FOUND), Verdict.HOLD)
        self.assertIs(decide(policy, Responded(500)), Verdict.DELIVER)

    def test_nothing_after_the_first_byte_went_down(self) -> None:
        policy = NextUpstream()
        for outcome in (CUT, SLOW):
            self.assertIs(decide(policy, outcome, AttemptState.PASSED_DOWN), Verdict.GIVE_UP)
        self.assertIs(decide(policy, NOT_FOUND, AttemptState.PASSED_DOWN), Verdict.DELIVER)

    def test_conditions_switched_off(self) -> None:
        self.assertIs(decide(NextUpstream(error=False), CUT), Verdict.GIVE_UP)
        self.assertIs(decide(NextUpstream(error=False), SLOW), Verdict.TRY_NEXT)
        self.assertIs(decide(NextUpstream(timeout=False), SLOW), Verdict.GIVE_UP)
        self.assertIs(decide(NextUpstream(statuses=frozenset()), NOT_FOUND), Verdict.DELIVER)

    def test_not_idempotent(self) -> None:
        policy = NextUpstream(non_idempotent=False)
        self.assertIs(decide(policy, CUT), Verdict.GIVE_UP)
        self.assertIs(decide(policy, CUT, AttemptState.SENT_SOME), Verdict.GIVE_UP)
        self.assertIs(decide(policy, NOT_FOUND), Verdict.DELIVER)
        self.assertIs(decide(policy, REFUSED, AttemptState.DIALLED), Verdict.TRY_NEXT)
        self.assertIs(decide(policy, CUT, request=GET), Verdict.TRY_NEXT)

    def test_body_that_is_gone(self) -> None:
        gone = RequestFacts(b"POST", replayable=False)
        self.assertIs(decide(NextUpstream(), CUT, request=gone), Verdict.GIVE_UP)
        self.assertIs(decide(NextUpstream(), REFUSED, AttemptState.DIALLED, gone), Verdict.TRY_NEXT)

    def test_tries(self) -> None:
        policy = NextUpstream(tries=2)
        self.assertIs(decide(policy, CUT, number=1), Verdict.TRY_NEXT)
        self.assertIs(decide(policy, CUT, number=2), Verdict.GIVE_UP)
        self.assertIs(decide(policy, NOT_FOUND, number=2), Verdict.DELIVER)

    def test_time_is_up(self) -> None:
        self.assertIs(decide(NextUpstream(), CUT, left=0), Verdict.GIVE_UP)
        self.assertIs(decide(NextUpstream(), NOT_FOUND, left=0), Verdict.DELIVER)
        self.assertIs(decide(NextUpstream(), CUT, left=0.1), Verdict.TRY_NEXT)
