"""L{AccountCalls} and L{CountCalls}: calls whose answers depend on an account's nonce, at its member."""

from __future__ import annotations

from typing import Protocol

from attrs import Factory, define, field, frozen
from twisted.internet.task import deferLater

from quorumha.goquorum.decide.call import (
    Call,
    OwnResponse,
    gone_with,
    too_much,
    unanswered,
    unavailable,
    unknown_outcome,
)
from quorumha.goquorum.decide.parameters import account_of, has_nonce
from quorumha.goquorum.decide.results import transaction_in
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.decide.verdict import Verdict, asks_next, is_overtaken, result_of, verdict_of
from quorumha.goquorum.forward.accounts import Accounts, Turn
from quorumha.goquorum.forward.ask import NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.carried_on import carried_on
from quorumha.goquorum.forward.reply import Handling, Reply
from quorumha.goquorum.forward.tries import Tries, reply_of
from quorumha.http.forward.round_policy import Response
from quorumha.pool.member import Member

#: Seconds for which a node is asked again that chose a nonce which gossip gave to another transaction, and
#: from one time to the next.  Real ones are over it within 55 ms.
AGAIN_FOR, EVERY = 1.0, 0.01


class Spreads(Protocol):
    """Carries acknowledged transactions to a second member."""

    async def spread(self, hashes: list[str], at: Member, caller: Caller) -> dict[str, Spreading]:
        """@return: never fails."""


@define(eq=False)
class _Turns:
    """The turns of one call, at one member after the other.

    @ivar tries: the members that answered with a fault of theirs.
    @ivar unreached: those that could not be reached.
    """

    _accounts: Accounts
    _address: bytes
    _call: Call
    _caller: Caller
    _deadline: float
    _fence: bool = field(default=True, kw_only=True)
    unreached: list[Member] = field(factory=list, init=False)
    tries: Tries = field(default=Factory(lambda self: Tries(self._accounts.asker.pool), takes_self=True))

    async def next(self) -> Turn | Reply:
        """The next turn; the first answer that was a fault, where nobody else may be asked.

        @raise OwnResponse: there is neither.
        """
        try:
            return await self._accounts.turn(
                self._address,
                self._caller,
                self._deadline,
                len(self._call.envelope),
                fence=self._fence,
                leave_out=self.tries.tried,
                unreached=self.unreached,
            )
        except OwnResponse:
            if self.tries.first is not None:
                return reply_of(self.tries.first)
            raise


@frozen(eq=False)
class AccountCalls:
    """Answers the calls of class C{account}: never sent again while it is not known that nothing was done.

    @ivar nobodys: for calls whose account cannot be read: the node says what is wrong with them.
    @ivar spreads: None: C{acknowledge = "at-once"}.
    """

    accounts: Accounts
    nobodys: Handling
    spreads: Spreads | None = None

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
        """Ask the account's member; another one only if nothing was done."""
        address = account_of(call, rule)
        if address is None:
            return await self.nobodys.respond(call, rule, caller, deadline)
        turns = _Turns(self.accounts, address, call, caller, deadline, fence=not has_nonce(call, rule))
        tries = turns.tries
        while True:
            turn = await turns.next()
            if isinstance(turn, Reply):
                return turn
            reply = await carried_on(self._send(turn, call, rule, caller, deadline, tries))
            if reply is not None:
                return reply
            if turn.member not in tries.tried:
                turns.unreached.append(turn.member)

    async def _send(
        self, turn: Turn, call: Call, rule: Rule, caller: Caller, deadline: float, tries: Tries
    ) -> Reply | None:
        try:
            return await self._sent(turn, call, rule, caller, deadline, tries)
        except Exception:
            turn.broke(rule.name)
            raise

    async def _sent(
        self, turn: Turn, call: Call, rule: Rule, caller: Caller, deadline: float, tries: Tries
    ) -> Reply | None:
        """Send it, once; None: nothing was done, and another member may be asked."""
        member = turn.member

        def late(response: Response | None) -> None:
            if response is None:
                return
            if verdict_of(response.body, call.id, response.head.status) is not Verdict.BROKEN:
                turn.came_late(transaction_in(response.body, call.id))

        clock = self.accounts.asker.clock
        until = 0.0 if has_nonce(call, rule) else clock.seconds() + AGAIN_FOR
        if deadline:
            until = min(until, deadline)
        while True:
            outcome = await self.accounts.asker.send(member, call.envelope, caller, deadline, late)
            if isinstance(outcome, NoResponse) or not is_overtaken(outcome.body, call.id):
                break
            if clock.seconds() + EVERY > until:
                break
            await deferLater(clock, EVERY)
        if isinstance(outcome, NoResponse):
            if outcome.sent:
                turn.in_doubt(rule.name)
                raise unanswered(member.name, outcome.error)
            turn.refused(fault=not outcome.lacked)
            if outcome.lacked:
                # That is not the member's fault: its accounts stay where they are.
                raise unavailable(f"{member.name}: {outcome.error}")
            return None
        body, status = outcome.body, outcome.head.status
        verdict = verdict_of(body, call.id, status)
        if verdict is Verdict.BROKEN:
            turn.in_doubt(rule.name)
            raise unknown_outcome(f"{member.name} got it and gave no answer of JSON-RPC")
        if asks_next(verdict) or verdict is Verdict.LOCKED:
            turn.refused(fault=True)
            if rule.secret:
                return reply_of(outcome)
            tries.keep(outcome)
            return None
        if result_of(body, call.id) is None:
            # An error answer means that nothing was pooled.
            turn.refused(fault=False)
            return reply_of(outcome)
        hash = transaction_in(body, call.id)
        turn.answered(hash)
        if hash is not None and self.spreads is not None:
            how = (await self.spreads.spread([hash], member, caller))[hash]
            turn.spread(hash, how, rule.name)
            if how is Spreading.LOST:
                raise gone_with(member.name, hash)
        return reply_of(outcome)


@frozen(eq=False)
class CountCalls:
    """Answers the calls of class C{count}: reads that a new member may answer only behind the fence."""

    accounts: Accounts
    nobodys: Handling

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
        """Ask the account's member, then its next one."""
        address = account_of(call, rule)
        if address is None:
            return await self.nobodys.respond(call, rule, caller, deadline)
        asker = self.accounts.asker
        turns = _Turns(self.accounts, address, call, caller, deadline)
        while True:
            turn = await turns.next()
            if isinstance(turn, Reply):
                return turn
            try:
                outcome = await asker.ask(turn.member, call.envelope, caller, deadline=deadline)
            finally:
                turn.over()
            if isinstance(outcome, NoResponse):
                if rule.secret and outcome.sent:
                    raise unanswered(turn.member.name, outcome.error)
                if outcome.limited:
                    raise too_much(f"{turn.member.name}: {outcome.error}")
                turns.unreached.append(turn.member)
                continue
            verdict = verdict_of(outcome.body, call.id, outcome.head.status)
            if rule.secret or not (asks_next(verdict) or verdict is Verdict.BROKEN):
                return reply_of(outcome)
            turns.tries.keep(outcome)
