"""L{Spread}: a hash goes to a client only when a second member knows the transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import inf

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.goquorum.decide.facts import NotSpread
from quorumha.goquorum.decide.own_calls import own_batch, own_entries
from quorumha.goquorum.decide.spread_rule import (
    AGAIN,
    AT_MOST,
    EVERY,
    LOOKS,
    MOST,
    NO_TIMER,
    SEND_RAW,
    SpreadRule,
)
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.decide.writable import writable
from quorumha.goquorum.forward.ask import Asker, MemberResponse, NoResponse, outcomes_of
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.pool.member import Member

log = Logger()

#: Seconds for which the first of several other members is waited for before all are asked.
SECOND_FOR = 0.05
#: Seconds from one question whether the transactions' member lives to the next.
LIVES_EVERY = 0.1
#: Seconds for which its last word is waited for: a busy one is not a dead one.  Longer than the usual checks
#: need to put it down: whoever hears of an unknown outcome calls again, and not there if it is down.
LAST_WORD_FOR = 2.0
#: How many other members are asked at once.
OTHERS = 4
#: Seconds for which a member that is out is waited for, where no other one is usable: it may be back, and
#: another proxy may see that before this one does.
OUT_FOR = 0.05
#: Seconds after which nobody waits any more for such a member to take a transaction.
OUT_AT_MOST = 0.2


@frozen(eq=False)
class Spread:
    """Carries acknowledged transactions to a second member."""

    asker: Asker

    async def spread(
        self, hashes: Iterable[str], at: Member, caller: Caller, raw: Mapping[str, bytes] | None = None
    ) -> dict[str, Spreading]:
        """Wait until a second usable member knows each, or it is known that none does.

        @param hashes: of transactions that a member acknowledged, C{0x} and hex digits in lower case.
        @param at: that one.
        @param caller: with whose token members are asked.
        @param raw: the bytes of those that the client signed itself: they go to a second member at once.
        @return: what became of each; where no other member is usable or answers, all are C{KEPT}.  Never
            fails, but when it is cancelled.
        """
        clock = self.asker.clock
        rule = SpreadRule(hashes, raw or {}, clock.seconds())
        running = _Spreading(self, rule, at, caller)
        try:
            await running.run()
        except CancelledError:
            raise
        except Exception:
            # A fault of ours is no reason to say that a transaction is lost: the fence waits for it.
            log.failure("a transaction could not be carried to a second member")
            rule.end()
        finally:
            running.stop()
        return rule.found

    def others(self, at: Member) -> list[Member]:
        """The usable members besides one: those that may take transactions first, the next one after it
        before the others, so that each has its share."""
        pool = self.asker.pool
        members, now = pool.members, self.asker.clock.seconds()
        place = members.index(at) + 1 if at in members else 0
        able = writable(members, now)
        usable = [m for m in (*members[place:], *members[:place]) if m is not at and m.usable(now)]
        usable.sort(key=lambda m: (m.upstream.backup, m not in able))
        return usable

    def out(self, at: Member) -> list[Member]:
        """The members besides one that are not usable, but for those that the operator took away."""
        members, now = self.asker.pool.members, self.asker.clock.seconds()
        return [m for m in members if m is not at and m.eligible and not m.usable(now)]


class _Spreading:
    """Some transactions of one member."""

    def __init__(self, spread: Spread, rule: SpreadRule, at: Member, caller: Caller) -> None:
        self._spread = spread
        self._rule = rule
        self._at = at
        self._caller = caller
        self._asker = spread.asker
        self._clock = spread.asker.clock
        self._began = self._clock.seconds()
        self._ended: Deferred[None] = Deferred()
        self._tasks: list[Deferred[None]] = []
        #: How many transactions a member is asked for at once, where that is known.
        self._most: dict[Member, int] = {}
        #: Which ones it was sent, and when it may be sent them again: none is sent twice what it got.
        self._sent: defaultdict[Member, dict[str, float]] = defaultdict(dict)
        #: Those that are out, and answer.
        self._back: list[Member] = []

    def _others(self) -> list[Member]:
        return self._spread.others(self._at) or self._back

    async def run(self) -> None:
        rule = self._rule
        if not self._spread.others(self._at):
            await self._ask_those_out()
        if not self._others():
            rule.end()
            return
        if rule.open:
            await self._ask_second()
        if not rule.open:
            return
        await self._ask_all()
        self.stop()
        if rule.open:
            await self._ask_last_word()

    def stop(self) -> None:
        """Ask nobody any more."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()

    async def _ask_those_out(self) -> None:
        """Find those that are back and not known to be so: another proxy may use them already.

        If one did that before it heard of these transactions, it gave their nonces away again.
        """
        calls, deadline = self._rule.presence_calls(), self._began + OUT_FOR
        asked = [
            self._asker.ask(one, own_batch(calls), self._caller, deadline=deadline)
            for one in self._spread.out(self._at)[:OTHERS]
        ]
        for outcome in await outcomes_of(asked):
            if isinstance(outcome, MemberResponse):
                entries = own_entries(outcome.body, calls)
                if any(entry.result for entry in entries):
                    self._back.append(outcome.member)
                    self._rule.second_said(calls, entries, self._clock.seconds())
        if self._back:
            self._rule.ends_at = min(self._rule.ends_at, self._began + OUT_AT_MOST)

    async def _ask_second(self) -> None:
        """The ordinary way: the transactions are nearly always there already."""
        rule, others = self._rule, self._others()
        limit = SECOND_FOR if len(others) > 1 else AT_MOST
        for look in LOOKS:
            left = self._began + look - self._clock.seconds()
            if left >= NO_TIMER:
                await deferLater(self._clock, left)
            answered = await self._ask_other(others[0], self._began + limit)
            if not (rule.open and answered) or rule.raw:
                return

    async def _ask_all(self) -> None:
        """Carry the bytes to whoever takes them."""
        rule = self._rule
        self._begin(self._watch_source())
        asked: set[Member] = set()
        while not self._over():
            for member in self._others()[:OTHERS]:
                if member not in asked:
                    asked.add(member)
                    self._begin(self._watch_other(member))
            left = min(rule.ends_at - self._clock.seconds(), EVERY)
            timer = self._clock.callLater(max(left, 0.0), self._wake)
            try:
                await self._ended
            finally:
                self._ended = Deferred()
                if timer.active():
                    timer.cancel()

    def _over(self) -> bool:
        # With one usable member there is nothing to wait for.
        return self._rule.is_over(self._clock.seconds()) or not self._others()

    def _wake(self) -> None:
        if not self._ended.called:
            self._ended.callback(None)

    def _begin(self, task: object) -> None:
        def failed(failure: Failure) -> None:
            if not failure.check(CancelledError):
                log.failure("asking for a transaction failed", failure=failure)

        self._tasks.append(Deferred.fromCoroutine(task).addErrback(failed))  # type: ignore[arg-type]

    async def _watch_other(self, member: Member) -> None:
        while True:
            await self._ask_other(member, self._began + AT_MOST)
            if self._rule.is_over(self._clock.seconds()):
                self._wake()
            await deferLater(self._clock, EVERY)

    async def _ask_other(self, member: Member, deadline: float) -> bool:
        """Whether it answered."""
        rule, clock = self._rule, self._clock
        most, sent = self._most.get(member, MOST), self._sent[member]
        now = clock.seconds()
        calls = rule.calls(most, [hash for hash, again_at in sent.items() if now < again_at])
        if not calls:
            return True
        sending = [after.parameter for call, after in pairwise(calls) if call.method == SEND_RAW]
        sent.update(dict.fromkeys(sending, inf))
        outcome = await self._asker.ask(member, own_batch(calls), self._caller, deadline=deadline)
        if isinstance(outcome, NoResponse):
            if outcome.sent:
                # It may be that all of them are too large together.
                self._most[member] = max(most // 4, 1)
            else:
                for hash in sending:
                    sent.pop(hash, None)
            return False
        entries = own_entries(outcome.body, calls)
        sent.update(dict.fromkeys(rule.refused(calls, entries), clock.seconds() + AGAIN))
        rule.second_said(calls, entries, clock.seconds())
        return True

    async def _watch_source(self) -> None:
        rule = self._rule
        while not rule.gone:
            lacking = any(hash not in rule.raw for hash in rule.open)
            await self._ask_source(self._began + AT_MOST + LAST_WORD_FOR)
            progress = lacking and not any(hash not in rule.raw for hash in rule.open)
            if progress:
                # It goes over at once, not with the next round.
                for member in self._others()[:OTHERS]:
                    self._begin(self._carry(member))
            await deferLater(self._clock, LIVES_EVERY)

    async def _carry(self, member: Member) -> None:
        await self._ask_other(member, self._began + AT_MOST)
        if self._rule.is_over(self._clock.seconds()):
            self._wake()

    async def _ask_source(self, deadline: float, *, presence: bool = False) -> None:
        rule, asker = self._rule, self._asker
        calls = rule.presence_calls() if presence else rule.source_calls()
        outcome = await asker.ask(self._at, own_batch(calls), self._caller, deadline=deadline)
        if isinstance(outcome, MemberResponse):
            rule.source_said(calls, own_entries(outcome.body, calls))
        elif not (outcome.lacked or outcome.limited):
            # What this process lacks, or has no room for, says nothing of a member.
            rule.source_gone(self._clock.seconds())

    async def _ask_last_word(self) -> None:
        """Whether their own member has them still, and lives."""
        rule, others = self._rule, self._spread.others(self._at)
        if not rule.gone:
            await self._ask_source(self._clock.seconds() + LAST_WORD_FOR, presence=True)
        kept = rule.end()
        pool = self._asker.pool
        for hash in kept if others else ():
            pool.observers.notify(NotSpread(pool.name, self._at.name, hash))
