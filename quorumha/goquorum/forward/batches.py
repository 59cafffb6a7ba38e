"""L{Batches}: batches of calls, cut only where they must be, and answered in order.

The rules:

  - An entry has its own verdict.  A batch is never repeated whole.
  - Inside a group the order of work is kept.
  - What a group's member answered goes down as it came if it is to the whole batch, and no entry failed.
"""

from __future__ import annotations

from attrs import Factory, define, field
from twisted.internet.defer import CancelledError

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.floors import Floor
from quorumha.goquorum.decide.message import Message
from quorumha.goquorum.forward.accounts import Accounts
from quorumha.goquorum.forward.ask import MemberResponse
from quorumha.goquorum.forward.batch_run import BatchRun, Subscribe
from quorumha.goquorum.forward.batch_slot import READS, Slot
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.engine import SILENT, Engine
from quorumha.goquorum.forward.filters import FilterCalls
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.spread import Spread
from quorumha.goquorum.forward.tries import reply_of
from quorumha.goquorum.forward.waits import Waits
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool


@define(eq=False)
class Batches:
    """Answers batches.

    @ivar spread: None: C{acknowledge = "at-once"}.
    """

    engine: Engine
    accounts: Accounts
    waits: Waits
    filters: FilterCalls
    spread: Spread | None = None
    reads: Reads = field(init=False, default=Factory(lambda self: self.engine.reads, takes_self=True))
    pool: UpstreamPool = field(
        init=False, default=Factory(lambda self: self.engine.reads.asker.pool, takes_self=True)
    )

    async def respond(
        self,
        message: Message,
        caller: Caller,
        deadline: float,
        *,
        subscribe: Subscribe | None = None,
    ) -> Reply:
        """Answer a batch.  Cancel it when the client is gone: what was sent once is seen to all the same.

        @param subscribe: answers calls of class C{subscribe}, where they mean anything.
        @return: its body is empty where no entry gets an answer.
        """
        slots: list[Slot] = []
        #: What stands in each place of the answer.
        places: list[Slot | OwnResponse] = []
        floor = self.reads.floors.of(caller.key)
        for entry in message.entries:
            if not isinstance(entry, Call):
                places += () if entry is None else (entry,)
                continue
            try:
                slot = self._slot(entry, floor)
            except OwnResponse as error:
                error.id = entry.id
                places += (error,) if entry.id else ()
                continue
            slots.append(slot)
            if entry.id:
                places.append(slot)
        alike = len(slots) == len(places) == len(message.entries)
        run = BatchRun(self, caller, deadline, slots, alike=alike, subscribe=subscribe)
        try:
            if slots:
                await run.respond()
            return self._reply(run, places)
        except CancelledError:
            run.gone = True
            raise
        finally:
            run.end()

    def _slot(self, call: Call, floor: Floor) -> Slot:
        rule = self.engine.rules.for_call(call)
        height = self.reads.height_for(call, rule, floor) if rule.call_class in READS else -1
        if not call.id:
            call = Call(SILENT, call.method, call.params)
        return Slot(call, rule, height)

    def _reply(self, run: BatchRun, places: list[Slot | OwnResponse]) -> Reply:
        whole, first = run.whole, run.first
        if whole is not None:
            return reply_of(whole)
        head = None if first is None else first.head
        error: OwnResponse | None = None
        bodies = []
        for one in places:
            if isinstance(one, OwnResponse):
                failed, id = one, one.id
            elif one.error is not None:
                failed, id = one.error, one.call.id
            else:
                bodies.append(one.body)
                continue
            self.engine.count(failed)
            if error is None and failed.failed:
                error = failed
            bodies.append(failed.body(id, run.caller.request_id))
        if not bodies:
            return Reply(b"", 200, head, error=error)
        member = None if first is None else first.member
        return Reply(b"[%b]" % b",".join(bodies), 200, head, member=member, error=error)

    # What its parts ask for.

    async def respond_alone(self, slot: Slot, caller: Caller, deadline: float) -> Reply:
        """Go on with a call as if it had come alone.

        @raise OwnResponse: with what the client is told.
        """
        call, rule = slot.call, slot.rule
        caller.own(call.envelope)
        if rule.call_class in READS:
            return await self.reads.respond(call, rule, caller, deadline, first=slot.lost or slot.first)
        handling = self.engine.handlings[rule.call_class]
        return await handling.respond(call, rule, caller, deadline, first=slot.lost or slot.first)

    def filter_member(self, slot: Slot) -> Member | None:
        """Whose filter it is; None: that is not known, or that one cannot be asked."""
        member = self.filters.pin(slot.call, slot.rule)
        return None if member is None or not member.eligible or member.health.down else member

    def answered(self, slot: Slot, response: MemberResponse) -> None:
        """A call got its answer in a group."""
        if slot.rule.call_class == "filter-new":
            self.filters.made(response.body, slot.call.id, response.member)
        elif slot.rule.call_class == "filter":
            self.filters.note(slot.call, slot.rule, response.body, response.member)
