"""L{MemberByMember}: calls that go to one member after the other, as long as nothing was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from quorumha.goquorum.decide.call import Call, too_much, unanswered, unknown_outcome
from quorumha.goquorum.decide.parameters import account_of
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.verdict import Verdict, asks_next, verdict_of
from quorumha.goquorum.decide.writable import writable
from quorumha.goquorum.forward.accounts import Accounts
from quorumha.goquorum.forward.ask import Asker, MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.tries import Tries, reply_of
from quorumha.goquorum.forward.waits import Waits
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool

#: The next member for a call: by its account, the clock, and those that were tried.
Choice = Callable[[bytes | None, float, Sequence[Member]], Member | None]

#: Classes whose parameter is an account.
OF_ACCOUNTS = frozenset({"account", "count", "sign"})


@frozen(eq=False)
class MemberByMember:
    """Answers calls.

    @ivar choose: who is next.
    @ivar repeats: whether they may be sent again though a byte was sent.
    """

    asker: Asker
    waits: Waits
    choose: Choice
    repeats: bool = False

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
        """Ask one member after the other; wait while there is none."""
        asker, pool = self.asker, self.asker.pool
        address = account_of(call, rule) if rule.call_class in OF_ACCOUNTS else None
        tries = Tries(pool)
        waiting = self.waits.begin(caller)
        reply: Reply | None = None
        try:
            if first is not None:
                reply = self._came(first, call, rule, tries)
            while reply is None:
                now = asker.clock.seconds()
                member = self.choose(address, now, tries.tried)
                if member is not None:
                    reply = await self._send(member, call, rule, caller, deadline, tries)
                    continue
                if tries.first is not None:
                    return tries.end(now)
                said = f"no member may take it: {tries.causes(now)}"
                await waiting.until_one_may(deadline, len(call.envelope), said)
                tries.tried.clear()
            return reply
        finally:
            waiting.done(served=reply is not None)

    async def _send(
        self, member: Member, call: Call, rule: Rule, caller: Caller, deadline: float, tries: Tries
    ) -> Reply | None:
        if self.repeats and not rule.secret:
            outcome = await self.asker.ask(member, call.envelope, caller, deadline=deadline)
        else:
            outcome = await self.asker.send(member, call.envelope, caller, deadline)
        return self._came(outcome, call, rule, tries)

    def _came(self, outcome: Outcome, call: Call, rule: Rule, tries: Tries) -> Reply | None:
        """What came of a try; None: another member is asked."""
        repeats = self.repeats and not rule.secret
        if isinstance(outcome, NoResponse):
            if outcome.sent and not repeats:
                raise unanswered(outcome.member.name, outcome.error)
            if outcome.limited:
                raise too_much(f"{outcome.member.name}: {outcome.error}")
            tries.lost(outcome)
            return None
        return self._looked_at(outcome, call, rule, tries, repeats)

    def _looked_at(
        self, response: MemberResponse, call: Call, rule: Rule, tries: Tries, repeats: bool
    ) -> Reply | None:
        verdict = verdict_of(response.body, call.id, response.head.status)
        if verdict is Verdict.BROKEN and not (repeats or rule.secret):
            raise unknown_outcome(f"{response.member.name} got it and gave no answer of JSON-RPC")
        locked = verdict is Verdict.LOCKED and rule.call_class == "sign"
        if not rule.secret and (asks_next(verdict) or locked or verdict is Verdict.BROKEN):
            tries.keep(response)
            return None
        return reply_of(response)


def in_turn(pool: UpstreamPool) -> Choice:
    """For C{once}: the members that may take transactions, each when it is its turn."""

    def choose(_: bytes | None, now: float, tried: Sequence[Member]) -> Member | None:
        may = writable(pool.members, now)
        return pool.pick(now, [*(m for m in pool.members if m not in may), *tried], usable_only=False)

    return choose


def first_writable(pool: UpstreamPool) -> Choice:
    """For calls whose account cannot be read."""

    def choose(_: bytes | None, now: float, tried: Sequence[Member]) -> Member | None:
        return _picked(pool, [m for m in writable(pool.members, now) if m not in tried], now)

    return choose


def first_usable(pool: UpstreamPool) -> Choice:
    """For C{never}, where it is allowed: the operator's first node."""

    def choose(_: bytes | None, now: float, tried: Sequence[Member]) -> Member | None:
        return _picked(pool, [m for m in pool.members if m.usable(now) and m not in tried], now)

    return choose


def accounts_member(accounts: Accounts) -> Choice:
    """For C{sign}: the account's member, then as it would go on; none is asked that has just been locked."""

    def choose(address: bytes | None, now: float, tried: Sequence[Member]) -> Member | None:
        pool = accounts.asker.pool
        may = [m for m in pool.members if m.usable(now) and m not in tried]
        return _picked(pool, may if address is None else accounts.order(address, may), now)

    return choose


def _picked(pool: UpstreamPool, order: Sequence[Member], now: float) -> Member | None:
    return pool.pick_this(order[0], now) if order else None
