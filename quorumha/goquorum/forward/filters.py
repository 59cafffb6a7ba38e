"""L{NewFilters} and L{FilterCalls}: filters live in the memory of the member that made them."""

from __future__ import annotations

from attrs import frozen

from quorumha.goquorum.decide.call import Call, too_much, unavailable
from quorumha.goquorum.decide.causes import causes
from quorumha.goquorum.decide.filter_verdict import filter_in, gone, is_not_found, is_over
from quorumha.goquorum.decide.known_filters import KnownFilters
from quorumha.goquorum.decide.parameters import filter_id_of
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.verdict import Verdict, asks_next, prefix_of, result_of, verdict_of
from quorumha.goquorum.forward.ask import Asker, MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.tries import Tries, reply_of
from quorumha.pool.member import Member


@frozen(eq=False)
class FilterCalls:
    """Answers the calls of C{filter}: at the member that has it; where that is not known, each is asked.

    A call is sent to no member twice: what has changed is said once.
    """

    reads: Reads
    known: KnownFilters

    @property
    def asker(self) -> Asker:
        """Who asks members."""
        return self.reads.asker

    def pin(self, call: Call, rule: Rule) -> Member | None:
        """The member that has it, as far as is known."""
        id, asker = filter_id_of(call, rule), self.asker
        member = None if id is None else self.known.member_of(id, asker.clock.seconds())
        # Where one was taken out of the pool, the node may be there by another name.
        return member if member in asker.pool.members else None

    def made(self, body: bytes, id: bytes, member: Member) -> None:
        """Take note of a new one.

        @param body: of the answer, also of an entry of a batch.
        @param id: the call's, JSON.
        """
        made = filter_in(body, id)
        if made is not None:
            self.known.put(made, member, self.asker.clock.seconds())

    def note(self, call: Call, rule: Rule, body: bytes, member: Member) -> None:
        """Take note of what an answer says, also of an entry of a batch."""
        id = filter_id_of(call, rule)
        if id is None:
            return
        if is_not_found(call, body) or is_over(call, body):
            self.known.forget(id)
        elif result_of(body, call.id) is not None:
            # An error says nothing of whose it is: one member is asked before the others.
            self.known.put(id, member, self.asker.clock.seconds())

    async def respond(
        self,
        call: Call,
        rule: Rule,
        caller: Caller,
        deadline: float,
        *,
        stream: bool = False,
        first: Outcome | None = None,
    ) -> Reply:
        """Ask the member that has it.

        @param first: what came of the first try, made in a batch at that member.
        """
        outcome = first
        if outcome is None:
            member = self.pin(call, rule)
            if member is None:
                return await self._ask_each(call, rule, caller, deadline, stream)
            if not member.eligible or member.health.down:
                raise gone()
            outcome = await self._ask(member, call, caller, deadline, stream)
        if isinstance(outcome, NoResponse):
            said, late = f"{outcome.member.name}: {outcome.error}", self.asker.clock.seconds() >= deadline
            if outcome.limited:
                raise too_much(said)
            if late or outcome.lacked:
                raise unavailable(said, "timeout" if late else "unavailable")
            raise gone()
        if outcome.rest is None:
            self.note(call, rule, outcome.body, outcome.member)
        return self._deliver(call, caller, outcome)

    def _deliver(self, call: Call, caller: Caller, response: MemberResponse) -> Reply:
        if self.reads.monotonic:
            # What has changed was in blocks that its member has.
            self.reads.learn(call, response.member, self.reads.floors.of(caller.key), response.body)
        return reply_of(response)

    async def _ask(
        self, member: Member, call: Call, caller: Caller, deadline: float, stream: bool
    ) -> Outcome:
        self.asker.pool.pick_this(member, self.asker.clock.seconds())
        prefix = prefix_of(call.id) if stream else b""
        if self.asker.pool.checks_override is not None:
            # Its checks see whether it hangs.
            deadline = 0.0
        return await self.asker.ask(
            member, call.envelope, caller, prefix=prefix, deadline=deadline, once=True
        )

    async def _ask_each(self, call: Call, rule: Rule, caller: Caller, deadline: float, stream: bool) -> Reply:
        """After a start of this process, or where another one made it."""
        asker, tries = self.asker, Tries(self.asker.pool)
        not_found: MemberResponse | None = None
        id = filter_id_of(call, rule)
        for member in await self._usable(call, caller, deadline):
            outcome = await self._ask(member, call, caller, deadline, stream)
            if isinstance(outcome, NoResponse):
                tries.lost(outcome)
                continue
            if outcome.rest is not None:
                if id is not None:
                    self.known.put(id, member, asker.clock.seconds())
                return self._deliver(call, caller, outcome)
            verdict = verdict_of(outcome.body, call.id, outcome.head.status)
            if asks_next(verdict) or verdict is Verdict.BROKEN:
                tries.keep(outcome)
            elif is_not_found(call, outcome.body):
                not_found = not_found or outcome
            else:
                self.note(call, rule, outcome.body, member)
                return self._deliver(call, caller, outcome)
        if not_found is not None:
            return reply_of(not_found)
        return tries.end(asker.clock.seconds())

    async def _usable(self, call: Call, caller: Caller, deadline: float) -> list[Member]:
        """All usable members; wait while there is none."""
        asker = self.asker
        waiting, usable = self.reads.waits.begin(caller), list[Member]()
        try:
            while True:
                now = asker.clock.seconds()
                usable = [m for m in asker.pool.members if m.usable(now)]
                if usable:
                    return usable
                said = f"no member can answer: {causes(asker.pool.members, now)}"
                await waiting.until_one_may(deadline, len(call.envelope), said)
        finally:
            waiting.done(served=bool(usable))


@frozen(eq=False)
class NewFilters:
    """Answers the calls of C{filter-new}: as reads, and takes note of whose filter it is."""

    filters: FilterCalls

    async def respond(
        self,
        call: Call,
        rule: Rule,
        caller: Caller,
        deadline: float,
        *,
        stream: bool = False,
        first: Outcome | None = None,
    ) -> Reply:
        """One that a member made whose answer was lost is forgotten there after 5 minutes.

        @param first: what came of the first try, made in a batch.
        """
        reply = await self.filters.reads.respond(call, rule, caller, deadline, first=first)
        if reply.member is not None:
            self.filters.made(reply.body, call.id, reply.member)
        return reply
