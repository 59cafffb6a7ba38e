"""Whose turn it is."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.balancing import BALANCING, LeastConnections, PrimaryFirst, RoundRobin
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Upstream


def members(*weights: int) -> list[Member]:
    endpoint = TCP4ClientEndpoint(MemoryReactor(), "10.0.0.1", 1)
    return [Member(Upstream(str(n), endpoint, weight=weight)) for n, weight in enumerate(weights)]


class BalancingTests(SynchronousTestCase):
    """Each policy."""

    def test_primary_first(self) -> None:
        some = members(1, 9)
        self.assertIs(PrimaryFirst().pick(some), some[0])

    @given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 4))
    def test_round_robin_is_exact(self, weights: list[int], rounds: int) -> None:
        """In each round of as many picks as there is weight, everybody gets its weight."""
        some = members(*weights)
        policy = RoundRobin()
        for _ in range(rounds):
            got = Counter(policy.pick(some).upstream.name for _ in range(sum(weights)))
            self.assertEqual(got, {str(n): weight for n, weight in enumerate(weights)})

    def test_round_robin_does_not_burst(self) -> None:
        some = members(5, 1, 1)
        policy = RoundRobin()
        self.assertEqual("".join(policy.pick(some).upstream.name for _ in range(7)), "0010200")

    def test_round_robin_when_members_come_and_go(self) -> None:
        some = members(1, 1, 1)
        policy = RoundRobin()
        for _ in range(100):
            policy.pick(some[:2])
        got = Counter(policy.pick(some).upstream.name for _ in range(30))
        self.assertEqual(max(got.values()) - min(got.values()), 0)

    def test_least_connections(self) -> None:
        some = members(1, 4, 1)
        some[0].in_flight, some[1].in_flight, some[2].in_flight = 2, 4, 3
        self.assertIs(LeastConnections().pick(some), some[1])

    @given(
        st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), min_size=1, max_size=5), st.integers(0, 9)
    )
    def test_least_connections_is_least(self, shape: list[tuple[int, int]], before: int) -> None:
        """Whatever was picked before."""
        some = members(*(weight for weight, _ in shape))
        policy = LeastConnections()
        for _ in range(before):
            policy.pick(some)
        for one, (_, in_flight) in zip(some, shape, strict=True):
            one.in_flight = in_flight
        picked = policy.pick(some)
        load = picked.in_flight / picked.upstream.weight
        self.assertEqual(load, min(one.in_flight / one.upstream.weight for one in some))

    def test_least_connections_shares_ties(self) -> None:
        some = members(1, 1)
        policy = LeastConnections()
        self.assertEqual({policy.pick(some).upstream.name for _ in range(2)}, {"0", "1"})

    def test_names(self) -> None:
        self.assertEqual(set(BALANCING), {"round-robin", "least-connections", "primary-first"})
