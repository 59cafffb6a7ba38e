"""L{Rounds}: one request, asked for again until its judge is content or its time is over.

A round is one L{ForwardedRequest}: every candidate once.  Between
rounds the request is parked: it waits for a member to come back.  The client sees one answer,
and what nobody judges goes down untouched, as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
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
from quorumha.http.forward.subrequest import inquire
from quorumha.http.forward.waiting_room import pause_for
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.timeout import Limit
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.pool import Candidates

if TYPE_CHECKING:
    from quorumha.http.forward.waiting_forwarder import Choose, WaitingForwarder

log = Logger()


class Rounds:
    """The rounds of one request: its L{Round<quorumha.http.forward.request.Round>}."""

    # What most requests never have stands in the class: making one is on the hot path.
    begins = False
    _asking: Deferred[None] | None = None
    _done = False
    _parked = False
    #: The beginning of a response whose rest waits at its connection.
    _partial: bytes | None = None
    #: When a response below 500 was looked at first.
    _refused_at: float | None = None
    _told = False
    _timer: Limit | None = None
    _woken: Callable[[], None] | None = None

    def __init__(self, line: WaitingForwarder, request: ForwardedRequest, choose: Choose) -> None:
        self.statuses = line.statuses
        self._line = line
        self._request = request
        self._choose = choose
        request.round = self

    # What the request tells.

    def started(self, data: bytes, complete: bool) -> None:
        """The first round begins."""

    def body_came(self, size: int) -> None:
        """While it waits, its body counts in the waiting room."""
        if self._woken is not None:
            self._line.waiting_room.grew(self, size)

    def passes(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """A response goes down: whoever waits for a member that responds need wait no longer."""
        line, request = self._line, self._request
        line.judge.passed(request.head, request.target or request.head.target, head, data, ended)
        if self._parked or self._asking is not None:
            self.ended()
        if self._parked and not self._told and not line.forwarder.pool.full(line.forwarder.clock.seconds()):
            line.waiting_room.wake()

    def over(self, came: tuple[ResponseHead, bytes] | UpstreamError) -> None:
        """A round is over: let the policy decide what follows."""
        found = came if isinstance(came, UpstreamError) else Response(*came)
        self._partial = found.body if isinstance(found, Response) and self._request.is_partial else None
        others = [Response(*other) for other in self._request.others]
        self._act(self._facts(found, others=others), self._line.judge.decide)

    def ended(self) -> None:
        """Neither the next round nor the policy's question is wanted."""
        self._done = True
        self._wait_no_more()
        if self._asking is not None:
            self._asking.cancel()

    # Between rounds.

    def _facts(
        self,
        came: Response | UpstreamError,
        asked: Response | UpstreamError | None = None,
        others: Sequence[Response] = (),
    ) -> RoundFacts:
        request = self._request
        body = request.body
        now = self._line.forwarder.clock.seconds()
        if self._refused_at is None and isinstance(came, Response) and came.head.status < 500:
            self._refused_at = now
        return RoundFacts(
            request.head,
            request.target or request.head.target,
            lambda: b"".join(body.pieces) if body is not None and body.replayable else b"",
            request.attempts,
            request.resent or any(attempt.unknown for attempt in request.attempts),
            self._line.forwarder.pool.members,
            came if isinstance(came, Response) else None,
            came if isinstance(came, UpstreamError) else None,
            asked,
            now,
            others,
            self._left(),
            0.0 if self._refused_at is None else now - self._refused_at,
        )

    def _act(self, facts: RoundFacts, decide: Callable[[RoundFacts], Next]) -> None:
        try:
            following = decide(facts)
        except Exception:
            log.failure("judging failed")
            following = Fail(UpstreamError("internal error"))
        self._follow(following, facts)

    def _follow(self, following: Next, facts: RoundFacts) -> None:
        match following:
            case Deliver(response):
                self._tell(response)
            case Fail(error):
                self._tell(error)
            case Ask():
                self._ask(following, facts)
            case Elsewhere(member):
                candidates = self._candidates()
                candidates.tried.append(member)
                self._request.again(candidates)
            case Again(after, question):
                self._park(after, question, facts)

    def _candidates(self) -> Candidates:
        """Whom the next round asks."""
        return self._choose(self._line.forwarder.pool)

    def _park(self, after: float, question: RequestHead | None, facts: RoundFacts) -> None:
        line, body = self._line, self._request.body
        left = self._left()
        if (left is not None and left <= 0) or not (body is None or body.replayable):
            self._give_up(facts)
            return
        after = pause_for(facts.error, after)
        self._woken = self._again if question is None else lambda: self._ask(Ask(question), facts)
        self._arm(after, facts)
        quietly = self._parked or (facts.response is not None and facts.response.head.status < 500)
        self._parked = True
        line.waiting_room.park(self, 0 if body is None else body.size, quietly=quietly)

    def _arm(self, after: float, facts: RoundFacts) -> None:
        """Go on after so long, or tell the client when the time is over, whichever is first."""
        line, left = self._line, self._left()
        clock, pool = line.forwarder.clock, line.forwarder.pool
        last = left is not None and left <= after

        def over() -> None:
            woken = self._woken
            if last:
                self._wait_no_more()
                self._give_up(facts)
            elif pool.has_room(clock.seconds()) or line.waiting_room.may_try(clock.seconds(), after):
                self._wait_no_more()
                assert woken is not None
                woken()
            else:
                # One tries for all: whoever finds that a member answers wakes the others.
                self._arm(after, facts)

        self._timer = Limit(clock, left if last and left is not None else after, over)

    def _left(self) -> float | None:
        """Seconds that it may still wait; None: for ever."""
        return self._request.time_left()

    def _give_up(self, facts: RoundFacts) -> None:
        """That time is over."""
        self._act(facts, self._line.judge.at_last)

    def wake(self) -> None:
        """Go on: a member may respond, or it is time to try."""
        woken = self._woken
        self._wait_no_more()
        if woken is not None:
            woken()

    def release(self) -> None:
        """There is no room to wait any more."""
        self._wait_no_more()
        self._tell(self._line.waiting_room.refusal())

    def _wait_no_more(self) -> None:
        timer, self._timer = self._timer, None
        self._woken = None
        if timer is not None:
            timer.cancel()
            self._line.waiting_room.leave(self)

    def _again(self) -> None:
        self._request.again(self._candidates())

    def _ask(self, question: Ask, facts: RoundFacts) -> None:
        line, request = self._line, self._request

        def asked(result: Response | Failure) -> None:
            self._asking = None
            if self._done:
                return
            if isinstance(result, Failure):
                if not result.check(UpstreamError):
                    log.failure("an inquiry failed", result)
                value = result.value
                came: Response | UpstreamError = (
                    value if isinstance(value, UpstreamError) else UpstreamError("internal error")
                )
            else:
                came = result
            told = facts.response or facts.error
            assert told is not None
            self._act(self._facts(told, came), line.judge.decide)

        deadline = request.deadline
        if question.within:
            deadline = min(deadline or inf, line.forwarder.clock.seconds() + question.within)
        member = question.member
        only = None if member is None else SingleCandidate(line.asking.pool, member)
        asking = inquire(line.asking, question.head, request.client, only, deadline)
        self._asking = asking.addBoth(asked)
        self._asking.addErrback(lambda failure: log.failure("judging failed", failure))

    def _tell(self, what: Response | UpstreamError) -> None:
        """The end: this goes down."""
        request = self._request
        # Who is told this has found nobody that responds.
        self._told = True
        if isinstance(what, Response):
            if what.body is self._partial:
                request.deliver_best(what.body)
            else:
                request.respond(what.head, what.body)
        else:
            pool = self._line.forwarder.pool
            request.fail(what.of_pool(pool.name) if isinstance(what, Unavailable) else what)
