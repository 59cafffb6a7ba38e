"""When a write may go to another upstream."""

from __future__ import annotations

from math import inf

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.http.forward.retry_policy import AttemptFacts, IRetryPolicy, RequestFacts, RetryPolicy, Verdict
from quorumha.pool.upstream import (
    AttemptState,
    Broken,
    ConnectFailed,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    WentDown,
)

REFUSED, CUT, SLOW, DOWN = ConnectFailed("refused"), Broken("cut"), TimedOut(Phase.FIRST_BYTE), WentDown()
POST = RequestFacts(b"POST")
GONE = RequestFacts(b"POST", replayable=False)
DIALLED, CONNECTED, SENT_SOME, SENT_ALL, HEAD_SEEN, PASSED_DOWN = AttemptState

#: As the calls of Tessera have them: a read, something new each time, something once.
READ = RetryPolicy(statuses=frozenset({500}))
NEW = RetryPolicy(statuses=frozenset({404, 410}), repeat_within=2.0)
ONCE = RetryPolicy(statuses=frozenset(), repeat_within=0.0)

AGAIN, GIVE_UP, HOLD, DELIVER = Verdict.TRY_NEXT, Verdict.GIVE_UP, Verdict.HOLD, Verdict.DELIVER

#: State, seconds waited, outcome; what follows for a read, for something new, for something once.
TABLE: list[tuple[AttemptState, float, Outcome, Verdict, Verdict, Verdict]] = [
    (DIALLED, 0, REFUSED, AGAIN, AGAIN, AGAIN),
    (DIALLED, 0, TimedOut(Phase.CONNECT), AGAIN, AGAIN, AGAIN),
    (CONNECTED, 0, CUT, AGAIN, AGAIN, AGAIN),
    (SENT_SOME, 0, CUT, AGAIN, AGAIN, GIVE_UP),
    (SENT_SOME, 0, TimedOut(Phase.SEND), AGAIN, AGAIN, GIVE_UP),
    (SENT_ALL, 0, CUT, AGAIN, AGAIN, GIVE_UP),
    (SENT_ALL, 1.999, CUT, AGAIN, AGAIN, GIVE_UP),
    (SENT_ALL, 2, CUT, AGAIN, GIVE_UP, GIVE_UP),
    # However short the limit: who falls silent is not dead.
    (SENT_ALL, 0.5, SLOW, AGAIN, GIVE_UP, GIVE_UP),
    (SENT_ALL, 2, SLOW, AGAIN, GIVE_UP, GIVE_UP),
    (SENT_ALL, 3600, CUT, AGAIN, GIVE_UP, GIVE_UP),
    # What that one will do it will do, whether or not another one is asked.
    (SENT_SOME, 0, DOWN, AGAIN, AGAIN, GIVE_UP),
    (SENT_ALL, 0.5, DOWN, AGAIN, AGAIN, GIVE_UP),
    (SENT_ALL, 3600, DOWN, AGAIN, AGAIN, GIVE_UP),
    (HEAD_SEEN, 0.1, CUT, AGAIN, AGAIN, GIVE_UP),
    (HEAD_SEEN, 2, CUT, AGAIN, GIVE_UP, GIVE_UP),
    (PASSED_DOWN, 0.1, CUT, GIVE_UP, GIVE_UP, GIVE_UP),
    (SENT_ALL, 0.1, Responded(200), DELIVER, DELIVER, DELIVER),
    (SENT_ALL, 0.1, Responded(404), DELIVER, HOLD, DELIVER),
    (SENT_ALL, 3600, Responded(404), DELIVER, HOLD, DELIVER),
    (SENT_SOME, 0, Responded(410), DELIVER, HOLD, DELIVER),
    (SENT_ALL, 3600, Responded(500), HOLD, DELIVER, DELIVER),
    (PASSED_DOWN, 0.1, Responded(404), DELIVER, DELIVER, DELIVER),
]

CLASSES = st.builds(
    RetryPolicy,
    statuses=st.frozensets(st.sampled_from([404, 410, 500, 503])),
    repeat_within=st.sampled_from([0.0, 0.5, 2.0, inf]),
    ask_all=st.booleans(),
    tries=st.integers(0, 3),
)
REQUESTS = st.builds(RequestFacts, st.sampled_from([b"GET", b"POST", b"DELETE"]), st.booleans())
OUTCOMES = st.one_of(
    st.just(REFUSED),
    st.just(CUT),
    st.sampled_from(Phase).map(TimedOut),
    st.sampled_from([200, 404, 410, 500, 503]).map(Responded),
)
WAITED = st.sampled_from([0.0, 0.1, 0.5, 1.9, 2.0, 60.0])
ATTEMPTS = st.builds(
    AttemptFacts,
    st.integers(1, 4),
    st.sampled_from(AttemptState),
    st.sampled_from([None, 0.0, 0.1, 3.0]),
    WAITED,
)


