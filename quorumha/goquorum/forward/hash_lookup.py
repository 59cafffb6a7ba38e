"""L{HashLookup}: which member has a transaction."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from quorumha.goquorum.decide.own_calls import OwnCall, own_batch, own_entries
from quorumha.goquorum.decide.spread_rule import BY_HASH
from quorumha.goquorum.forward.ask import Asker, MemberResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.pool.member import Member

#: Seconds for which members are waited for in one round, and between rounds.
ROUND_FOR = 0.5
EVERY = 0.05


@frozen(eq=False)
class HashLookup:
    """Asks all usable members at once."""

    asker: Asker

    async def find(self, hash: str, caller: Caller, seconds: float = 0.0) -> Member | None:
        """A member that has it, in its pool or its chain; None: none was found.

        @param hash: C{0x} and hex digits.
        @param caller: with whose token they are asked.
        @param seconds: for how long they are asked again; 0: once.
        """
        clock = self.asker.clock
        end = clock.seconds() + seconds
        while True:
            now = clock.seconds()
            found = await self._round(hash, caller, max(end, now + ROUND_FOR) if not seconds else end)
            if found is not None or clock.seconds() + EVERY > end:
                return found
            await deferLater(clock, EVERY)

    async def _round(self, hash: str, caller: Caller, deadline: float) -> Member | None:
        asker, calls = self.asker, [OwnCall(BY_HASH, hash)]
        now = asker.clock.seconds()
        members = [m for m in asker.pool.members if m.usable(now)]
        if not members:
            return None
        body, first, left = own_batch(calls), Deferred[Member | None](), len(members)

        def said(outcome: Outcome) -> None:
            nonlocal left
            left -= 1
            has = isinstance(outcome, MemberResponse) and own_entries(outcome.body, calls)[0].found
            if (has or not left) and not first.called:
                first.callback(outcome.member if has else None)

        asked = [asker.ask(member, body, caller, deadline=deadline) for member in members]
        for one in asked:
            one.addCallbacks(said, lambda failure: None)
        try:
            return await first
        finally:
            for one in asked:
                one.cancel()
