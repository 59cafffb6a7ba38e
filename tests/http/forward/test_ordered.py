"""Whom to ask, in another order than the pool's own."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.ordered import OrderedCandidates, rendezvous_order, with_candidates
from quorumha.pool.passive_health import Health
from quorumha.pool.pool import Candidates, Member, UpstreamPool
from quorumha.pool.upstream import Upstream
from tests.http.server.proxied import Proxied

NOWHERE = cast(IStreamClientEndpoint, None)
NAMES = "abcde"


def pool_of(names: str = NAMES, backups: str = "") -> UpstreamPool:
    return UpstreamPool("p", [Upstream(name, NOWHERE, backup=name in backups) for name in names])


def all_of(candidates: Candidates, now: float = 0.0, usable_only: bool = False) -> str:
    taken: list[Member] = []
    while (member := candidates.take(now, usable_only=usable_only)) is not None:
        taken.append(member)
    return "".join(member.upstream.name for member in taken)


def down(pool: UpstreamPool, names: str, until: float = 10.0) -> None:
    for member in pool.members:
        if member.upstream.name in names:
            member.health = Health(1, 0.0, until)


class AwakeTests(SynchronousTestCase):
    """A write is not sent to who would only sleep over it."""

    def test_by_affinity(self) -> None:
        pool = pool_of()
        usual = all_of(rendezvous_order(pool, b"x"))
        for member in pool.members:
            if member.upstream.name in usual[:2]:
                member.silent = True
        self.assertEqual(all_of(rendezvous_order(pool, b"x")), usual, "none is down yet")
        for member in pool.members:
            pool.checked(member, "bad", 0.0, "")
        self.assertEqual(set(all_of(rendezvous_order(pool, b"x"))), set(usual[2:]))
        for member in pool.members:
            member.silent = True
        self.assertEqual(all_of(rendezvous_order(pool, b"x")), "")


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
        whole = all_of(rendezvous_order(pool_of(), affinity))
        self.assertEqual(whole, all_of(rendezvous_order(pool_of(NAMES[::-1]), affinity)))
        pool = pool_of()
        down(pool, "".join(gone))
        left = all_of(rendezvous_order(pool, affinity), usable_only=True)
        self.assertEqual(left, "".join(name for name in whole if name not in gone))

    def test_spread(self) -> None:
        """Each member is first for its share."""
        first = [all_of(rendezvous_order(pool_of(), bytes(15) + bytes([n])))[0] for n in range(250)]
        for name in NAMES:
            self.assertTrue(30 < first.count(name) < 70, first.count(name))

    def test_backups_come_last(self) -> None:
        for number in range(20):
            order = all_of(rendezvous_order(pool_of(backups="ab"), bytes([number])))
            self.assertEqual(set(order[3:]), {"a", "b"})


class ChoosingTests(SynchronousTestCase):
    """L{with_candidates}."""

    def test_like_another(self) -> None:
        """All else stays."""
        proxied = Proxied("ab")
        like = proxied.forwarder(replay_limit=7)
        other = with_candidates(like, lambda pool: OrderedCandidates(pool, pool.members[::-1]))
        self.assertIs(other.pool, like.pool)
        self.assertIs(other.budget, like.budget)
        self.assertEqual((other.replay_limit, other.limits), (7, like.limits))
