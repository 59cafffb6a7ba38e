"""What is done before a member gets traffic again; in whole: L{tests.tessera.test_listener_writes}."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.readiness import Readiness
from quorumha.pool.pool import Member, UpstreamPool
from tests.pool.test_pool import upstream


class Site:
    """Stands in for a listener.

    @ivar asked: the members that it was to prepare.
    """

    def __init__(self, delivers: bool = True) -> None:
        self.delivery = object() if delivers else None
        self.asked: list[tuple[Member, Deferred[None]]] = []

    def prepare(self, member: Member) -> Deferred[None]:
        self.asked.append((member, Deferred()))
        return self.asked[-1][1]


class ReadinessTests(SynchronousTestCase):
    """Node C{a} has a port in each of two pools."""

    def setUp(self) -> None:
        self.pools = {name: UpstreamPool(name, [upstream("a"), upstream("b")]) for name in ("q", "p")}
        self.q, self.p = (pool.members[0] for pool in self.pools.values())
        same = {("q", "a"): (("p", "a"),), ("p", "a"): (("q", "a"),)}
        self.readiness = Readiness(self.pools, same, ["q"])
        self.own, self.other = Site(False), Site()
        self.readiness.add("q", self.own)  # type: ignore[arg-type]  # as much of one as is used
        self.readiness.add("p", self.other)  # type: ignore[arg-type]  # as above

    def prepare(self, pool: str, member: Member) -> Deferred[None]:
        return self.readiness.preparing(pool)(member)

    def test_told_at_the_other_port(self) -> None:
        """Its own listeners, and the one that tells of other parties."""
        preparing = self.prepare("q", self.q)
        ((member, done),) = self.other.asked
        self.assertIs(member, self.p)
        self.own.asked[0][1].callback(None)
        self.assertNoResult(preparing)
        done.callback(None)
        self.assertIsNone(self.successResultOf(preparing))

    def test_a_failure_is_no_obstacle(self) -> None:
        preparing = self.prepare("q", self.q)
        self.own.asked[0][1].errback(ValueError())
        self.other.asked[0][1].errback(ValueError())
        self.assertIsNone(self.successResultOf(preparing))

    def test_down_at_the_other_port(self) -> None:
        """It comes back there first, and is told by that."""
        self.pools["p"].checked(self.p, "bad", 0.0, "")
        preparing = self.prepare("q", self.q)
        self.own.asked[0][1].callback(None)
        self.assertEqual(self.other.asked, [])
        other = self.pools["p"].members[1]
        self.pools["p"].checked(other, "bad", 0.0, "")
        self.pools["p"].checked(other, None, 0.0, "")
        self.assertNoResult(preparing)
        self.pools["p"].checked(self.p, None, 0.0, "")
        self.assertIsNone(self.successResultOf(preparing))

    def test_waited_enough(self) -> None:
        self.pools["p"].checked(self.p, "bad", 0.0, "")
        preparing = self.prepare("q", self.q)
        preparing.cancel()
        self.assertIsNone(self.successResultOf(preparing))
        self.pools["p"].checked(self.p, None, 0.0, "")

    def test_nobody_else_waits(self) -> None:
        """What another port of the node does is nothing to who sends to no other party."""
        self.readiness.add("q", Site())  # type: ignore[arg-type]  # as above
        self.pools["q"].checked(self.q, "bad", 0.0, "")
        preparing = self.prepare("p", self.p)
        self.other.asked[0][1].callback(None)
        self.assertIsNone(self.successResultOf(preparing))

    def test_another_node(self) -> None:
        preparing = self.prepare("q", self.pools["q"].members[1])
        self.assertEqual(self.other.asked, [])
        self.own.asked[0][1].callback(None)
        self.assertIsNone(self.successResultOf(preparing))
