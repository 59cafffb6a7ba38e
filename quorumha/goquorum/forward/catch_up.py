"""L{CatchUp}: members are asked for their heights, until one is known to have a block."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.heights import height_in, signs_of
from quorumha.goquorum.forward.ask import Asker, MemberResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.sleepers import Sleepers
from quorumha.pool.pool import Member

log = Logger()

#: Seconds until members are asked once more.
PAUSE = 0.02
#: Seconds after which a member that seems to be low is asked for its height while others are not.
REFRESH = 0.5
#: Seconds for which members are asked for a block that the client has seen, and for one that it has not.
ASKED_FOR = 1.0
ONCE = 0.1

_CALL = Call(b"1", "eth_blockNumber", b"[]")


@define(eq=False)
class CatchUp:
    """Asks the members of one listener for their heights.

    However many calls wait for heights, each member is asked by one of them at a time: what a height is does
    not depend on who asks, and each of those who wait gives its own token in turn.
    """

    asker: Asker
    _asked: set[Member] = field(factory=set, init=False)
    #: Until a height came, or it is time to ask once more.
    _sleepers: Sleepers = field(factory=Sleepers, init=False)
    #: When a member of which nothing new is known is to be asked again, though nobody waits for it.
    due_at: float = field(default=0.0, init=False)
    _began_at: float = field(default=float("-inf"), init=False)

    async def wait(
        self, find: Callable[[], Member | None], caller: Caller, *, once: bool = False
    ) -> Member | None:
        """Ask until there is a member that will do.

        @param find: such a member, or None; called whenever a height came.
        @param caller: with whose token members are asked.
        @param once: each is asked once.
        @return: None where there was none in time.
        """
        clock = self.asker.clock
        end = clock.seconds() + (ONCE if once else ASKED_FOR)
        while True:
            self._ask(caller)
            await self._sleepers.sleep(clock, PAUSE)
            found = find()
            if found is not None or clock.seconds() >= end or (once and not self._asked):
                return found

    def refresh(self, height: int, caller: Caller, now: float) -> None:
        """Ask those that may have caught up, lest a busy client has one member alone.

        It is for members that tell their heights by nothing else: so often as checks would.

        @param height: that they are not known to have.
        """
        self.due_at = now + REFRESH
        for member in self.asker.pool.members:
            signs = signs_of(member)
            if signs.height < height and not 0 <= now - signs.height_at < REFRESH and member.usable(now):
                self._begin(member, caller, now)

    def _ask(self, caller: Caller) -> None:
        """Ask each member that is not being asked, but not sooner than it makes sense."""
        asker = self.asker
        now = asker.clock.seconds()
        if 0 <= now - self._began_at < PAUSE:
            return
        self._began_at = now
        for member in asker.pool.members:
            if member.usable(now):
                self._begin(member, caller, now)

    def _begin(self, member: Member, caller: Caller, now: float) -> None:
        if member not in self._asked:
            asked = Deferred.fromCoroutine(self._ask_one(member, caller, now + ASKED_FOR))
            asked.addErrback(lambda failure: log.failure("asking for a height failed", failure=failure))

    async def _ask_one(self, member: Member, caller: Caller, deadline: float) -> None:
        self._asked.add(member)
        try:
            outcome: Outcome = await self.asker.ask(member, _CALL.envelope, caller, deadline=deadline)
        finally:
            self._asked.discard(member)
        if isinstance(outcome, MemberResponse):
            height = height_in(_CALL.method, _CALL.params, outcome.body)
            if height >= 0:
                signs_of(member).has(height, self.asker.clock.seconds())
        self._sleepers.wake()
