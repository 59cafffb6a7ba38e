"""L{Rounds}: one request, asked for again until its round policy is content or its time is over.

A round asks every candidate once.  Between rounds the request waits for a member to recover.  The client
sees one response, and what the policy does not look at goes down untouched, as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from attrs import evolve
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import Unavailable, UpstreamError
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import (
    Again,
    Ask,
    Deliver,
    Elsewhere,
    Fail,
    Next,
    Response,
    RoundFacts,
)
from quorumha.http.forward.subrequest import subrequest
from quorumha.http.forward.waiting_request import WaitingRequest
from quorumha.http.forward.waiting_room import WaitEnd, pause_for
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.pool import Candidates

if TYPE_CHECKING:
    from quorumha.http.forward.waiting_forwarder import Choose, WaitingForwarder

log = Logger()


class Rounds:
    """The rounds of one request, which tells it what happens before its client is told."""

    # What most requests never have stands in the class: making one is on the hot path.
    #: Somebody may be asked beside the rounds.
    asks_beside = False
    _asking: Deferred[None] | None = None
    _done = False
    #: The beginning of a response whose rest waits at its connection.
    _partial: bytes | None = None
    #: When a response below 500 was looked at first.
    _refused_at: float | None = None
    _concluded = False
    _wait: WaitingRequest | None = None

    def __init__(self, route: WaitingForwarder, request: ForwardedRequest, choose: Choose) -> None:
        self.statuses = route.round_policy.statuses
        self._route = route
        self._request = request
        self._choose = choose
        request.round = self

    # What the request tells.

    def started(self, data: bytes, complete: bool) -> None:
        """The first round begins; told to those alone who ask somebody beside it."""

    def body_came(self, size: int) -> None:
        """While it waits, its body counts in the waiting room."""
        if self._wait is not None:
            self._route.waiting_room.grew(self._wait, size)

    def passes(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """A response goes down: whoever waits for a member that responds need wait no longer."""
        if self.asks_beside:
            self._release()
        route, request, wait = self._route, self._request, self._wait
        route.round_policy.passed(request.target or request.head.target, head, data, ended)
        if request.attempts and route.round_policy.proves_wrong(head, request.attempts):
            route.forwarder.numbers.false_404_prevented += 1
        if wait is None and self._asking is None:
            return
        self._end(head.status < 500)
        if wait is not None and wait.has_waited and not self._concluded:
            forwarder = route.forwarder
            if not forwarder.pool.full(forwarder.clock.seconds()):
                route.waiting_room.wake()

    def over(self, came: tuple[ResponseHead, bytes] | UpstreamError) -> None:
        """A round is over: let the policy decide what follows."""
        found = came if isinstance(came, UpstreamError) else Response(*came)
        self._partial = found.body if isinstance(found, Response) and self._request.is_partial else None
        others = [Response(*other) for other in self._request.others]
        self._act(self._facts(found, others), self._route.round_policy.decide)

    def ended(self) -> None:
        """The client got an error, or is gone; nothing more is told."""
        self._release()
        self._end(False)

    def _release(self) -> None:
        """The client gets its response, or is gone: who is asked beside the round is released."""

    def _end(self, served: bool) -> None:
        """Neither the next round nor the policy's subrequest is wanted."""
        self._done = True
        if self._wait is not None:
            self._wait.done(served)
            self._request.waited = self._wait.seconds
        if self._asking is not None:
            self._asking.cancel()

    # Between rounds.

    def _facts(
        self,
        came: Response | UpstreamError,
        others: Sequence[Response] = (),
    ) -> RoundFacts:
        request = self._request
        body = request.body
        now = self._route.forwarder.clock.seconds()
        if self._refused_at is None and isinstance(came, Response) and came.head.status < 500:
            self._refused_at = now
        return RoundFacts(
            request.head,
            request.target or request.head.target,
            lambda: b"".join(body.pieces) if body is not None and body.replayable else b"",
            request.attempts,
            request.resent or any(attempt.in_doubt for attempt in request.attempts),
            self._route.forwarder.pool.members,
            came if isinstance(came, Response) else None,
            came if isinstance(came, UpstreamError) else None,
            now=now,
            others=others,
            left=self._left(),
            refused_for=0.0 if self._refused_at is None else now - self._refused_at,
        )

    def _act(self, facts: RoundFacts, decide: Callable[[RoundFacts], Next]) -> None:
        try:
            following = decide(facts)
        except Exception:
            log.failure("the round policy failed")
            following = Fail(UpstreamError("internal error"))
        self._follow(following, facts)

    def _follow(self, following: Next, facts: RoundFacts) -> None:
        match following:
            case Deliver(response, resolved):
                forwarder = self._route.forwarder
                if resolved and forwarder.origin is not None:
                    forwarder.numbers.outcomes_resolved[forwarder.origin.call] += 1
                self._conclude(response)
            case Fail(error):
                self._conclude(error)
            case Ask():
                (self._ask_everyone if following.everyone else self._ask)(following, facts)
            case Elsewhere(member):
                candidates = self._candidates()
                candidates.tried.append(member)
                self._request.again(candidates)
            case Again():
                self._wait_for_member(following, facts)

    def _candidates(self) -> Candidates:
        """Whom the next round asks."""
        return self._choose(self._route.forwarder.pool)

    def _wait_for_member(self, then: Again, facts: RoundFacts) -> None:
        route, body = self._route, self._request.body
        if body is not None and not body.replayable:
            self._give_up(facts)
            return
        if self._wait is None:
            forwarder = route.forwarder
            self._wait = WaitingRequest(route.waiting_room, forwarder.pool, forwarder.clock)
        self._wait.wait(
            partial(self._waited, then, facts),
            pause_for(facts.error, then.after),
            self._left(),
            0 if body is None else body.size,
            quietly=facts.response is not None and facts.response.head.status < 500,
        )

    def _waited(self, then: Again, facts: RoundFacts, end: WaitEnd) -> None:
        match end:
            case WaitEnd.TRY if then.subrequest is not None:
                self._ask(Ask(then.subrequest), facts)
            case WaitEnd.TRY:
                self._request.again(self._candidates())
            case WaitEnd.OVER:
                self._give_up(facts)
            case WaitEnd.REFUSED:
                self._conclude(self._route.waiting_room.refusal())

    def _left(self) -> float | None:
        """Seconds that it may still wait; None: for ever."""
        return self._request.time_left()

    def _give_up(self, facts: RoundFacts) -> None:
        """That time is over."""
        self._act(facts, self._route.round_policy.at_last)

    def _ask(self, ask: Ask, facts: RoundFacts) -> None:
        route, request = self._route, self._request

        def asked(result: Response | Failure) -> None:
            came: Response | UpstreamError
            if not isinstance(result, Failure):
                came = result
            elif isinstance(result.value, UpstreamError):
                came = result.value
            else:
                log.failure("a subrequest failed", result)
                came = UpstreamError("internal error")
            self._act(evolve(self._facts_after(facts), asked=came), route.round_policy.decide)

        deadline = request.deadline
        if ask.within:
            deadline = min(deadline or inf, route.forwarder.clock.seconds() + ask.within)
        member = ask.member
        only = None if member is None else SingleCandidate(route.subrequests.pool, member)
        self._wait_for(subrequest(route.subrequests, ask.head, request.client, only, deadline), asked)

    def _ask_everyone(self, ask: Ask, facts: RoundFacts) -> None:
        route, client, deadline = self._route, self._request.client, self._request.deadline
        pool = route.forwarder.pool
        members = [member for member in pool.members if member.enabled]

        def came(results: list[tuple[bool, Any]]) -> None:
            said = [(member, one) for member, (ok, one) in zip(members, results, strict=True) if ok]
            self._act(evolve(self._facts_after(facts), said=said), route.round_policy.decide)
            if said and self._request.done and self._wait is not None and self._wait.has_waited:
                route.waiting_room.wake()

        asked = [
            subrequest(route.forwarder, ask.head, client, SingleCandidate(pool, member), deadline)
            for member in members
        ]
        self._wait_for(DeferredList(asked, consumeErrors=True), came)

    def _wait_for(self, asking: Deferred[Any], came: Callable[[Any], None]) -> None:
        def ended(result: Any) -> None:
            self._asking = None
            if not self._done:
                came(result)

        # First: one that fails at once may begin the next.
        self._asking = asking
        asking.addBoth(ended).addErrback(lambda failure: log.failure("the round policy failed", failure))

    def _facts_after(self, facts: RoundFacts) -> RoundFacts:
        """What is known now of the round that these told of."""
        before = facts.response or facts.error
        assert before is not None
        return self._facts(before)

    def _conclude(self, what: Response | UpstreamError) -> None:
        """The end: this goes down."""
        request = self._request
        # Who is told this has found nobody that responds.
        self._concluded = True
        if isinstance(what, Response):
            if what.body is self._partial:
                request.deliver_best(what.body)
            else:
                request.respond(what.head, what.body)
        else:
            pool = self._route.forwarder.pool
            request.fail(what.of_pool(pool.name) if isinstance(what, Unavailable) else what)
