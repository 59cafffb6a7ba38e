"""L{BatchRun}: one batch under way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import DeferredSemaphore

from quorumha.goquorum.decide.call import Call, OwnResponse, unavailable
from quorumha.goquorum.forward.ask import Asker, MemberResponse
from quorumha.goquorum.forward.batch_group import GroupResponse
from quorumha.goquorum.forward.batch_reads import AT_ONCE, BatchReads
from quorumha.goquorum.forward.batch_slot import Slot
from quorumha.goquorum.forward.batch_writes import BatchWrites
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.waits import PAUSE

if TYPE_CHECKING:
    from quorumha.goquorum.forward.batches import Batches

#: Answers a call that subscribes.
Subscribe = Callable[[Call], Awaitable[Reply]]


class BatchRun:
    """One batch under way.

    @ivar slots: its calls.
    @ivar subscribe: answers calls of class C{subscribe}; None: it came over HTTP.
    @ivar whole: the one answer that goes down as it came; None: it is put together.
    @ivar first: the answer of the group whose calls begin first, of those that have one.
    @ivar alike: each entry of the batch is one of C{slots}, with an id.
    @ivar gone: its client is: nothing more is begun.
    @ivar fences: how many of accounts are asked at once; each takes a connection to every member.
    """

    def __init__(
        self,
        batches: Batches,
        caller: Caller,
        deadline: float,
        slots: list[Slot],
        *,
        alike: bool,
        subscribe: Subscribe | None = None,
    ) -> None:
        """
        @param alike: see above.
        @param subscribe: answers calls of class C{subscribe}, where they mean anything.
        """
        self.batches = batches
        self.caller = caller
        self.deadline = deadline
        self.slots = slots
        self.whole: MemberResponse | None = None
        self.first: MemberResponse | None = None
        self._first_place = 0
        self.alike = alike
        self.gone = self._over = False
        self.fences = DeferredSemaphore(AT_ONCE)
        self.subscribe = subscribe
        self._groups: list[GroupResponse] = []
        self._waiting = batches.waits.begin(caller)

    @property
    def asker(self) -> Asker:
        """Sends requests to members."""
        return self.batches.reads.asker

    @property
    def reads(self) -> Reads:
        """What is known of reads."""
        return self.batches.reads

    @property
    def now(self) -> float:
        """By the clock."""
        return self.asker.clock.seconds()

    async def respond(self) -> None:
        """Answer each call."""
        slots = self.slots
        if all(one.reads for one in slots):
            await BatchReads(self).respond(slots)
        else:
            await BatchWrites(self).respond(slots)

    def end(self) -> None:
        """It is over, or its client is gone."""
        self._over = True
        for group in self._groups:
            self.asker.kept.release(group)
        self._waiting.done(served=self.first is not None)

    # What its parts have in common.

    def keep(self, group: GroupResponse, size: int) -> None:
        """A group's answer is kept."""
        if group.response.head.status == 200:
            place = self.slots.index(group.slots[0])
            if self.first is None or place < self._first_place:
                self.first, self._first_place = group.response, place
        if not self._over:
            self._groups.append(group)
            self.asker.kept.hold(group, size)

    def is_whole(self, slots: list[Slot]) -> bool:
        """Whether the answer to these may go down as it came: they are the batch, in its order."""
        return self.alike and slots == self.slots

    def fail(self, slots: list[Slot], error: OwnResponse) -> None:
        """They are answered so."""
        for slot in slots:
            slot.failed(error)

    async def wait(self, slots: list[Slot], said: str, pause: float = PAUSE) -> bool:
        """Wait for a member; whether there is still time.

        One place in the waiting room is enough for a batch.
        """
        size = sum([len(one.call.envelope) for one in self.slots])
        try:
            await self._waiting.until_one_may(self.deadline, size, said, pause)
        except OwnResponse as error:
            self.fail(slots, error)
            return False
        return True

    async def alone(self, slot: Slot) -> None:
        """Go on with it as if it had come alone."""
        if slot.body or self.gone:
            return
        try:
            if self.subscribe is not None and slot.rule.call_class == "subscribe":
                reply = await self.subscribe(slot.call)
            else:
                reply = await self.batches.respond_alone(slot, self.caller, self.deadline)
        except OwnResponse as error:
            slot.failed(error)
        else:
            # What was kept of its group may have been given up meanwhile.
            slot.error, slot.body = None, reply.body
            if reply.body[:1] != b"{":
                # What stands before a node said no in its own words.
                slot.failed(unavailable("no member gave an answer of JSON-RPC"))
