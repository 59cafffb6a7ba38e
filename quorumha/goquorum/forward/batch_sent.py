"""L{BatchSent}: some calls of a batch in one request at one member, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quorumha.goquorum.decide.batch_response import taken_apart
from quorumha.goquorum.decide.call import gone_with, unanswered, unavailable
from quorumha.goquorum.decide.results import transaction_in
from quorumha.goquorum.decide.signed import raw_of
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.decide.verdict import Verdict, asks_next, result_of, verdict_of
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse
from quorumha.goquorum.forward.batch_group import GroupResponse, given_up
from quorumha.goquorum.forward.batch_reads import BatchReads
from quorumha.goquorum.forward.batch_slot import Slot, joined
from quorumha.http.forward.round_policy import Response
from quorumha.pool.member import Member

if TYPE_CHECKING:
    from quorumha.goquorum.forward.batch_run import BatchRun


def raw_in(slot: Slot) -> bytes | None:
    """The transaction that a client signed itself; None: none that can be asked for by its hash."""
    return raw_of(slot.call) if slot.rule.call_class in ("signed", "signed-private") else None


class BatchSent:
    """One group.

    @ivar again: calls that may be asked for elsewhere: nothing was done, or they may be sent again.
    @ivar low: lookups whose null is not believed.
    """

    def __init__(self, run: BatchRun, member: Member, slots: list[Slot]) -> None:
        self._run = run
        self._member = member
        self._slots = slots
        self.again: list[Slot] = []
        self.low: list[Slot] = []

    async def send(self) -> None:
        """Send it, and sort what comes; acknowledged transactions are spread."""
        run, slots, member = self._run, self._slots, self._member
        body = joined(slots)
        run.caller.own(body)
        if any(one.once for one in slots):
            outcome = await run.asker.send(member, body, run.caller, run.deadline, self._late)
        else:
            outcome = await run.asker.ask(member, body, run.caller, deadline=run.deadline)
        if isinstance(outcome, MemberResponse) and 400 <= outcome.head.status < 500:
            # As it refuses whole requests: nothing was done.
            for slot in slots:
                self._refused(slot, outcome)
            return
        if isinstance(outcome, NoResponse):
            for slot in slots:
                self._not_answered(slot, outcome)
            return
        group = GroupResponse(outcome, slots, run)
        hashes: list[tuple[Slot, str]] = []
        for slot, body_of in group.bodies():
            if slot.reads:
                continue
            if slot.body:
                self._given_up(slot, body_of)
                continue
            hash = self._looked_at(slot, body_of, outcome)
            if hash is not None:
                hashes.append((slot, hash))
        left, self.low = BatchReads(run).sort(group)
        self.again += left
        if hashes:
            await self._spread(hashes)
        failed = self.again or self.low or any(one.error is not None for one in slots)
        if group.plain and not failed and run.is_whole(slots):
            run.whole = outcome

    def _late(self, response: Response | None) -> None:
        """The member did answer, when nobody waited any more."""
        if response is None:
            return
        found = taken_apart(response.body, [one.call.id for one in self._slots])
        for slot, body in zip(self._slots, found or (), strict=False):
            if slot.turn is not None and body is not None and slot.rule.call_class == "account":
                slot.turn.came_late(transaction_in(body, slot.call.id))

    def _given_up(self, slot: Slot, body: bytes | None) -> None:
        """There was no room for its answer: the client is told so, and the account learns what it says."""
        turn, slot.turn = slot.turn, None
        if turn is None:
            return
        if slot.rule.call_class == "account":
            turn.in_doubt(slot.rule.name)
            if body is not None:
                turn.came_late(transaction_in(body, slot.call.id))
        else:
            turn.over()

    def _refused(self, slot: Slot, response: MemberResponse) -> None:
        """The member took nothing of the request.  If that is its own fault, another one may."""
        turn, slot.turn = slot.turn, None
        fault = verdict_of(response.body, slot.call.id, response.head.status) is Verdict.NODE
        if turn is not None:
            turn.refused(fault=fault)
        if slot.reads:
            self.again.append(slot)
        elif not fault:
            slot.refused(response)
        else:
            slot.tried = [*(slot.tried or ()), response.member]
            if turn is None:
                slot.lost = NoResponse(response.member, False, f"it refused with {response.head.status}")
            self.again.append(slot)

    def _not_answered(self, slot: Slot, outcome: NoResponse) -> None:
        turn = slot.turn
        unknown = unanswered(outcome.member.name, outcome.error)
        overdue = outcome.sent and self._run.now >= self._run.deadline
        if slot.rule.call_class == "account" and turn is not None:
            if outcome.sent:
                turn.in_doubt(slot.rule.name)
                slot.failed(unknown)
                return
            slot.turn = None
            turn.refused(fault=not outcome.lacked)
            if outcome.lacked:
                slot.failed(unavailable(f"{outcome.member.name}: {outcome.error}"))
            else:
                slot.unreached = [*(slot.unreached or ()), outcome.member]
                self.again.append(slot)
            return
        if turn is not None:
            slot.turn = None
            turn.over()
            slot.unreached = [*(slot.unreached or ()), outcome.member]
        if outcome.limited:
            slot.failed(given_up(slot))
        elif outcome.sent and slot.writes and slot.rule.call_class not in ("signed", "signed-private"):
            slot.failed(unknown)
        elif overdue and not slot.writes:
            slot.failed(unavailable(unknown.message, "timeout"))
        else:
            slot.lost = outcome
            self.again.append(slot)

    def _looked_at(self, slot: Slot, body: bytes | None, outcome: MemberResponse) -> str | None:
        """What the member answered; the hash, if that is to be spread."""
        turn, call, call_class = slot.turn, slot.call, slot.rule.call_class
        verdict = Verdict.BROKEN if body is None else verdict_of(body, call.id)
        if body is None or verdict is Verdict.BROKEN:
            broken = NoResponse(self._member, True, "it gave no answer of JSON-RPC")
            self._not_answered(slot, broken)
            return None
        response = MemberResponse(outcome.member, outcome.head, body)
        if turn is None:
            self._class_looks(slot, verdict, response)
            return transaction_in(body, call.id) if slot.body and raw_in(slot) else None
        fault = asks_next(verdict) or (verdict is Verdict.LOCKED and call_class == "account")
        if call_class == "count":
            slot.turn = None
            turn.over()
        elif fault or result_of(body, call.id) is None:
            # An error answer means that nothing was pooled.
            slot.turn = None
            turn.refused(fault=fault)
        else:
            hash = transaction_in(body, call.id)
            turn.answered(hash)
            slot.body = body
            return hash
        if fault and not slot.rule.secret:
            slot.keep(response)
            self.again.append(slot)
        else:
            slot.body = body
        return None

    def _class_looks(self, slot: Slot, verdict: Verdict, response: MemberResponse) -> None:
        """A plain result is the answer; all else its class knows what to do with."""
        if slot.rule.secret or verdict is Verdict.DELIVER:
            slot.body = response.body
            self._run.batches.answered(slot, response)
        else:
            slot.lost = response
            self.again.append(slot)

    async def _spread(self, hashes: list[tuple[Slot, str]]) -> None:
        """Carry all of them to a second member before anything goes out."""
        spread, member = self._run.batches.spread, self._member
        if spread is None:
            return
        raw = {
            hash: bytes_of
            for slot, hash in hashes
            if slot.rule.call_class == "signed" and (bytes_of := raw_in(slot))
        }
        came = await spread.spread([hash for _, hash in hashes], member, self._run.caller, raw)
        for slot, hash in hashes:
            how = came[hash]
            if slot.turn is not None:
                slot.turn.spread(hash, how, slot.rule.name)
            if how is not Spreading.LOST:
                continue
            slot.body = b""
            if slot.rule.call_class == "signed":
                slot.lost = NoResponse(member, True, "it is gone")
                self.again.append(slot)
            else:
                slot.failed(gone_with(member.name, hash))
