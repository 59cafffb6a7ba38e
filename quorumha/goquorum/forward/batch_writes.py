"""L{BatchWrites}: a batch with calls that are for one member, or may be sent once: cut, sent, sorted."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList

from quorumha.goquorum.decide.batch_groups import Want, cut
from quorumha.goquorum.decide.call import OwnResponse
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.parameters import account_of, has_nonce
from quorumha.goquorum.decide.writable import writable
from quorumha.goquorum.forward.batch_reads import BatchReads, side_by_side
from quorumha.goquorum.forward.batch_sent import BatchSent
from quorumha.goquorum.forward.batch_slot import Slot
from quorumha.goquorum.forward.carried_on import carried_on
from quorumha.pool.member import Member

if TYPE_CHECKING:
    from quorumha.goquorum.forward.batch_run import BatchRun

#: Classes that take their account's turn.
TURNS = frozenset({"account", "count"})
#: Classes that go to any member that may take transactions.
_WRITABLE = frozenset({"signed", "signed-private", "once"})
#: Seconds that those whose turn has come wait for the next one, to be one request with it: a fence is mostly
#: over sooner.  No longer: two batches may wait for each other's accounts.
TOGETHER = 0.25


class BatchWrites:
    """Some calls of one batch, not all of them reads."""

    def __init__(self, run: BatchRun) -> None:
        self._run = run
        self._batches = run.batches
        self._pool = run.batches.pool

    async def respond(self, slots: list[Slot]) -> None:
        """Send each group at once, side by side; each goes on with what is left of it."""
        await self._send(slots, self._take_turns(slots))

    async def _send(self, slots: list[Slot], taking: list[tuple[list[Slot], Deferred[None]]]) -> None:
        """Send what may go; then what could not yet, when it may."""
        try:
            await self._together([taken for _, taken in taking])
        except BaseException:
            _give_up(taking)
            raise
        late = [(of_account, taken) for of_account, taken in taking if not taken.called]
        waiting = {one for of_account, _ in late for one in of_account}
        ready = [one for one in slots if not one.body and one not in waiting]
        pins, alone = self._pins(ready)
        apart = set(alone)
        cutting = [one for one in ready if not one.body and one not in apart]
        wants = [Want(pins.get(one), one.writes) for one in cutting]
        groups, free = cut(wants, lambda place, member: self._rides(cutting[place], member))
        work: list[Coroutine[Deferred[Any], Any, None]] = [
            self._group(member, [cutting[place] for place in places]) for member, places in groups.items()
        ]
        if late:
            work.append(self._later(late))
        if free:
            work.append(BatchReads(self._run).respond([cutting[place] for place in free]))
        if alone:
            work.append(self._one_by_one(alone))
        await side_by_side([Deferred.fromCoroutine(one) for one in work])

    # Turns of accounts.

    def _take_turns(self, slots: list[Slot]) -> list[tuple[list[Slot], Deferred[None]]]:
        """Begin to wait until the calls of each account may go to its member."""
        by_account: dict[bytes, list[Slot]] = {}
        for slot in slots:
            if slot.rule.call_class in TURNS and not slot.body:
                address = self._account(slot)
                if address is not None:
                    by_account.setdefault(address, []).append(slot)
        # In one order for all, lest two batches wait for each other.
        return [
            (of_account, Deferred.fromCoroutine(self._take_turn(address, of_account)))
            for address, of_account in sorted(by_account.items())
        ]

    async def _take_turn(self, address: bytes, slots: list[Slot]) -> None:
        run = self._run
        tried = {member for slot in slots for member in slot.tried or ()}
        unreached = list({member for slot in slots for member in slot.unreached or ()})
        try:
            turn = await self._batches.accounts.turn(
                address,
                run.caller,
                run.deadline,
                sum([len(one.call.envelope) for one in slots]),
                fence=not all(has_nonce(one.call, one.rule) for one in slots),
                leave_out=list(tried),
                unreached=unreached,
                fences=run.fences,
            )
        except OwnResponse as error:
            run.fail(slots, error)
            return
        for slot in slots:
            slot.turn = turn if slot is slots[0] else turn.another()
            slot.unreached = unreached

    async def _together(self, taking: list[Deferred[None]]) -> None:
        """Wait for those whose turn has not come yet, as long as one comes after the other."""
        left = [one for one in taking if not one.called]
        if not left:
            return
        over: Deferred[None] = Deferred()

        def end(_: object = None) -> None:
            if not over.called:
                over.callback(None)

        timer = self._run.asker.clock.callLater(TOGETHER, end)

        def one_came(result: None) -> None:
            if timer.active():
                timer.reset(TOGETHER)
            return result

        for one in left:
            one.addBoth(one_came)
        DeferredList(left).addCallback(end)
        try:
            await over
        finally:
            if timer.active():
                timer.cancel()

    async def _later(self, taking: list[tuple[list[Slot], Deferred[None]]]) -> None:
        try:
            await DeferredList([taken for _, taken in taking], fireOnOneCallback=True, fireOnOneErrback=True)
        except BaseException:
            _give_up(taking)
            raise
        waiting = {one for of_account, _ in taking for one in of_account}
        await self._send([one for one in self._run.slots if one in waiting and not one.body], taking)

    def _account(self, slot: Slot) -> bytes | None:
        try:
            return account_of(slot.call, slot.rule)
        except OwnResponse as error:
            slot.failed(error)
            return None

    # Whom each is for.

    def _pins(self, slots: list[Slot]) -> tuple[dict[Slot, Member], list[Slot]]:
        """The member of each that is for one; and those that are not for a group."""
        pins = {one: one.turn.member for one in slots if one.turn is not None}
        alone: list[Slot] = []
        writing = next((pins[one] for one in slots if one in pins and one.writes), None)
        now = self._run.now
        for slot in slots:
            call_class = slot.rule.call_class
            if slot in pins or slot.reads or call_class == "filter-new":
                continue
            member: Member | None = None
            if call_class in _WRITABLE:
                member = writing = writing or self._first_writable(now)
            elif call_class == "never":
                member = next((m for m in self._pool.members if m.usable(now)), None)
            elif call_class == "sign":
                member = self._signer(slot, now)
            elif call_class == "filter":
                member = self._batches.filter_member(slot)
            if member is not None:
                pins[slot] = member
        # Any member may make a filter: one that is asked anyway.
        makes = writing or next(iter(pins.values()), None) or self._run.reads.choice.next(now)
        for slot in slots:
            if slot not in pins and slot.rule.call_class == "filter-new" and makes is not None:
                pins[slot] = makes
            elif slot not in pins and not slot.reads:
                alone.append(slot)
        return pins, alone

    def _first_writable(self, now: float) -> Member | None:
        may = writable(self._pool.members, now)
        return self._pool.pick(now, [m for m in self._pool.members if m not in may], usable_only=True)

    def _signer(self, slot: Slot, now: float) -> Member | None:
        address = self._account(slot)
        may = [m for m in self._pool.members if m.usable(now)]
        order: Sequence[Member] = [] if address is None else self._batches.accounts.order(address, may)
        return order[0] if order else None

    def _rides(self, slot: Slot, member: Member) -> bool:
        signs = signs_of(member)
        return signs.height >= slot.height and not signs.behind and member.usable(self._run.now)

    # What is done with each.

    async def _group(self, member: Member, slots: list[Slot]) -> None:
        """One request; then what is left of it."""
        sent = BatchSent(self._run, member, slots)
        if any(one.writes or one.turn is not None for one in slots):
            # What is in a member's hands is seen to, whoever still waits for it.
            await carried_on(_seen_to(sent, slots))
        else:
            await sent.send()
        reads = [one for one in sent.again if one.reads]
        accounts = [one for one in sent.again if one.rule.call_class in TURNS]
        others = [one for one in sent.again if not one.reads and one.rule.call_class not in TURNS]
        if accounts:
            await BatchWrites(self._run).respond(accounts)
        await self._one_by_one(others)
        if reads:
            await BatchReads(self._run, [member]).respond(reads)
        if sent.low:
            await BatchReads(self._run).one_by_one(sent.low)

    async def _one_by_one(self, slots: list[Slot]) -> None:
        """In their order."""
        for slot in slots:
            await self._run.alone(slot)


async def _seen_to(sent: BatchSent, slots: list[Slot]) -> None:
    try:
        await sent.send()
    except Exception:
        for slot in slots:
            if slot.turn is not None:
                slot.turn.broke(slot.rule.name)
        raise


def _give_up(taking: list[tuple[list[Slot], Deferred[None]]]) -> None:
    for of_account, taken in taking:
        taken.addErrback(lambda failure: None)
        taken.cancel()
        _give_turns_back(of_account)


def _give_turns_back(slots: list[Slot]) -> None:
    for slot in slots:
        turn, slot.turn = slot.turn, None
        if turn is not None:
            turn.over()
