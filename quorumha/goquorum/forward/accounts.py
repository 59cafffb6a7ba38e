"""L{Accounts}: the calls of each account go to one member, and to another one behind a fence."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import Factory, define, field, frozen
from twisted.internet.defer import DeferredSemaphore

from quorumha.goquorum.decide.account import Step, What
from quorumha.goquorum.decide.call import OwnResponse, unavailable, unseen
from quorumha.goquorum.decide.causes import causes
from quorumha.goquorum.decide.facts import AccountUnseen, InDoubt
from quorumha.goquorum.decide.fence_rule import AT_MOST, BRIEFLY, FenceRule
from quorumha.goquorum.decide.home import home_order
from quorumha.goquorum.decide.known_accounts import KnownAccount, KnownAccounts
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.decide.writable import writable
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.fence import Fence, Fenced
from quorumha.goquorum.forward.waits import WaitingCall, Waits
from quorumha.pool.member import Member


@define(eq=False)
class Turn:
    """A call of an account that is in a member's hands.

    One of C{answered}, C{refused}, C{in_doubt} and C{over} ends it, once.  What is known later is told by
    C{spread} and C{came_late}.

    @ivar member: whose hands those are.
    @ivar ended: it is not in them any more.
    """

    member: Member
    _accounts: Accounts
    _address: bytes
    _known: KnownAccount
    ended: bool = field(default=False, init=False)

    @property
    def _now(self) -> float:
        return self._accounts.asker.clock.seconds()

    def another(self) -> Turn:
        """For a further call of the account in the same batch: it goes the same way, and waits for nobody."""
        self._known.account.begin(self.member)
        return Turn(self.member, self._accounts, self._address, self._known)

    def over(self) -> None:
        """It was one that makes no transaction."""
        account = self._known.account
        self.ended = True
        account.end()
        if not account.under_way:
            # Those that wait do so for nothing else.
            self._known.wake()

    def answered(self, hash: str | None) -> None:
        """The member acknowledged it.

        @param hash: see L{quorumha.goquorum.decide.results.transaction_in}; None: there is none by which it
            could be asked for.
        """
        self._known.account.answered(self.member, hash, self._now)
        self.over()

    def refused(self, *, fault: bool) -> None:
        """Nothing was done.

        @param fault: the member's: another one may do better, and it is not asked for a second.
        """
        if fault:
            self._known.account.fault(self.member, self._now)
        self.over()

    def in_doubt(self, method: str) -> None:
        """It was sent, and not answered.

        @param method: the table's name.
        """
        self._known.account.in_doubt(self.member, self._now)
        self._notify_in_doubt(method)
        self.over()

    def broke(self, method: str) -> None:
        """Something raised that never should: what became of it is not known, and nobody waits for it."""
        if not self.ended:
            self.in_doubt(method)

    def _notify_in_doubt(self, method: str) -> None:
        pool = self._accounts.asker.pool
        pool.observers.notify(InDoubt(pool.name, self.member.name, _hex(self._address), method))

    def spread(self, hash: str, how: Spreading, method: str) -> None:
        """What became of an acknowledged transaction on its way to a second member.

        @param method: the table's name.
        """
        account = self._known.account
        if how is Spreading.SEEN:
            account.seen(hash, self.member)
        elif how is Spreading.LOST:
            account.lost(hash, self.member, self._now)
            self._notify_in_doubt(method)

    def came_late(self, hash: str | None) -> None:
        """The member did answer, after C{in_doubt}.

        @param hash: as for L{answered}.
        """
        self._known.account.came_late(self.member, hash)


@frozen(eq=False)
class Accounts:
    """Gives the calls of accounts their turns.

    @ivar waits: where calls wait for members, and for each other.
    @ivar known: what is known of accounts; all listeners of the pool have the same.
    @ivar proceeds: C{unseen = "proceed"}: a fence that does not pass does not stop anybody.
    """

    asker: Asker
    waits: Waits
    known: KnownAccounts
    proceeds: bool = False

    async def turn(
        self,
        address: bytes,
        caller: Caller,
        deadline: float,
        size: int = 0,
        *,
        fence: bool = True,
        leave_out: Sequence[Member] = (),
        unreached: list[Member] | None = None,
        fences: DeferredSemaphore | None = None,
    ) -> Turn:
        """Wait until a call may go to a member.  Cancel it to give up.

        @param address: of the account, 20 bytes.
        @param deadline: by the clock.
        @param size: bytes that the call holds.
        @param fence: False: it has a nonce of its own.
        @param leave_out: members that answered it with a fault.
        @param unreached: members that could not be reached: left out, too, until there is nobody else.
        @param fences: how many may be asked at once, for all that have the same; None: nobody counts.
        @raise OwnResponse: there is no more time, nobody but those of C{leave_out}, or no fence that passes.
        """
        out = list(leave_out), unreached if unreached else []
        finding = _Finding(self, address, caller, deadline, size, fence, *out, fences)
        known = self.known.enter(address)
        try:
            return await finding.run(known)
        finally:
            known.callers -= 1
            if unreached is not None:
                unreached[:] = finding.unreached
            finding.end()

    def order(self, address: bytes, members: Sequence[Member]) -> list[Member]:
        """For calls that make no transaction: first where its next one goes; last those that get none."""
        able = writable(members, self.asker.clock.seconds())
        known = self.known.find(address)
        at = None if known is None else known.account.at
        return sorted(home_order(address, members), key=lambda m: (m not in able, m is not at))


@define(eq=False)
class _Finding:
    """One call that looks for a member."""

    _accounts: Accounts
    _address: bytes
    _caller: Caller
    _deadline: float
    _size: int
    _fence: bool
    _left_out: list[Member]
    unreached: list[Member]
    _fences: DeferredSemaphore | None
    _refusal: OwnResponse | None = None
    _found: bool = False
    _waiting: WaitingCall = field(
        default=Factory(lambda self: self._accounts.waits.begin(self._caller), takes_self=True), init=False
    )

    def end(self) -> None:
        """It has found one, or has not."""
        self._waiting.done(served=self._found)

    async def run(self, known: KnownAccount) -> Turn:
        accounts, account = self._accounts, known.account
        pool, clock = accounts.asker.pool, accounts.asker.clock
        while True:
            now, step = clock.seconds(), self._next_step(known)
            member = step.member
            if step.what is What.WAIT:
                await self._wait_for_others(known)
            elif member is None:
                await self._wait_for_member(now)
            elif step.what is What.FENCE and self._fences is not None:
                await self._ask_among_others(known, self._fences)
            elif step.what is What.FENCE:
                await self._ask_fence(known, step, member)
            else:
                pool.pick_this(member, now)
                account.begin(member)
                self._found = True
                return Turn(member, accounts, self._address, known)

    def _next_step(self, known: KnownAccount) -> Step[Member]:
        pool, now = self._accounts.asker.pool, self._accounts.asker.clock.seconds()
        left_out = {*self._left_out, *self.unreached}
        order = home_order(self._address, [m for m in writable(pool.members, now) if m not in left_out])
        return known.account.next_step(order, now, lambda member: member.up_since, fence=self._fence)

    async def _ask_among_others(self, known: KnownAccount, fences: DeferredSemaphore) -> None:
        """Ask when it is its turn, if that is what is to be done then."""
        await fences.acquire()
        try:
            step = self._next_step(known)
            if step.what is What.FENCE and step.member is not None:
                await self._ask_fence(known, step, step.member)
        finally:
            fences.release()

    async def _wait_for_others(self, known: KnownAccount) -> None:
        refusals = known.refusals
        said = "the account's other calls are under way at another member"
        await self._waiting.until_woken(known.sleepers, self._deadline, self._size, said)
        if self._fence and known.refusals != refusals and known.refused_at is not None:
            # It waited for that very fence.
            self._refused(known.refused_at)

    async def _wait_for_member(self, now: float) -> None:
        if self._refusal is not None:
            raise self._refusal
        members = self._accounts.asker.pool.members
        said = f"no member may take it: {causes(members, now, dict.fromkeys(self.unreached, 'unreachable'))}"
        if self._left_out:
            raise unavailable(said)
        await self._waiting.until_one_may(self._deadline, self._size, said)
        self.unreached.clear()

    def _refused(self, member: Member) -> None:
        self._left_out.append(member)
        self._refusal = unseen(f"{member.name} is not known to know the account's last transaction yet")

    async def _ask_fence(self, known: KnownAccount, step: Step[Member], target: Member) -> None:
        accounts, account = self._accounts, known.account
        pool, clock = accounts.asker.pool, accounts.asker.clock
        began = clock.seconds()
        rule = FenceRule(account, target, lambda member: not member.eligible)
        asking = Fence(
            rule,
            accounts.asker,
            _hex(self._address),
            self._caller,
            lambda: [m for m in writable(pool.members, clock.seconds()) if m is not target],
            min(began + (AT_MOST if step.forced else BRIEFLY), self._deadline),
            step.forced,
        )
        account.fence_began(target)
        came = Fenced.DENIED
        passed = False
        try:
            came = await asking.ask()
            proceeds = accounts.proceeds and step.forced and came in (Fenced.UNSEEN, Fenced.DENIED)
            if proceeds or came is Fenced.VANISHED:
                cause = 'unseen = "proceed"' if proceeds else "nor does any other member"
                event = AccountUnseen(pool.name, target.name, _hex(self._address), cause)
                pool.observers.notify(event)
            passed = proceeds or came in (Fenced.PASSED, Fenced.VANISHED)
        finally:
            account.fence_ended(target, began, clock.seconds(), passed=passed, forced=step.forced)
            if passed:
                account.counted(rule.nonce, clock.seconds())
            if came is Fenced.UNSEEN and step.forced and not passed:
                known.refusals += 1
                known.refused_at = target
            known.wake()
        if passed or not step.forced:
            return
        if came is Fenced.GONE:
            self.unreached.append(target)
        else:
            self._refused(target)


def _hex(address: bytes) -> str:
    return f"0x{address.hex()}"
