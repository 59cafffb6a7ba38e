"""L{ask_fence}: whether a member knows what an account did: it and the others are asked until it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

from attrs import define, field
from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from quorumha.goquorum.decide.call import unavailable
from quorumha.goquorum.decide.fence_rule import EVERY, FenceRule
from quorumha.goquorum.decide.own_calls import OwnCall, OwnEntry, own_batch, own_entries
from quorumha.goquorum.decide.spread_rule import BY_HASH
from quorumha.goquorum.forward.ask import Asker, MemberResponse, NoResponse, Outcome, outcomes_of
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.pool.member import Member
from quorumha.pool.upstream import ConnectFailed

#: What a dial fails with where no process listens, as when it died.
_REFUSED = (ConnectFailed("refused"), ConnectFailed("no such socket"))


class Fenced(Enum):
    """What came of a fence."""

    PASSED = "passed"
    #: It passed without what no member has any more, not even the one that acknowledged it.
    VANISHED = "vanished"
    #: It does not know, or others do not say, within the time.
    UNSEEN = "unseen"
    #: The calls stay where they are: another proxy is at work there.
    STAYS = "stays"
    #: It would not say: that may be due to who asks.
    DENIED = "denied"
    #: It does not answer.
    GONE = "gone"


_TEXT: Decoder[str] = Decoder(str)


@define(eq=False)
class Fence:
    """One fence that is being asked for.

    @ivar account: C{0x} and hex digits.
    @ivar caller: whose token is used: the call's that it serves.
    @ivar others: who may take transactions now, besides its target.
    @ivar until: by the clock.
    @ivar forced: the calls cannot stay where they are.
    """

    rule: FenceRule[Member]
    asker: Asker
    account: str
    caller: Caller
    others: Callable[[], Iterable[Member]]
    until: float
    forced: bool = True
    _gone: set[Member] = field(factory=set, init=False)
    #: Hashes that their own member does not have any more, and those that the target does not have.
    _vanished: set[str] = field(factory=set, init=False)
    _missing: list[str] = field(factory=list, init=False)

    async def ask(self) -> Fenced:
        """Ask in rounds until it passes, or the time is over.  Cancel it to give up.

        @raise OwnResponse: this process lacks something that it takes to ask.
        """
        clock = self.asker.clock
        suspects = [self._probe(member) for member in self.rule.suspects()]
        try:
            while True:
                found = await self._round()
                if found in (Fenced.PASSED, Fenced.GONE, Fenced.STAYS):
                    return found
                if clock.seconds() + EVERY > self.until:
                    return await self._give_up() if self._vanished.issuperset(self._missing) else found
                await deferLater(clock, EVERY)
        finally:
            for suspect in suspects:
                suspect.cancel()

    async def _give_up(self) -> Fenced:
        """The old member is back, and does not have them either: nobody ever will."""
        for hash in self._missing:
            self.rule.account.forget(hash)
        found = await self._round()
        return Fenced.VANISHED if found is Fenced.PASSED else found

    def _probe(self, member: Member) -> Deferred[None]:
        """Find out whether a member refuses connections."""
        probe = self._ask(member, self._calls([]))
        return probe.addCallbacks(lambda outcome: self._probed(member, outcome), lambda failure: None)

    def _probed(self, member: Member, outcome: Outcome) -> None:
        if isinstance(outcome, NoResponse) and any(one.outcome in _REFUSED for one in outcome.attempts):
            self._gone.add(member)

    async def _round(self) -> Fenced:
        rule, asker = self.rule, self.asker
        began = asker.clock.seconds()
        others = list(self.others())
        hashes = rule.hashes(self._gone)
        if not (others or hashes or rule.suspects()):
            # There is nothing that it could not know.
            return Fenced.PASSED
        calls = self._calls(hashes)
        asks = [(rule.target, calls), *((one, self._calls(self._own(one))) for one in others)]
        first, *rest = await outcomes_of([self._ask(member, of_member) for member, of_member in asks])
        if isinstance(first, NoResponse):
            if first.lacked:
                # That is no member's fault: its accounts stay where they are.
                if not self.forced:
                    return Fenced.STAYS
                raise unavailable(f"{first.member.name}: {first.error}")
            return Fenced.GONE
        count, *entries = own_entries(first.body, calls)
        nonces: dict[Member, int | None] = {}
        usable = set(self.others())
        for (_, own), outcome in zip(asks[1:], rest, strict=True):
            if isinstance(outcome, MemberResponse):
                nonce, *said = own_entries(outcome.body, own)
                nonces[outcome.member] = _number(nonce)
                self._vanished.update(_absent(own[1:], said))
            elif (outcome.sent or outcome.lacked) and outcome.member in usable:
                # It may have given nonces away that nobody else knows of yet.
                return Fenced.UNSEEN
        if not (self.forced or rule.may_leave(began, nonces)):
            return Fenced.STAYS
        known = [hash for hash, entry in zip(hashes, entries, strict=True) if entry.found]
        self._missing = [hash for hash in hashes if hash not in known]
        self._vanished.update(set(self._own(rule.target)).intersection(_absent(calls[1:], entries)))
        if rule.passes(began, known, _number(count), nonces, self._gone):
            return Fenced.PASSED
        denied = any(not entry.result for entry in entries)
        return Fenced.DENIED if denied else Fenced.UNSEEN

    def _own(self, member: Member) -> list[str]:
        return self.rule.account.hashes_of(member)

    def _calls(self, hashes: list[str]) -> list[OwnCall]:
        count = OwnCall("eth_getTransactionCount", self.account, "pending")
        return [count, *(OwnCall(BY_HASH, hash) for hash in hashes)]

    def _ask(self, member: Member, calls: list[OwnCall]) -> Deferred[Outcome]:
        return self.asker.ask(member, own_batch(calls), self.caller, deadline=self.until)


def _absent(calls: list[OwnCall], entries: list[OwnEntry]) -> list[str]:
    """Those of which a member says that it does not have them."""
    return [
        call.parameter for call, entry in zip(calls, entries, strict=True) if entry.result and not entry.found
    ]


def _number(entry: OwnEntry) -> int | None:
    """A quantity; None: it is none."""
    try:
        return int(_TEXT.decode(entry.result), 16) if entry.result else None
    except (DecodeError, ValidationError, ValueError):
        return None
