"""A pool, whatever its members, its operator, its checks and its clients do."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.balancing import BALANCING
from quorumha.pool.candidates import AwakeCandidates, Candidates, OrderedCandidates, rendezvous_order
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.retry_budget import RetryBudget
from quorumha.pool.upstream import Broken, ConnectFailed, LocalFailure, Outcome, Responded
from tests.nightly import play
from tests.pool.test_pool import upstream

NAMES = "abcde"
OUTCOMES: tuple[Outcome | None, ...] = (
    Responded(200),
    Responded(500),
    ConnectFailed("refused"),
    Broken("cut"),
    LocalFailure("no memory"),
    None,
)


class PoolMachine(RuleBasedStateMachine):
    """The pool, beside what is to be true of it.

    @ivar leases: who has how many requests; members that were removed as well.
    @ivar waiting: what is to fire when nothing is in flight at a member.
    @ivar woken: whether those that wait were woken since they began to.
    """

    @initialize(balance=st.sampled_from(sorted(BALANCING)), slow_start=st.sampled_from([0.0, 3.0]))
    def build(self, balance: str, slow_start: float) -> None:
        self.now = 0.0
        self.pool = UpstreamPool(
            "p",
            [upstream("a"), upstream("b")],
            BALANCING[balance](),
            slow_start=slow_start,
            budget=RetryBudget(0),
        )
        self.leases: dict[Member, int] = {}
        self.waiting: list[tuple[Member, Deferred[None]]] = []
        self.woken = False
        self.pool.watch(self.wake)
        self.counts: dict[Member, tuple[int, int]] = {}

    def wake(self, member: Member) -> None:
        assert member.health.usable(self.now)
        assert member in self.pool.members
        self.woken = True

    def one(self, number: int) -> Member:
        return self.pool.members[number % len(self.pool.members)]

    # The operator.

    @rule(name=st.sampled_from(NAMES), backup=st.booleans(), enabled=st.booleans(), most=st.integers(0, 2))
    def add(self, name: str, backup: bool, enabled: bool, most: int) -> None:
        value = evolve(upstream(name, backup), enabled=enabled, max_in_flight=most)
        usable = self.pool.usable(self.now)
        self.woken = False
        if any(m.name == name for m in self.pool.members):
            try:
                self.pool.add(value)
            except ValueError:
                return
            raise AssertionError("two members of one name")
        self.pool.add(value)
        assert usable or self.woken == enabled

    @rule(number=st.integers(0, 9))
    def remove(self, number: int) -> None:
        member = self.one(number)
        if len(self.pool.members) == 1:
            try:
                self.pool.remove(member)
            except ValueError:
                return
            raise AssertionError("the last one was removed")
        self.waiting.append((member, self.pool.remove(member)))

    @rule(names=st.permutations(NAMES), count=st.integers(1, 5), backup=st.sampled_from(NAMES))
    def arrange(self, names: list[str], count: int, backup: str) -> None:
        wanted = names[:count]
        before = {m.name: m for m in self.pool.members}
        added, removed = self.pool.arrange([upstream(n, n == backup) for n in wanted])
        assert [m.name for m in self.pool.members] == wanted
        assert all(before.get(m.name, m) is m for m in self.pool.members)
        assert {m.name for m in added} == set(wanted) - before.keys()
        assert {m.name for m in removed} == before.keys() - set(wanted)

    @rule(number=st.integers(0, 9), enabled=st.booleans())
    def operator(self, number: int, enabled: bool) -> None:
        member = self.one(number)
        usable = self.pool.usable(self.now)
        self.woken = False
        member.enabled = enabled
        assert usable or self.woken == self.pool.usable(self.now) or member.health.ejected_until

    @precondition(lambda self: any(member.removed for member in self.leases))
    @rule(number=st.integers(0, 9), enabled=st.booleans())
    def operator_is_late(self, number: int, enabled: bool) -> None:
        """What is said of one that is gone changes nothing."""
        gone = [member for member in self.leases if member.removed]
        self.woken = False
        gone[number % len(gone)].enabled = enabled
        assert not self.woken

    @rule(number=st.integers(0, 9))
    def drain(self, number: int) -> None:
        member = self.one(number)
        self.waiting.append((member, self.pool.drain(member)))

    # The checks.

    @rule(number=st.integers(0, 9), override=st.sampled_from([None, False, True]), silent=st.booleans())
    def down(self, number: int, override: bool | None, silent: bool) -> None:
        member = self.one(number)
        self.pool.checks_override = override
        member.silent = silent
        self.pool.checked(member, "it is sick", self.now, "")
        assert not member.usable(self.now)

    @rule(number=st.integers(0, 9))
    def recover(self, number: int) -> None:
        member = self.one(number)
        usable = self.pool.usable(self.now)
        self.woken = False
        member.silent = False
        self.pool.checked(member, None, self.now, "")
        assert not member.health.down
        assert usable or self.woken or not member.usable(self.now) or member.health.ejected_until

    # The clients.

    @rule(
        kind=st.sampled_from(["pool", "awake", "order"]),
        usable_only=st.booleans(),
        tries=st.integers(1, 6),
        outcome=st.sampled_from(OUTCOMES),
    )
    def request(self, kind: str, usable_only: bool, tries: int, outcome: Outcome | None) -> None:
        """Try some; the last one is kept, and the others end so."""
        candidates = self.candidates(kind)
        tried: list[Member] = []
        for _ in range(tries):
            there = [m for m in self.pool.members if m.enabled and not m.full and m not in tried]
            if kind != "pool":
                there = [m for m in there if not m.asleep]
            usable = [m for m in there if m.usable(self.now)]
            if not usable and (usable_only or candidates.full(self.now)):
                there = []
            member = candidates.take(self.now, usable_only=usable_only)
            assert (member is not None) == bool(there), "the last one is never ejected"
            if member is None:
                break
            assert member in there
            assert not usable or member in usable
            tried.append(member)
            member.in_flight += 1
            self.leases[member] = self.leases.get(member, 0) + 1
        for member in tried[:-1]:
            self.end(member, outcome)

    def candidates(self, kind: str) -> Candidates:
        if kind == "pool":
            return self.pool.candidates()
        if kind == "awake":
            return AwakeCandidates(self.pool)
        return OrderedCandidates(self.pool, rendezvous_order(self.pool, b"x"), awake=True)

    def end(self, member: Member, outcome: Outcome | None) -> None:
        """As an attempt does: it says what came of it, and counts no more."""
        if outcome is None:
            self.pool.left_open(member, self.now)
        else:
            self.pool.report(member, outcome, self.now)
        self.leases[member] -= 1
        member.release()

    @precondition(lambda self: any(self.leases.values()))
    @rule(number=st.integers(0, 9), outcome=st.sampled_from(OUTCOMES))
    def ends(self, number: int, outcome: Outcome | None) -> None:
        busy = [member for member, count in self.leases.items() if count]
        self.end(busy[number % len(busy)], outcome)

    @rule(number=st.integers(0, 9), outcome=st.sampled_from(OUTCOMES[:-1]))
    def copy(self, number: int, outcome: Outcome) -> None:
        """Says nothing of the member."""
        member = self.one(number)
        before = member.health, member.failed, member.in_flight
        self.pool.report(member.for_copies(), outcome, self.now)
        assert (member.health, member.failed, member.in_flight) == before

    @rule(seconds=st.floats(0.1, 30))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def true(self) -> None:
        if not hasattr(self, "pool"):
            return
        members = self.pool.members
        assert members
        assert len({m.name for m in members}) == len(members)
        assert self.pool.enabled_count == sum(m.enabled for m in members)
        for member in {*members, *self.leases}:
            assert member.in_flight == self.leases.get(member, 0)
            assert member.eligible == (member.enabled and member in members)
            before = self.counts.get(member, (0, 0))
            self.counts[member] = member.picked, member.failed
            assert before <= self.counts[member]
        for member, done in self.waiting:
            assert done.called or member.in_flight

    def teardown(self) -> None:
        if hasattr(self, "pool"):
            for member, count in list(self.leases.items()):
                for _ in range(count):
                    self.end(member, None)
            self.true()
            assert all(done.called and member.on_idle is None for member, done in self.waiting)


class MachineTests(SynchronousTestCase):
    """See L{PoolMachine}."""

    def test_machine(self) -> None:
        play(PoolMachine, 100, steps=50)
