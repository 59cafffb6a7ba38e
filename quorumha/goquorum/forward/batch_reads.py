"""L{BatchReads}: the reads of a batch, in one request, at one member after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, FirstError, gatherResults

from quorumha.goquorum.decide.call import too_much, unavailable
from quorumha.goquorum.decide.causes import causes
from quorumha.goquorum.decide.heights import best_height, signs_of
from quorumha.goquorum.decide.verdict import Verdict, says_absent, verdict_of
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.batch_group import GroupResponse
from quorumha.goquorum.forward.batch_slot import Slot, joined
from quorumha.goquorum.forward.reading import BREAKS
from quorumha.goquorum.forward.waits import PAUSE
from quorumha.http.forward.waiting_room import FULL_PAUSE
from quorumha.pool.member import Member

if TYPE_CHECKING:
    from quorumha.goquorum.forward.batch_run import BatchRun

#: Lookups of a batch that are asked one by one, at once.
AT_ONCE = 16
_ASKS_NEXT = (Verdict.NODE, Verdict.NO_METHOD, Verdict.BROKEN)


class BatchReads:
    """Some reads of one batch.

    @ivar tried: the members that were asked in this round.
    """

    def __init__(self, run: BatchRun, tried: list[Member] | None = None) -> None:
        self._run = run
        self._reads = run.batches.reads
        self._pool = run.batches.pool
        self._failures: dict[Member, str] = {}
        self.tried: list[Member] = tried or []
        self._broke = 0
        #: What a member answered, in this round, that was an answer to none of the calls.
        self._other: MemberResponse | None = None

    async def respond(self, slots: list[Slot]) -> None:
        """Ask until each has its answer."""
        while slots:
            now = self._run.now
            height = max([one.height for one in slots])
            member = self._reads.choice.next(now, height, self.tried)
            deadline = 0.0
            if member is None:
                low = [m for m in self._pool.members if m.usable(now) and not m.full and m not in self.tried]
                if low:
                    # Nobody is known to have what the highest ones need: they are asked for one by one.
                    best = max(signs_of(m).height for m in low)
                    high = [one for one in slots if one.height > best]
                    if high:
                        slots = [one for one in slots if one.height <= best]
                        others = Deferred.fromCoroutine(self.respond(slots))
                        await side_by_side([Deferred.fromCoroutine(self.one_by_one(high)), others])
                        return
                member = self._reads.choice.guess(now, self.tried)
                deadline = self._run.deadline
            if member is None:
                await self._round_over(slots)
                slots = [one for one in slots if not one.body]
                continue
            if self._pool.checks_override is None:
                # Nobody would see that it hangs.
                deadline = self._run.deadline
            body = joined(slots)
            self._run.caller.own(body)
            outcome = await self._run.asker.ask(member, body, self._run.caller, deadline=deadline)
            self.tried.append(member)
            slots = await self.looked_at(slots, outcome)

    async def _round_over(self, slots: list[Slot]) -> None:
        """Nobody is left to ask: what is there is delivered, the others wait for a member."""
        now, run = self._run.now, self._run
        said = f"no member can answer: {causes(self._pool.members, now, self._failures)}"
        for one in slots:
            if one.first is not None:
                one.body = one.first.body
        left = [one for one in slots if not one.body]
        if not left:
            return
        other = self._other
        if other is not None and 400 <= other.head.status < 500:
            for one in left:
                one.refused(other)
            return
        if other is not None or self._broke >= BREAKS * len(self._pool.members):
            run.fail(left, unavailable(said))
            return
        pause = FULL_PAUSE if self._pool.full(now) else PAUSE
        if await run.wait(left, said, pause):
            self.tried.clear()

    async def looked_at(self, slots: list[Slot], outcome: Outcome) -> list[Slot]:
        """What became of them at one member.

        @return: those that are to be asked again.
        """
        run = self._run
        if isinstance(outcome, NoResponse):
            if outcome.limited:
                run.fail(slots, too_much(f"{outcome.member.name}: {outcome.error}"))
                return []
            self._failures[outcome.member] = outcome.error
            self._broke += outcome.sent
            return slots
        group = GroupResponse(outcome, slots, run)
        if not group.holds_any:
            self._failures[outcome.member] = f"answered {outcome.head.status}, and none of the calls"
            self._other = self._other or outcome
            return slots
        if group.plain and self.passes(group, slots):
            return []
        left, low = self.sort(group)
        if low:
            await self.one_by_one(low)
        return left

    def _at_height(self, member: Member) -> bool:
        """Whether its nulls are believed."""
        floor = self._reads.floors.of(self._run.caller.key)
        needed = max(floor.height, best_height(self._pool.members, self._run.now))
        return signs_of(member).height >= needed

    def passes(self, group: GroupResponse, slots: list[Slot]) -> bool:
        """Whether it is all that the client is answered with; then it is taken note of."""
        run, reads, member = self._run, self._reads, group.response.member
        if not run.is_whole(slots) or slots[0].body:
            # Or its bound was reached, and nothing of it is kept.
            return False
        beginnings = list(group.beginnings())
        if not self._at_height(member) and any(
            says_absent(slot.rule.call_class, body, slot.call.id) for slot, body in beginnings
        ):
            return False
        floor = reads.floors.of(run.caller.key)
        for slot, body in beginnings:
            reads.learn(slot.call, member, floor, body)
        run.whole = group.response
        return True

    def sort(self, group: GroupResponse) -> tuple[list[Slot], list[Slot]]:
        """Give each its answer.

        @return: those that another member is to be asked for, and those whose null is not believed.
        """
        reads, response = self._reads, group.response
        member = response.member
        floor, at_height = reads.floors.of(self._run.caller.key), self._at_height(member)
        left, low = [], []
        for slot, body in group.bodies():
            if slot.body or not slot.reads:
                continue
            call = slot.call
            if body is None or (not group.plain and verdict_of(body, call.id) in _ASKS_NEXT):
                if body is not None:
                    slot.keep(MemberResponse(member, response.head, body))
                left.append(slot)
            elif not at_height and says_absent(slot.rule.call_class, body, call.id):
                slot.keep(MemberResponse(member, response.head, body))
                low.append(slot)
            else:
                slot.body = body
                reads.learn(call, member, floor, body)
        return left, low

    async def one_by_one(self, slots: list[Slot]) -> None:
        """As if each had come alone; some at a time."""
        waiting = iter(slots)

        async def some() -> None:
            for slot in waiting:
                await self._run.alone(slot)

        await side_by_side([Deferred.fromCoroutine(some()) for _ in slots[:AT_ONCE]])


async def side_by_side(work: list[Deferred[None]]) -> None:
    """Wait for all.  Cancelled, all are."""
    try:
        await gatherResults(work, consumeErrors=True)
    except FirstError as error:
        error.subFailure.raiseException()
