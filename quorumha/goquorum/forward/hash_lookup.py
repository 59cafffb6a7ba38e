"""L{HashLookup}: which member has a transaction."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.goquorum.decide.own_calls import OwnCall, own_batch, own_entries
from quorumha.goquorum.decide.spread_rule import BY_HASH
from quorumha.goquorum.forward.ask import Asker, MemberResponse
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.pool.member import Member

log = Logger()

#: Seconds for which a member is waited for that is asked once, and from one answer to the next question.
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
        members = self.asker.pool.members
        if not members:
            return None
        first, left = Deferred[Member | None](), len(members)
        end = self.asker.clock.seconds() + seconds

        def over(found: Member | Failure | None) -> None:
            nonlocal left
            left -= 1
            if isinstance(found, Failure):
                if not found.check(CancelledError):
                    log.failure("looking for a transaction failed", failure=found)
                found = None
            if (found is not None or not left) and not first.called:
                first.callback(found)

        looking = [Deferred.fromCoroutine(self._look(member, hash, caller, end)) for member in members]
        for one in looking:
            one.addBoth(over)
        try:
            return await first
        finally:
            for one in looking:
                one.cancel()

    async def _look(self, member: Member, hash: str, caller: Caller, end: float) -> Member | None:
        """Ask one member, again and again until then: none that hangs keeps others from being asked."""
        asker, calls = self.asker, [OwnCall(BY_HASH, hash)]
        clock, body = asker.clock, own_batch(calls)
        while True:
            now = clock.seconds()
            if member.usable(now):
                outcome = await asker.ask(
                    member, body, caller, deadline=end if end > now else now + ROUND_FOR
                )
                if isinstance(outcome, MemberResponse) and own_entries(outcome.body, calls)[0].found:
                    return member
            if clock.seconds() + EVERY > end:
                return None
            await deferLater(clock, EVERY)
