"""Who is tried for one request; that each is tried once: L{tests.pool.test_pool}."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.candidates import AwakeCandidates, Candidates, OrderedCandidates, rendezvous_order
from quorumha.pool.passive_health import Health
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Upstream
from tests.pool.test_pool import upstream

NOWHERE = cast(IStreamClientEndpoint, None)
NAMES = "abcde"


def pool_of(names: str = NAMES, backups: str = "") -> UpstreamPool:
    return UpstreamPool("p", [Upstream(name, NOWHERE, backup=name in backups) for name in names])


def all_of(candidates: Candidates, now: float = 0.0, usable_only: bool = False) -> str:
    taken: list[Member] = []
    while (member := candidates.take(now, usable_only=usable_only)) is not None:
        taken.append(member)
    return "".join(member.upstream.name for member in taken)


def by_affinity(pool: UpstreamPool, affinity: bytes) -> OrderedCandidates:
    return OrderedCandidates(pool, rendezvous_order(pool, affinity), awake=True)


def down(pool: UpstreamPool, names: str, until: float = 10.0) -> None:
    for member in pool.members:
        if member.upstream.name in names:
            member.health = Health(1, 0.0, until)


class AwakeTests(SynchronousTestCase):
    """Without those that fell silent."""

    def setUp(self) -> None:
        self.pool = UpstreamPool("p", [upstream("a"), upstream("b"), upstream("c")])
        self.a, self.b, self.c = self.pool.members

    def down(self, member: Member, *, silent: bool) -> None:
        member.silent = silent
        self.pool.checked(member, "bad", 0.0, "")

    def names(self, candidates: AwakeCandidates) -> list[str]:
        found = []
        while (member := candidates.take(0.0)) is not None:
            found.append(member.upstream.name)
        return sorted(found)

    def test_all(self) -> None:
        """One late answer to a check is no silence yet; who is down for another reason may do better."""
        self.a.silent = True
        self.down(self.b, silent=False)
        self.assertEqual(self.names(AwakeCandidates(self.pool)), ["a", "b", "c"])

    def test_without_the_silent(self) -> None:
        self.down(self.a, silent=True)
        self.assertEqual(self.names(AwakeCandidates(self.pool)), ["b", "c"])
        for member in (self.b, self.c):
            self.down(member, silent=True)
        self.assertEqual(self.names(AwakeCandidates(self.pool)), [])
        self.a.silent = False
        self.assertEqual(self.names(AwakeCandidates(self.pool)), ["a"])

    def test_besides(self) -> None:
        """As they are when the next one is taken."""
        besides = {self.a}
        candidates = AwakeCandidates(self.pool, besides)
        besides.add(self.c)
        self.assertEqual(self.names(candidates), ["b"])


class AwakeOrderTests(SynchronousTestCase):
    """A write is not sent to who would only sleep over it."""

    def test_by_affinity(self) -> None:
        pool = pool_of()
        usual = all_of(by_affinity(pool, b"x"))
        for member in pool.members:
            if member.upstream.name in usual[:2]:
                member.silent = True
        self.assertEqual(all_of(by_affinity(pool, b"x")), usual, "none is down yet")
        for member in pool.members:
            pool.checked(member, "bad", 0.0, "")
        self.assertEqual(set(all_of(by_affinity(pool, b"x"))), set(usual[2:]))
        for member in pool.members:
            member.silent = True
        self.assertEqual(all_of(by_affinity(pool, b"x")), "")


class InOrderTests(SynchronousTestCase):
    """L{OrderedCandidates}."""

    def test_order(self) -> None:
        pool = pool_of()
        order = OrderedCandidates(pool, pool.members[::-1])
        self.assertEqual(all_of(order), "edcba")
        self.assertEqual([m.picked for m in pool.members], [1] * 5)

    def test_put_aside_last_and_disabled_never(self) -> None:
        pool = pool_of()
        down(pool, "ae")
        pool.members[1].enabled = False
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members)), "cdae")
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members), usable_only=True), "cd")
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members), now=10.0), "acde")

    def test_trial(self) -> None:
        """One whose time is over is tried once, as the pool does it."""
        pool = pool_of("ab")
        down(pool, "a")
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members), now=11.0, usable_only=True), "ab")
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members), now=11.0, usable_only=True), "b")

    def test_regardless(self) -> None:
        pool = pool_of("abc")
        down(pool, "b")
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members, pool.members[1])), "bac")
        pool.members[1].enabled = False
        self.assertEqual(all_of(OrderedCandidates(pool, pool.members, pool.members[1])), "ac")


class ByAffinityTests(SynchronousTestCase):
    """L{rendezvous_order}."""

    @given(st.binary(min_size=16, max_size=16), st.sets(st.sampled_from(NAMES), max_size=4))
    def test_the_same_for_all_and_steady(self, affinity: bytes, gone: set[str]) -> None:
        """When members are away, the order of the others stays."""
        whole = all_of(by_affinity(pool_of(), affinity))
        self.assertEqual(whole, all_of(by_affinity(pool_of(NAMES[::-1]), affinity)))
        pool = pool_of()
        down(pool, "".join(gone))
        left = all_of(by_affinity(pool, affinity), usable_only=True)
        self.assertEqual(left, "".join(name for name in whole if name not in gone))

    def test_spread(self) -> None:
        """Each member is first for its share."""
        first = [all_of(by_affinity(pool_of(), bytes(15) + bytes([n])))[0] for n in range(250)]
        for name in NAMES:
            self.assertTrue(30 < first.count(name) < 70, first.count(name))

    def test_backups_come_last(self) -> None:
        for number in range(20):
            order = all_of(by_affinity(pool_of(backups="ab"), bytes([number])))
            self.assertEqual(set(order[3:]), {"a", "b"})
