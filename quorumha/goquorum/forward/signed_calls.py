"""L{SignedCalls}: transactions that the client has signed itself; their hash says whether they were taken."""

from __future__ import annotations

from attrs import define, field, frozen

from quorumha.goquorum.decide.call import Call, OwnResponse, gone_with, unanswered, unknown_outcome
from quorumha.goquorum.decide.results import transaction_in
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.signed import SignedStep, raw_of, signed_step, taken_body
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.hash_lookup import HashLookup
from quorumha.goquorum.forward.member_by_member import in_turn
from quorumha.goquorum.forward.reply import Handling, Reply
from quorumha.goquorum.forward.spread import Spread
from quorumha.goquorum.forward.tries import Tries, reply_of
from quorumha.goquorum.forward.waits import WaitingCall, Waits
from quorumha.goquorum.knowledge.transactions import hash_of_raw
from quorumha.pool.member import Member

#: Seconds for which a private transaction is looked for that a member did not answer.
FOUND_WITHIN = 1.0


@frozen(eq=False)
class SignedCalls:
    """Answers the calls of C{signed} and C{signed-private}.

    @ivar nobodys: for calls in which no transaction can be read, which may be sent once.
    @ivar spread: None: C{acknowledge = "at-once"}.
    """

    lookup: HashLookup
    waits: Waits
    nobodys: Handling
    spread: Spread | None

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
        """Send it to one member after the other, to none twice, until one has it.

        @param first: what came of the first try, made in a batch.
        """
        raw = raw_of(call)
        if raw is None:
            if isinstance(first, MemberResponse):
                return reply_of(first)
            if first is not None and first.sent:
                raise unanswered(first.member.name, first.error)
            return await self.nobodys.respond(call, rule, caller, deadline)
        signing = _Signing(self, call, rule, caller, deadline, raw)
        try:
            return await signing.run(first)
        finally:
            signing.end()


@define(eq=False)
class _Signing:
    """One call."""

    _calls: SignedCalls
    _call: Call
    _rule: Rule
    _caller: Caller
    _deadline: float
    _raw: bytes
    _hash: str = field(init=False)
    _tries: Tries = field(init=False)
    #: Those that may have it, though they did not say so.
    _in_doubt: list[Member] = field(factory=list, init=False)
    _waiting: WaitingCall = field(init=False)
    _served: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._hash = hash_of_raw(self._raw)
        self._tries = Tries(self._calls.lookup.asker.pool)
        self._waiting = self._calls.waits.begin(self._caller)

    @property
    def _private(self) -> bool:
        return self._rule.call_class == "signed-private"

    def end(self) -> None:
        """It is over, or the client is gone."""
        self._waiting.done(served=self._served)

    async def run(self, outcome: Outcome | None) -> Reply:
        """Send it until it is answered.

        @param outcome: of the first try, where there was one.
        @raise OwnResponse: it cannot be.
        """
        while True:
            if outcome is None:
                outcome = await self._send()
            if outcome is None:
                reply = await self._nobody_left()
            elif isinstance(outcome, NoResponse):
                reply = await self._not_answered(outcome)
            else:
                reply = await self._looked_at(outcome)
            if reply is not None:
                self._served = reply.member is not None
                return reply
            outcome = None

    async def _send(self) -> Outcome | None:
        """Send it to the next member; None: there is none now."""
        asker, deadline = self._calls.lookup.asker, self._deadline
        now = asker.clock.seconds()
        if now >= deadline:
            return None
        member = in_turn(asker.pool)(None, now, [*self._tries.tried, *self._in_doubt])
        if member is None:
            return None
        return await asker.ask(member, self._call.envelope, self._caller, deadline=deadline, once=True)

    async def _nobody_left(self) -> Reply | None:
        now, tries = self._calls.lookup.asker.clock.seconds(), self._tries
        if tries.first is None:
            return await self._wait(now)
        if self._in_doubt:
            # That one member has a fault does not say what another one did.
            raise unknown_outcome(f"no member is known to have it: {tries.causes(now)}", hash=self._hash)
        return tries.end(now)

    async def _wait(self, now: float) -> Reply | None:
        """Nobody can be sent it now: wait for a member that may, or that has it."""
        tries = self._tries
        said = f"no member may take it: {tries.causes(now)}"
        try:
            await self._waiting.until_one_may(self._deadline, len(self._call.envelope), said)
        except OwnResponse as error:
            if self._in_doubt:
                error.hash = self._hash
            raise
        tries.tried.clear()
        return await self._found() if self._in_doubt else None

    async def _not_answered(self, outcome: NoResponse) -> Reply | None:
        self._tries.lost(outcome)
        return await self._doubted(outcome.member, outcome.error) if outcome.sent else None

    async def _doubted(self, member: Member, why: str) -> Reply | None:
        """A member got it, and nobody knows what it did: its hash tells."""
        self._in_doubt.append(member)
        reply = await self._found(FOUND_WITHIN if self._private else 0.0)
        if reply is None and (self._private or self._rule.secret):
            raise unanswered(member.name, why, self._hash)
        return reply

    async def _looked_at(self, outcome: MemberResponse) -> Reply | None:
        """The reply, if this was the answer; None: another member is asked."""
        step = signed_step(outcome.body, self._call.id, outcome.head.status)
        if step is SignedStep.NEXT and not self._rule.secret:
            self._tries.keep(outcome)
            return None
        if step is SignedStep.IN_DOUBT:
            self._tries.keep(outcome)
            return await self._doubted(outcome.member, "no answer of JSON-RPC")
        if step is SignedStep.TAKEN:
            return await self._taken(outcome.member, outcome)
        if step is SignedStep.FIND:
            return await self._found() or reply_of(outcome)
        return reply_of(outcome)

    async def _found(self, seconds: float = 0.0) -> Reply | None:
        member = await self._calls.lookup.find(self._hash, self._caller, seconds)
        if member is None:
            return None
        if self._in_doubt:
            self._calls.lookup.asker.numbers.outcomes_resolved[self._rule.name] += 1
        return await self._taken(member)

    async def _taken(self, member: Member, outcome: MemberResponse | None = None) -> Reply:
        """A member has it: so has a second one to."""
        spread, hash = self._calls.spread, self._hash
        said = None if outcome is None else transaction_in(outcome.body, self._call.id)
        if spread is not None:
            # What an operator calls signed may have a hash of its own.
            hash = said or hash
            raw = {hash: self._raw} if hash == self._hash and not self._private else None
            how = (await spread.spread([hash], member, self._caller, raw))[hash]
            if how is Spreading.LOST:
                raise gone_with(member.name, hash)
        if outcome is None or said is None:
            head = None if outcome is None else outcome.head
            return Reply(taken_body(self._call.id, hash), 200, head, None, member)
        return reply_of(outcome)
