"""L{Account}: at which member an account's calls are, and when they may go to another one.  Pure.

A node gives each transaction that comes without a nonce the next one that it knows of, under a lock of its
own (GOQUORUM.md 1).  So the calls of one account are at one member.  They move only when none is in its hands
any more, and once the next member is known to know what the account did: that is the fence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from itertools import takewhile
from math import inf
from typing import Generic, TypeVar

from attrs import define, field, frozen

M = TypeVar("M")

#: Acknowledged transactions of one account that no second member is known to have, and that are kept.
MOST_UNSEEN = 64
#: Seconds for which a member is not asked for an account after a fault of its own.
FAULT_FOR = 1.0
#: Seconds for which an account stays where it is after it could not go home.
STAY_FOR = 1.0
#: Seconds after which a member that acknowledges a call has done, or never will do, what it got before.
DOUBT_FOR = 1.0


class What(Enum):
    """What a call of the account does next."""

    #: It goes to the member.
    GO = "go"
    #: It finds out whether the member knows what the account did, and looks again.
    FENCE = "fence"
    #: It waits for the account's other calls.
    WAIT = "wait"
    #: There is no member.
    NOBODY = "nobody"


@frozen
class Step(Generic[M]):
    """What a call does next.

    @ivar forced: of a fence: the calls cannot stay where they are.
    """

    what: What
    member: M | None = None
    forced: bool = True


@define
class Doubt:
    """What a member got and did not answer.

    @ivar since: the last call of that kind, by the clock.
    @ivar calls: how many of which an answer may come yet.
    """

    since: float
    calls: int


@define(eq=False)
class Account(Generic[M]):
    """One account.

    @ivar at: whose its calls are; None: nobody's yet.
    @ivar fenced_at: since when that one is known to know what the account did, by the clock.
    @ivar under_way: how many calls are in its hands.
    @ivar fencing: whom a fence is asked of now.
    @ivar unseen: hashes of acknowledged transactions that no second member is known to have, with the member
        that acknowledged each.
    @ivar late: hashes that came too late for the client, likewise; not waited for where that one is dead.
    @ivar last: the last one that was acknowledged, of those that were seen.
    @ivar doubts: the members that got a call and did not answer.
    @ivar faulted: the members that had a fault, and until when they are not asked for this account.
    @ivar stays_until: when it may go home next.
    @ivar nonce: its next one when somebody looked last; None: not known.
    @ivar nonce_at: when that was, by the clock.
    @ivar made: how many of its transactions were acknowledged since.
    """

    at: M | None = None
    fenced_at: float = -inf
    under_way: int = 0
    fencing: M | None = None
    unseen: dict[str, M] = field(factory=dict)
    late: dict[str, M] = field(factory=dict)
    last: tuple[str, M] | None = None
    doubts: dict[M, Doubt] = field(factory=dict)
    faulted: dict[M, float] = field(factory=dict)
    stays_until: float = -inf
    nonce: int | None = None
    nonce_at: float = -inf
    made: int = 0
    #: Of those that are not seen yet, which were acknowledged before L{last}.
    _before_last: set[str] = field(factory=set)

    # Whom a call goes to.

    def next_step(
        self,
        order: Sequence[M],
        now: float,
        up_since: Callable[[M], float] = lambda member: -inf,
        *,
        fence: bool = True,
    ) -> Step[M]:
        """What a call does next.  Nothing changes before it does it.

        @param order: the members that may take it, the account's home first.
        @param up_since: when a member came up last: it may have forgotten what it knew.
        @param fence: False: the call has a nonce of its own.
        """
        at = self.at
        good = [member for member in order if not self.is_faulted(member, now)]
        if not good:
            good = [member for member in order if member is at] or list(order)
        if not good:
            return Step(What.NOBODY)
        wanted, may_stay = good[0], at in good
        if may_stay and now < self.stays_until:
            assert at is not None
            wanted = at
        if self.fencing is not None:
            # Only the one that it moves to may be used meanwhile, and by whoever needs no fence.
            free = wanted is self.fencing and not fence and (wanted is at or not may_stay)
            return Step(What.GO, wanted) if free else Step(What.WAIT)
        if wanted is not at and self.under_way:
            return Step(What.WAIT)
        if not fence or (wanted is at and -inf < self.fenced_at >= up_since(wanted)):
            return Step(What.GO, wanted)
        return Step(What.FENCE, wanted, wanted is at or not may_stay)

    def is_faulted(self, member: M, now: float) -> bool:
        """Whether a member is not asked for this account now."""
        return now < self.faulted.get(member, -inf)

    # Calls in its member's hands.

    def begin(self, member: M) -> None:
        """A call goes to this member."""
        if member is not self.at:
            assert not self.under_way, "a move waits for those under way"
            self.at, self.fenced_at = member, -inf
        self.under_way += 1

    def end(self) -> None:
        """A call is not in its hands any more, or was one that does nothing."""
        self.under_way -= 1

    def answered(self, member: M, hash: str | None, now: float) -> None:
        """It acknowledged a call.

        @param hash: of the transaction; None: it has none by which it could be asked for.
        """
        self.faulted.pop(member, None)
        doubt = self.doubts.get(member)
        if doubt is not None and now - doubt.since >= DOUBT_FOR:
            del self.doubts[member]
        if hash is not None:
            self.made += 1
            _keep(self.unseen, hash, member)

    def seen(self, hash: str, member: M) -> None:
        """A second member has a transaction."""
        self.late.pop(hash, None)
        if hash in self.unseen:
            before = set(takewhile(lambda one: one != hash, self.unseen))
            del self.unseen[hash]
            self._follow(hash, member, before)

    def _follow(self, hash: str, member: M, before: set[str]) -> None:
        """This one is the last, unless the one that is was acknowledged after it."""
        if hash not in self._before_last:
            self.last, self._before_last = (hash, member), before

    def lost(self, hash: str, member: M, now: float) -> None:
        """A transaction went with its member before a second one was known to have it; the client is told
        that nobody knows what becomes of it.
        """
        self.unseen.pop(hash, None)
        self.in_doubt(member, now)

    def fault(self, member: M, now: float) -> None:
        """It answered with a fault of its own, or could not be reached: nothing was done."""
        self.faulted = {one: until for one, until in self.faulted.items() if now < until}
        self.faulted[member] = now + FAULT_FOR

    def in_doubt(self, member: M, now: float) -> None:
        """It got a call and did not answer.  It may have been started anew, too."""
        before = self.doubts.get(member)
        self.doubts[member] = Doubt(now, 1 if before is None else before.calls + 1)
        self.fenced_at = -inf

    def came_late(self, member: M, hash: str | None) -> None:
        """It did answer, when nobody waited any more."""
        doubt = self.doubts.get(member)
        if doubt is not None:
            doubt.calls -= 1
            if not doubt.calls:
                del self.doubts[member]
        if hash is not None:
            _keep(self.late, hash, member)

    def forget(self, hash: str) -> None:
        """No member has it any more, not even the one that acknowledged it."""
        self.unseen.pop(hash, None)
        self.late.pop(hash, None)
        if self.last is not None and self.last[0] == hash:
            self.last = None

    def hashes_of(self, member: M) -> list[str]:
        """What is remembered of those that this one acknowledged."""
        last = () if self.last is None else (self.last,)
        kept = (*last, *self.unseen.items(), *self.late.items())
        return list(dict.fromkeys(hash for hash, one in kept if one is member))

    def counted(self, nonce: int | None, now: float) -> None:
        """This is its next one, with nothing in its member's hands."""
        self.nonce, self.nonce_at, self.made = nonce, now, 0

    def is_alone(self, nonce: int | None, now: float) -> bool:
        """Whether all that it did for a while came through here: no other proxy is at the same member.

        @param nonce: its next one, at its member.
        """
        known = self.nonce is not None and nonce == self.nonce + self.made
        return known and now - self.nonce_at >= STAY_FOR

    # The fence.

    def fence_began(self, member: M) -> None:
        """Somebody finds out about this one."""
        self.fencing = member

    def fence_ended(self, member: M, began: float, now: float, *, passed: bool, forced: bool = True) -> None:
        """It is known to know what the account did, or not.

        @param began: when it was asked first.
        """
        self.fencing = None
        if not passed:
            if not forced:
                self.stays_until = now + STAY_FOR
            return
        if member is not self.at:
            # One with a nonce of its own may have gone there already.
            assert not self.under_way, "a move waits for those under way"
        self.at, self.fenced_at = member, began
        self.doubts = {one: doubt for one, doubt in self.doubts.items() if one is member}
        if self.unseen:
            *_, (hash, at) = self.unseen.items()
            self._follow(hash, at, set())
        self.unseen, self.late, self._before_last = {}, {}, set()

    def required(
        self, gone: Collection[M] = (), given_up: Callable[[M], bool] = lambda one: False
    ) -> list[str]:
        """The hashes that a member has to know before the account's calls go there.

        @param gone: members that are known to be dead: only what was acknowledged counts of theirs.
        @param given_up: whether the operator took a member away: nothing of its own counts.
        """
        last = () if self.last is None else (self.last,)
        kept = [*last, *self.unseen.items()]
        kept += [(hash, member) for hash, member in self.late.items() if member not in gone]
        return list(dict.fromkeys(hash for hash, member in kept if not given_up(member)))

    def suspects(self, target: M) -> set[M]:
        """The members besides C{target} that may act on a call yet, or may be alone with a transaction."""
        return {*self.doubts, *self.late.values()} - {target}


def _keep(hashes: dict[str, M], hash: str, member: M) -> None:
    hashes[hash] = member
    while len(hashes) > MOST_UNSEEN:
        del hashes[next(iter(hashes))]
