"""L{Sending}: one request that is sent once; its answer is read even when nobody waits any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quorumha.goquorum.forward.asking import Asking, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponse
from quorumha.http.forward.round_policy import Response
from quorumha.http.upstream.attempt import Attempt
from quorumha.net.timeout import Limit
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Phase, TimedOut, WentDown

if TYPE_CHECKING:
    from quorumha.goquorum.forward.ask import Asker

#: Seconds for which a member that a write was sent to may be down by its checks before nobody waits any more.
DOWN_FOR = 1.0


class Sending(Asking):
    """One request that is sent once."""

    __slots__ = ("_deadline", "_when_late")

    def __init__(
        self,
        asker: Asker,
        forwarder: PoolForwarder,
        member: Member,
        body: bytes,
        caller: Caller,
        over: Callable[[Outcome], object],
        deadline: float,
        late: Callable[[Response | None], object],
    ) -> None:
        self._when_late = late
        self._deadline = deadline
        super().__init__(asker, forwarder, member, body, caller, over)
        if member.health.down and self._over is not None:
            # It went down since it was chosen: nobody will say so again.
            self.member_down()
        else:
            self.wait_until(deadline)

    def member_down(self) -> None:
        """Its checks put its member down.  It may only have been slow: that is known in a second."""
        if not self._is_sent():
            self.request.overtake(lambda attempt: attempt.break_off())
            return
        if self._limit is not None:
            self._limit.cancel()
        left = self._deadline - self._asker.clock.seconds() if self._deadline else DOWN_FOR
        if left > DOWN_FOR or not self._deadline:
            self._limit = Limit(self._asker.clock, DOWN_FOR, self._still_down)
        else:
            self.wait_until(self._deadline)

    def _still_down(self) -> None:
        if self.member.health.down:
            self._release("its checks put it down", WentDown())
        else:
            self.wait_until(self._deadline)

    def expire(self) -> None:
        """There was no answer in time: it is read all the same."""
        self._release("no answer in time", TimedOut(Phase.TOTAL))

    def leave(self) -> None:
        """Nobody waits for the answer any more: C{late} is told."""
        self._over = None
        self._remove()
        if not self._keep():
            self.request.abandon()
            self._when_late(None)

    def _release(self, why: str, outcome: WentDown | TimedOut) -> None:
        """Wait no more; read what comes all the same."""
        request, sent = self.request, self._is_sent()
        # The attempt goes its own way: whoever is told of the client's request hears that it was made.
        request.note_unfinished(outcome)
        if not self._keep():
            request.abandon()
        self._end(NoResponse(self.member, sent, why, tuple(request.attempts)))

    def _keep(self) -> bool:
        """Let the attempt be read further, by somebody else; whether there is one."""
        kept = self.request.give_away(self._hand_over)
        if kept:
            self.request.abandon()
        return kept

    def _hand_over(self, attempt: Attempt) -> None:
        late, asker = self._when_late, self._asker

        def ended(one: LateResponse, response: Response | None) -> None:
            asker.late.ended(one)
            late(response)

        asker.late.keep(LateResponse(attempt, ended))