class TableTests(SynchronousTestCase):
    """How far it got, how long it took, what came of it."""

    def test_examined(self) -> None:
        """Such a response ends the round, whatever the others among its kind do."""
        looking = evolve(NEW, statuses=frozenset({404, 500}), examined=frozenset({500}))
        facts = AttemptFacts(1, HEAD_SEEN)
        self.assertIs(looking.decide(POST, Responded(500), facts), DELIVER)
        self.assertIs(looking.decide(POST, Responded(404), facts), HOLD)

    def test_table(self) -> None:
        for state, waited, outcome, *verdicts in TABLE:
            for write_class, verdict in zip((READ, NEW, ONCE), verdicts, strict=True):
                given_verdict = write_class.decide(POST, outcome, AttemptFacts(1, state, None, waited))
                self.assertIs(given_verdict, verdict, (write_class, state, waited, outcome))

    def test_interface(self) -> None:
        verifyObject(IRetryPolicy, RetryPolicy(statuses=frozenset()))

    def test_defaults(self) -> None:
        """Without more said it is a read of which every answer is one."""
        usual = RetryPolicy(statuses=frozenset())
        self.assertIs(usual.decide(POST, SLOW, AttemptFacts(1, SENT_ALL, None, 60)), AGAIN)
        self.assertIs(usual.decide(POST, Responded(500), AttemptFacts(1, SENT_ALL)), DELIVER)
        self.assertFalse(usual.ask_all)

    def test_body_that_is_gone(self) -> None:
        """What was not kept can't be sent again, and no answer is held for it."""
        self.assertIs(READ.decide(GONE, CUT, AttemptFacts(1, SENT_SOME)), GIVE_UP)
        self.assertIs(READ.decide(GONE, Responded(500), AttemptFacts(1, SENT_ALL)), DELIVER)
        self.assertIs(READ.decide(GONE, REFUSED, AttemptFacts(1, DIALLED)), AGAIN)

    def test_tries(self) -> None:
        twice = RetryPolicy(statuses=frozenset({404}), tries=2)
        self.assertIs(twice.decide(POST, CUT, AttemptFacts(1, SENT_ALL)), AGAIN)
        self.assertIs(twice.decide(POST, CUT, AttemptFacts(2, SENT_ALL)), GIVE_UP)
        self.assertIs(twice.decide(POST, Responded(404), AttemptFacts(1, SENT_ALL)), HOLD)
        self.assertIs(twice.decide(POST, Responded(404), AttemptFacts(2, SENT_ALL)), DELIVER)

    def test_time_is_up(self) -> None:
        self.assertIs(READ.decide(POST, CUT, AttemptFacts(1, SENT_ALL, 0)), GIVE_UP)
        self.assertIs(READ.decide(POST, Responded(500), AttemptFacts(1, SENT_ALL, 0)), DELIVER)
        self.assertIs(READ.decide(POST, CUT, AttemptFacts(1, SENT_ALL, 0.1)), AGAIN)


class RulesTests(SynchronousTestCase):
    """What holds for every class."""

    @given(CLASSES, REQUESTS, OUTCOMES, ATTEMPTS)
    def test_rules(
        self, write_class: RetryPolicy, request: RequestFacts, outcome: Outcome, attempt: AttemptFacts
    ) -> None:
        verdict = write_class.decide(request, outcome, attempt)
        if isinstance(outcome, Responded):
            self.assertIn(verdict, (HOLD, DELIVER))
            if outcome.status not in write_class.statuses:
                self.assertIs(verdict, DELIVER, "it says which statuses it wants to see")
        else:
            self.assertIn(verdict, (AGAIN, GIVE_UP))
        if verdict in (HOLD, AGAIN):
            self.assertLess(attempt.state, PASSED_DOWN)
            self.assertNotEqual(attempt.time_left, 0)
            self.assertTrue(not write_class.tries or attempt.number < write_class.tries)
        if verdict is AGAIN:
            self.assertTrue(write_class.may_resend(request, attempt.state, attempt.waited))

    @given(CLASSES, REQUESTS, OUTCOMES, ATTEMPTS)
    def test_nothing_after_an_answer_went_down(
        self, write_class: RetryPolicy, request: RequestFacts, outcome: Outcome, attempt: AttemptFacts
    ) -> None:
        verdict = write_class.decide(request, outcome, evolve(attempt, state=PASSED_DOWN))
        self.assertIn(verdict, (DELIVER, GIVE_UP))
        self.assertFalse(write_class.may_resend(request, PASSED_DOWN, attempt.waited))

    @given(CLASSES, REQUESTS, st.sampled_from(AttemptState), WAITED)
    def test_never_within_nothing(
        self, write_class: RetryPolicy, request: RequestFacts, state: AttemptState, waited: float
    ) -> None:
        """With C{repeat_within=0} nothing is sent again after a byte; before that, always."""
        once = evolve(write_class, repeat_within=0.0)
        self.assertEqual(once.may_resend(request, state, waited), state <= CONNECTED)

    @given(CLASSES, REQUESTS, OUTCOMES, ATTEMPTS, st.sampled_from(AttemptState), WAITED)
    def test_going_further_or_waiting_longer_never_helps(
        self,
        write_class: RetryPolicy,
        request: RequestFacts,
        outcome: Outcome,
        attempt: AttemptFacts,
        earlier: AttemptState,
        shorter: float,
    ) -> None:
        """What may be done again after much was sent, or late, may be done after less, and sooner."""
        less = evolve(attempt, state=min(earlier, attempt.state), waited=min(shorter, attempt.waited))
        verdict = write_class.decide(request, outcome, attempt)
        if verdict in (HOLD, AGAIN):
            self.assertIs(write_class.decide(request, outcome, less), verdict)

    @given(CLASSES, OUTCOMES, ATTEMPTS)
    def test_the_method_says_nothing(
        self, write_class: RetryPolicy, outcome: Outcome, attempt: AttemptFacts
    ) -> None:
        verdicts = {
            write_class.decide(RequestFacts(method), outcome, attempt) for method in (b"GET", b"POST")
        }
        self.assertEqual(len(verdicts), 1)
