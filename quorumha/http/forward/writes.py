"""L{WriteRounds}: a write in rounds.

One that finds no member does not wait for ever.  When the member that it waits for is put down by its checks,
it goes on at the next one, and the first is listened to further.  Whichever responds first gives the
response; an error of one waits for the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import field, frozen
from twisted.logger import Logger

from quorumha.errors import Unavailable, UpstreamError
from quorumha.http.forward.late_responses import LateResponse, LateResponses
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import Again, Deliver, Fail, Next, Response, RoundFacts
from quorumha.http.forward.rounds import Rounds
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.timeout import Limit
from quorumha.pool.candidates import AwakeCandidates
from quorumha.pool.pool import Candidates, Member
from quorumha.pool.upstream import AttemptResult, AttemptState, Broken, Responded

if TYPE_CHECKING:
    from quorumha.http.forward.waiting_forwarder import Choose, WaitingForwarder

log = Logger()

#: Statuses from here on are errors.
ERRORS = 400

ALL_ERRORS = frozenset(range(ERRORS, 1000))

#: Seconds; who breaks off sooner did not work on it.
AT_ONCE = 2.0

#: Called with a request, the member that made something nobody asks for any more, and its response.
Orphaned = Callable[[RequestHead, Member, Response], None]


@frozen(eq=False)
class Overtaking:
    """The writes of one kind of call that are under way, and what is done when their member goes down.

    @ivar late: where responses are read that no client waits for.
    @ivar writes: those that may go on elsewhere.
    """

    late: LateResponses
    orphaned: Orphaned
    writes: set[WriteRounds] = field(factory=set, init=False)

    def down(self, member: Member) -> None:
        """A member's checks put it down: whoever waits for it goes on at the next one."""
        for write in tuple(self.writes):
            try:
                write.member_down(member)
            except Exception:
                log.failure("going on elsewhere failed")


class WriteRounds(Rounds):
    """Rounds of a write, which go on elsewhere when their member goes down."""

    asks_beside = True
    _waits_since = 0.0
    _taken = -1
    #: Who may respond yet, by member; made for the first.
    _late: dict[Member, LateResponse] | None = None
    #: An error that one of them responded.
    _late_error: Response | None = None
    #: What goes down unless one of them responds better, and until when that is waited for.
    _decided: Deliver | Fail | None = None
    _until: Limit | None = None

    def __init__(self, route: WaitingForwarder, request: ForwardedRequest, choose: Choose) -> None:
        super().__init__(route, request, choose)
        if route.overtaking is not None:
            # It may go on elsewhere when its member goes down.
            route.overtaking.writes.add(self)

    # How long it waits.

    def _wait_for_member(self, then: Again, facts: RoundFacts) -> None:
        taken = sum(map(_was_taken, facts.attempts))
        if taken != self._taken:
            # It has found a member since it waited last.
            self._taken, self._waits_since = taken, facts.now
        super()._wait_for_member(then, facts)

    def _left(self) -> float | None:
        most, left = self._route.wait, super()._left()
        if not most or left is not None:
            return left
        if self._taken < 0:
            return most
        return max(0.0, self._waits_since + most - self._route.forwarder.clock.seconds())

    def _give_up(self, facts: RoundFacts) -> None:
        if facts.error is None or not self._route.wait or self._request.deadline:
            super()._give_up(facts)
            return
        # The pool's name in front of it is put there again.
        causes = str(facts.error).partition(": ")[2] or str(facts.error)
        self._conclude(Unavailable(f"no member could take it for {self._route.wait:g} s: {causes}"))

    # A member goes down, and may respond yet.

    def member_down(self, member: Member) -> None:
        """Its checks put it down."""
        if self._request.member is member:
            self._request.overtake(self._keep)

    def _keep(self, attempt: Attempt) -> None:
        route, overtaking = self._route, self._route.overtaking
        assert overtaking is not None
        overtaking.late.overtaken += 1
        if self._late is None:
            self._late = {}
        self._late[attempt.member] = LateResponse(attempt, self._late_ended)
        # An error of one waits for the other.
        self.statuses = route.round_policy.statuses | ALL_ERRORS

    def _candidates(self) -> Candidates:
        """Not those that may respond yet."""
        if not self._late:
            return super()._candidates()
        return AwakeCandidates(self._route.forwarder.pool, self._late)

    def _late_ended(self, late: LateResponse, response: Response | None) -> None:
        assert self._late is not None
        del self._late[late.member]
        if not self._late:
            self.statuses = self._route.round_policy.statuses
        if response is not None and response.head.status < ERRORS:
            # It came first.
            self._request.give_away(self._keep)
            self._conclude(response)
            return
        if response is not None:
            said = Responded(response.head.status)
            self._request.attempts.append(AttemptResult(late.member.upstream, said, AttemptState.SENT_ALL))
            if self._late_error is None or response.head.status < 500:
                self._late_error = response
        if self._late:
            return
        response = self._late_error
        if self._decided is not None:
            self._complete_decided()
        elif self._wait is not None and self._wait.waits and response is not None:
            # All others had failed: this is what came of them all.
            self._wait.leave()
            self._late_error = None
            self._act(self._facts(response), self._route.round_policy.decide)

    def over(self, came: tuple[ResponseHead, bytes] | UpstreamError) -> None:
        """A round is over; what one of those responded that may respond late counts, too."""
        error = self._late_error
        if error is not None and not self._late and isinstance(came, UpstreamError):
            self._late_error, came = None, (error.head, error.body)
        super().over(came)

    def _follow(self, following: Next, facts: RoundFacts) -> None:
        if self._late and self._is_error(following):
            assert isinstance(following, Deliver | Fail)
            left = self._left()
            if left is None or left > 0:
                # An error of one waits for the other.
                self._decided = following
                if left is not None:
                    self._until = Limit(self._route.forwarder.clock, left, self._complete_decided)
                return
        super()._follow(following, facts)

    def _is_error(self, following: Next) -> bool:
        if isinstance(following, Deliver):
            return following.response.head.status >= ERRORS
        return isinstance(following, Fail)

    def _complete_decided(self) -> None:
        decided = self._decided
        assert decided is not None
        self._conclude(
            decided.response if isinstance(decided, Deliver) else self._late_error or decided.error
        )

    # The end.

    def _release(self) -> None:
        """The client gets its response, or is gone: who may respond yet is only read."""
        if self._until is not None:
            self._until.cancel()
        self._decided = None
        route, overtaking = self._route, self._route.overtaking
        if overtaking is None:
            return
        overtaking.writes.discard(self)
        late, self._late = self._late, None
        head, target = self._request.head, self._request.target or self._request.head.target

        def ended(one: LateResponse, response: Response | None) -> None:
            # No client waits for it.
            overtaking.late.ended(one)
            if response is not None and 200 <= response.head.status < 300:
                route.round_policy.passed(target, response.head, response.body, True)
                overtaking.orphaned(head, one.member, response)

        for one in (late or {}).values():
            one.ended = ended
            overtaking.late.keep(one)


def _was_taken(attempt: AttemptResult) -> bool:
    """Whether a member worked on it, as far as is known; one without its database did not."""
    outcome = attempt.outcome
    failed = isinstance(outcome, Responded) and outcome.status >= 500
    died = isinstance(outcome, Broken) and attempt.waited < AT_ONCE
    return attempt.state >= AttemptState.SENT_ALL and not failed and not died
