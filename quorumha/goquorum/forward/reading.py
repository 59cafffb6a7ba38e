"""L{Reading}: one read that takes the long way: from member to member, until one has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quorumha.goquorum.decide.call import Call, too_much, unanswered
from quorumha.goquorum.decide.facts import Behind
from quorumha.goquorum.decide.floors import Floor
from quorumha.goquorum.decide.heights import best_height, signs_of
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.verdict import Verdict, prefix_of, says_absent, verdict_of
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.tries import Tries, reply_of
from quorumha.goquorum.forward.waits import PAUSE
from quorumha.http.forward.waiting_room import FULL_PAUSE
from quorumha.pool.pool import Member

if TYPE_CHECKING:
    from quorumha.goquorum.forward.reads import Reads

#: How often a call may have broken off at each member: what ends nodes is not sent to them for ever.
BREAKS = 2


class Reading:
    """One read.

    @ivar height: of the block that a member has to have; -1: any will do.
    """

    def __init__(
        self,
        reads: Reads,
        call: Call,
        rule: Rule,
        caller: Caller,
        floor: Floor,
        deadline: float,
        stream: bool,
        height: int,
    ) -> None:
        self._reads = reads
        self._call = call
        self._rule = rule
        self._caller = caller
        self._floor = floor
        self._deadline = deadline
        self._prefix = prefix_of(call.id) if stream else b""
        self.height = height
        self._pool = reads.asker.pool
        self._tries = Tries(self._pool)
        #: An answer that there is no such thing, which is not believed yet.
        self._null: MemberResponse | None = None
        #: The height that its member was known to have then.
        self._null_at = -1
        self._broke = 0
        #: Whoever is asked is down or ejected, as far as is known.
        self._guessed = False
        self._waiting = reads.waits.begin(caller)
        self._served = False

    def _now(self) -> float:
        return self._reads.asker.clock.seconds()

    async def run(self, outcome: Outcome | None) -> Reply:
        """Ask until it is answered.

        @param outcome: of the first try, where there was one.
        @raise OwnResponse: it cannot be.
        """
        while True:
            if outcome is None:
                outcome = await self._ask()
            reply = await self._round_over() if outcome is None else self._looked_at(outcome)
            if reply is not None:
                self._served = reply.member is not None
                return reply
            outcome = None

    def end(self) -> None:
        """It is over, or the client is gone."""
        self._waiting.done(served=self._served)

    # What came of a try.

    def _looked_at(self, outcome: Outcome) -> Reply | None:
        """The reply, if this was the answer; None: another member is asked."""
        tries, call, secret = self._tries, self._call, self._rule.secret
        if isinstance(outcome, NoResponse):
            tries.lost(outcome)
            # What stands before a node that starts takes connections and ends them: not for this call.
            self._broke += outcome.sent and not self._guessed
            if outcome.limited:
                raise too_much(f"{outcome.member.name}: {outcome.error}")
            if secret and outcome.sent:
                raise unanswered(outcome.member.name, outcome.error)
            return None
        verdict = Verdict.DELIVER
        if outcome.rest is None:
            verdict = verdict_of(outcome.body, call.id, outcome.head.status)
        if not secret and verdict in (Verdict.NODE, Verdict.NO_METHOD, Verdict.BROKEN):
            tries.keep(outcome)
            return None
        if outcome.rest is None and not self._believed(outcome):
            self._null, self._null_at = outcome, signs_of(outcome.member).height
            return None
        return self._deliver(outcome)

    def _deliver(self, response: MemberResponse) -> Reply:
        self._reads.learn(self._call, response.member, self._floor, response.body)
        return reply_of(response)

    def _believed(self, response: MemberResponse) -> bool:
        """A null only from a member at the height that the client has seen and the best one has."""
        if self._rule.secret or not says_absent(self._rule.call_class, response.body, self._call.id):
            return True
        needed = self._highest()
        if signs_of(response.member).height >= needed:
            return True
        self.height = needed
        return False

    def _highest(self) -> int:
        return max(self._floor.height, best_height(self._pool.members, self._now()))

    # Who is asked.

    async def _ask(self) -> Outcome | None:
        """Ask the next member; None: there is nobody to be asked now."""
        member, deadline, self._guessed = await self._next_member(), 0.0, False
        if member is None:
            if self._tries.first is not None or self._null is not None:
                return None
            member = self._reads.choice.guess(self._now(), self._tries.tried)
            if member is None:
                return None
            deadline, self._guessed = self._deadline, True
        if self._pool.checks_override is None:
            # Nobody would see that it hangs.
            deadline = self._deadline
        call, asker = self._call, self._reads.asker
        return await asker.ask(member, call.envelope, self._caller, prefix=self._prefix, deadline=deadline)

    def _find(self) -> Member | None:
        prefer = self._floor.member if self._rule.call_class == "own" else None
        return self._reads.choice.next(self._now(), self.height, self._tries.tried, prefer)

    async def _next_member(self) -> Member | None:
        """One that has the block, or after a while the best one."""
        if self._null is not None:
            self.height = self._highest()
            if self._null_at >= self.height:
                return None
        found, floor = self._find(), self._floor
        if found is not None or self.height < 0 or not self._low():
            return found
        once = self.height > floor.height and self._null is None
        found = await self._reads.catch_up.wait(self._find, self._caller, once=once)
        if found is not None:
            return found
        low = self._low()
        if not low:
            return None
        best = max(signs_of(m).height for m in low)
        if best < floor.height:
            named = next(m for m in low if signs_of(m).height == best)
            self._pool.observers.notify(Behind(self._pool.name, named.name, best, floor.height))
            # It is told of a lower one now: where nobody can do better it need not wait for each call.
            floor.height = min(floor.height, max(best, best_height(self._pool.members, self._now())))
        if self._null is not None:
            return None
        return self._reads.choice.next(self._now(), best, self._tries.tried)

    def _low(self) -> list[Member]:
        """Members that could be asked, but for their heights."""
        now, tried = self._now(), self._tries.tried
        return [m for m in self._pool.members if m.usable(now) and m not in tried and not m.full]

    async def _round_over(self) -> Reply | None:
        """Nobody is left to ask: deliver what is there, or wait for a member that can answer."""
        tries, pool, now = self._tries, self._pool, self._now()
        if self._null is not None:
            return self._deliver(self._null)
        if tries.first is not None or self._broke >= BREAKS * len(pool.members):
            return tries.end(now)
        pause = FULL_PAUSE if pool.full(now) else PAUSE
        size = len(self._call.envelope)
        said = f"no member can answer: {tries.causes(now)}"
        await self._waiting.until_one_may(self._deadline, size, said, pause)
        tries.tried.clear()
        return None
