"""What is done before a member gets traffic again; in whole: L{tests.tessera.test_listener_writes}."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.identity import Node
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.readiness import Readiness
from tests.pool.test_pool import upstream


class Told:
    """Stands in for a delivery of party infos.

    @ivar asked: the members that it was to prepare.
    """

    def __init__(self, pool: UpstreamPool) -> None:
        self.pool = pool
        self.asked: list[tuple[Member, Deferred[None]]] = []

    def prepare(self, member: Member) -> Deferred[None]:
        self.asked.append((member, Deferred()))
        return self.asked[-1][1]


class ReadinessTests(SynchronousTestCase):
    """Node C{a} has a port in each of two pools."""

    def setUp(self) -> None:
        node = Node("a")
        self.pools = {
            name: UpstreamPool(name, [evolve(upstream("a"), node=node), upstream("b")]) for name in ("q", "p")
        }
        self.q, self.p = (pool.members[0] for pool in self.pools.values())
        self.readiness = Readiness()
        self.other = Told(self.pools["p"])
        self.readiness.syncs.add(self.other)  # type: ignore[arg-type]  # as much of one as is used

    def test_told_at_the_other_port(self) -> None:
        preparing = self.readiness.elsewhere(self.q)
        ((member, done),) = self.other.asked
        self.assertIs(member, self.p)
        self.assertNoResult(preparing)
        done.callback(None)
        self.assertIsNone(self.successResultOf(preparing))

    def test_a_failure_is_no_obstacle(self) -> None:
        preparing = self.readiness.elsewhere(self.q)
        self.other.asked[0][1].errback(ValueError())
        self.assertIsNone(self.successResultOf(preparing))

    def test_down_at_the_other_port(self) -> None:
        """It comes back there first, and is told by that."""
        self.pools["p"].checked(self.p, "bad", 0.0, "")
        preparing = self.readiness.elsewhere(self.q)
        self.assertEqual(self.other.asked, [])
        other = self.pools["p"].members[1]
        self.pools["p"].checked(other, "bad", 0.0, "")
        self.pools["p"].checked(other, None, 0.0, "")
        self.assertNoResult(preparing)
        self.pools["p"].checked(self.p, None, 0.0, "")
        self.assertIsNone(self.successResultOf(preparing))

    def test_waited_enough(self) -> None:
        self.pools["p"].checked(self.p, "bad", 0.0, "")
        preparing = self.readiness.elsewhere(self.q)
        preparing.cancel()
        self.assertIsNone(self.successResultOf(preparing))
        self.pools["p"].checked(self.p, None, 0.0, "")

    def test_nobody_tells(self) -> None:
        """Nothing is waited for at a port that is told of no parties, up or down."""
        self.pools["q"].checked(self.q, "bad", 0.0, "")
        self.assertIsNone(self.successResultOf(self.readiness.elsewhere(self.p)))

    def test_another_node(self) -> None:
        self.assertIsNone(self.successResultOf(self.readiness.elsewhere(self.pools["q"].members[1])))
        self.assertEqual(self.other.asked, [])
