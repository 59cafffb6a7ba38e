"""When the next upstream is asked."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.http.forward.retry_policy import AttemptFacts, IRetryPolicy, RequestFacts, RetryPolicy, Verdict
from quorumha.pool.upstream import AttemptState, Broken, ConnectFailed, Outcome, Phase, Responded, TimedOut

GET, POST = RequestFacts(b"GET"), RequestFacts(b"POST")
REFUSED, CUT, SLOW = ConnectFailed("refused"), Broken("cut"), TimedOut(Phase.FIRST_BYTE)
NOT_FOUND = Responded(404)


def decide(
    policy: RetryPolicy,
    outcome: Outcome,
    state: AttemptState = AttemptState.SENT_ALL,
    request: RequestFacts = POST,
    number: int = 1,
    left: float | None = None,
) -> Verdict:
    return policy.decide(request, outcome, AttemptFacts(number, state, left))


POLICIES = st.builds(
    RetryPolicy,
    error=st.booleans(),
    timeout=st.booleans(),
    statuses=st.frozensets(st.sampled_from([404, 500, 503])),
    non_idempotent=st.booleans(),
    tries=st.integers(0, 3),
)
REQUESTS = st.builds(RequestFacts, st.sampled_from([b"GET", b"POST", b"PATCH", b"PROPFIND"]), st.booleans())
OUTCOMES = st.one_of(
    st.just(REFUSED),
    st.just(CUT),
    st.sampled_from(Phase).map(TimedOut),
    st.sampled_from([200, 404, 500, 503]).map(Responded),
)
ATTEMPTS = st.builds(
    AttemptFacts, st.integers(1, 4), st.sampled_from(AttemptState), st.sampled_from([None, 0.0, 0.1, 3.0])
)


class RulesTests(SynchronousTestCase):
    """What holds whatever the policy."""

    @given(POLICIES, REQUESTS, OUTCOMES, ATTEMPTS)
    def test_rules(
        self, policy: RetryPolicy, request: RequestFacts, outcome: Outcome, attempt: AttemptFacts
    ) -> None:
        verdict = policy.decide(request, outcome, attempt)
        again = verdict in (Verdict.HOLD, Verdict.TRY_NEXT)
        if isinstance(outcome, Responded):
            self.assertIn(verdict, (Verdict.HOLD, Verdict.DELIVER))
            if outcome.status not in policy.statuses:
                self.assertIs(verdict, Verdict.DELIVER, "it says which statuses it wants to see")
        else:
            self.assertIn(verdict, (Verdict.TRY_NEXT, Verdict.GIVE_UP))
        if again:
            self.assertLess(attempt.state, AttemptState.PASSED_DOWN)
            self.assertNotEqual(attempt.time_left, 0)
            self.assertTrue(not policy.tries or attempt.number < policy.tries)
            self.assertTrue(policy.may_resend(request, attempt.state))

    @given(POLICIES, REQUESTS, OUTCOMES, ATTEMPTS, st.sampled_from(AttemptState))
    def test_going_further_never_helps(
        self,
        policy: RetryPolicy,
        request: RequestFacts,
        outcome: Outcome,
        attempt: AttemptFacts,
        earlier: AttemptState,
    ) -> None:
        """What may be done again after much was sent may be done again after less."""
        less = evolve(attempt, state=min(earlier, attempt.state))
        if policy.decide(request, outcome, attempt) in (Verdict.HOLD, Verdict.TRY_NEXT):
            self.assertIs(policy.decide(request, outcome, less), policy.decide(request, outcome, attempt))


class RetryPolicyTests(SynchronousTestCase):
    """Every input of the decision."""

    def test_interface(self) -> None:
        verifyObject(IRetryPolicy, RetryPolicy())

    def test_defaults(self) -> None:
        policy = RetryPolicy()
        for outcome in (REFUSED, CUT, SLOW):
            self.assertIs(decide(policy, outcome), Verdict.TRY_NEXT)
        self.assertIs(decide(policy, NOT_FOUND), Verdict.HOLD)
        self.assertIs(decide(policy, Responded(500)), Verdict.DELIVER)

    def test_nothing_after_the_first_byte_went_down(self) -> None:
        policy = RetryPolicy()
        for outcome in (CUT, SLOW):
            self.assertIs(decide(policy, outcome, AttemptState.PASSED_DOWN), Verdict.GIVE_UP)
        self.assertIs(decide(policy, NOT_FOUND, AttemptState.PASSED_DOWN), Verdict.DELIVER)

    def test_conditions_switched_off(self) -> None:
        self.assertIs(decide(RetryPolicy(error=False), CUT), Verdict.GIVE_UP)
        self.assertIs(decide(RetryPolicy(error=False), SLOW), Verdict.TRY_NEXT)
        self.assertIs(decide(RetryPolicy(timeout=False), SLOW), Verdict.GIVE_UP)
        self.assertIs(decide(RetryPolicy(statuses=frozenset()), NOT_FOUND), Verdict.DELIVER)

    def test_not_idempotent(self) -> None:
        policy = RetryPolicy(non_idempotent=False)
        self.assertIs(decide(policy, CUT), Verdict.GIVE_UP)
        self.assertIs(decide(policy, CUT, AttemptState.SENT_SOME), Verdict.GIVE_UP)
        self.assertIs(decide(policy, NOT_FOUND), Verdict.DELIVER)
        self.assertIs(decide(policy, REFUSED, AttemptState.DIALLED), Verdict.TRY_NEXT)
        self.assertIs(decide(policy, CUT, request=GET), Verdict.TRY_NEXT)

    def test_body_that_is_gone(self) -> None:
        gone = RequestFacts(b"POST", replayable=False)
        self.assertIs(decide(RetryPolicy(), CUT, request=gone), Verdict.GIVE_UP)
        self.assertIs(decide(RetryPolicy(), REFUSED, AttemptState.DIALLED, gone), Verdict.TRY_NEXT)

    def test_tries(self) -> None:
        policy = RetryPolicy(tries=2)
        self.assertIs(decide(policy, CUT, number=1), Verdict.TRY_NEXT)
        self.assertIs(decide(policy, CUT, number=2), Verdict.GIVE_UP)
        self.assertIs(decide(policy, NOT_FOUND, number=2), Verdict.DELIVER)

    def test_time_is_up(self) -> None:
        self.assertIs(decide(RetryPolicy(), CUT, left=0), Verdict.GIVE_UP)
        self.assertIs(decide(RetryPolicy(), NOT_FOUND, left=0), Verdict.DELIVER)
        self.assertIs(decide(RetryPolicy(), CUT, left=0.1), Verdict.TRY_NEXT)
