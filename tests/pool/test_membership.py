"""Members come, go, and are disabled while requests are under way."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.balancing import RoundRobin
from quorumha.pool.identity import Node
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import ConnectFailed, Upstream
from tests.pool.test_pool import REFUSED, pool_of, upstream, walk


class MembershipCase(SynchronousTestCase):
    """A pool of C{a} and C{b}, and what those who watch it are told."""

    def setUp(self) -> None:
        self.pool = pool_of(upstream("a"), upstream("b"))
        self.a, self.b = self.pool.members
        self.changed: list[Member] = []
        self.up: list[Member] = []
        self.pool.watch_members(self.changed.append)
        self.pool.watch(self.up.append)


class AddTests(MembershipCase):
    """L{UpstreamPool.add}."""

    def test_used_at_once(self) -> None:
        """By a request that is under way, too; whoever waits for a member is woken."""
        candidates = self.pool.candidates()
        candidates.take(0)
        c = self.pool.add(upstream("c"))
        self.assertEqual([m.name for m in (candidates.take(0), candidates.take(0)) if m], ["b", "c"])
        self.assertEqual((self.changed, self.up, self.pool.enabled_count), ([c], [c], 3))

    def test_disabled_at_first(self) -> None:
        c = self.pool.add(evolve(upstream("c"), enabled=False))
        self.assertEqual((walk(self.pool), self.changed, self.up), ("ab", [c], []))
        self.assertEqual((len(self.pool.members), self.pool.enabled_count), (3, 2))

    def test_name_that_is_there(self) -> None:
        with self.assertRaises(ValueError):
            self.pool.add(upstream("a"))
        self.assertEqual(self.pool.members, (self.a, self.b))

    def test_by_name(self) -> None:
        self.assertIs(self.pool.member("b"), self.b)
        with self.assertRaises(KeyError):
            self.pool.member("c")

    def test_share(self) -> None:
        """Turns are taken by those who are there now."""
        pool = UpstreamPool("p", [upstream("a"), upstream("b")], RoundRobin())
        pool.candidates().take(0)
        pool.add(upstream("c"))
        pool.remove(pool.members[0])
        got = [one.name for _ in range(4) if (one := pool.candidates().take(0))]
        self.assertEqual(sorted(got), ["b", "b", "c", "c"])


class RemoveTests(MembershipCase):
    """L{UpstreamPool.remove} and L{UpstreamPool.drain}."""

    def test_no_candidate(self) -> None:
        """From now on, also of a request that is under way and had not tried it yet."""
        candidates = self.pool.candidates()
        candidates.take(0)
        self.successResultOf(self.pool.remove(self.b))
        self.assertIsNone(candidates.take(0))
        self.assertEqual((walk(self.pool), self.changed, self.b.removed), ("a", [self.b], True))
        self.assertEqual(self.pool.enabled_count, 1)

    def test_what_is_in_flight(self) -> None:
        """Ends as it would; what comes of it changes nothing of the pool."""
        self.a.in_flight += 2
        done = self.pool.remove(self.a)
        self.pool.report(self.a, REFUSED, 1.0)
        self.pool.checked(self.a, "it is sick", 1.0, "")
        self.a.release()
        self.assertNoResult(done)
        self.a.release()
        self.assertIsNone(self.successResultOf(done))
        self.assertEqual((walk(self.pool), self.a.failed, self.up), ("b", 1, []))

    def test_enabled_afterwards(self) -> None:
        """It is no member, whatever an operator says of it."""
        self.pool.remove(self.a)
        self.a.enabled = False
        self.a.enabled = True
        self.assertEqual((walk(self.pool), self.up), ("b", []))

    def test_may_take_more(self) -> None:
        """Who waits for a member is called when a kind knows that one may do more, and it is healthy."""
        for member in self.pool.members:
            self.pool.may_take_more(member)
        self.assertEqual(self.up, [self.a, self.b])
        self.pool.checked(self.a, "gone", 0.0, "")
        self.pool.may_take_more(self.a)
        self.b.enabled = False
        self.pool.may_take_more(self.b)
        self.assertEqual(self.up, [self.a, self.b])

    def test_the_last(self) -> None:
        self.pool.remove(self.a)
        for member in (self.b, self.a):
            with self.assertRaises(ValueError):
                self.pool.remove(member)
        self.assertEqual(walk(self.pool), "b")

    def test_drain(self) -> None:
        """Two may wait; one that waits no more keeps no other from being told."""
        self.a.in_flight = 1
        first, second, third = (self.pool.drain(self.a) for _ in range(3))
        self.assertEqual((walk(self.pool), self.changed), ("b", [self.a]))
        second.cancel()
        self.failureResultOf(second)
        self.a.release()
        for done in (first, third):
            self.successResultOf(done)
        self.assertIsNone(self.a.on_idle)
        self.a.enabled = True
        self.assertEqual(walk(self.pool), "ab")

    def test_drain_of_an_idle_one(self) -> None:
        self.successResultOf(self.pool.drain(self.a))
        self.assertFalse(self.a.enabled)


class ArrangeTests(MembershipCase):
    """L{UpstreamPool.arrange}."""

    def names(self) -> str:
        return "".join(member.name for member in self.pool.members)

    def test_same_members(self) -> None:
        """What is known of them stays; the order is the new one."""
        self.pool.report(self.a, REFUSED, 0)
        added, removed = self.pool.arrange([upstream("b"), upstream("a"), upstream("c")])
        self.assertEqual([m.name for m in added], ["c"])
        self.assertEqual((removed, self.names()), ([], "bac"))
        self.assertEqual(self.pool.members[:2], (self.b, self.a))
        self.assertFalse(self.a.usable(1))
        self.assertEqual(self.changed, added)

    def test_another_address(self) -> None:
        """Is another member, though it has the name."""
        added, removed = self.pool.arrange([upstream("a"), evolve(upstream("b"), address="tcp:b:2")])
        self.assertEqual(([m.name for m in added], removed, self.b.removed), (["b"], [self.b], True))
        again = evolve(self.pool.members[1].upstream, tls="ca.pem")
        added, _ = self.pool.arrange([upstream("a"), again])
        self.assertEqual(len(added), 1)

    def test_changed(self) -> None:
        """Weight, limits and the like change in place; so they do for copies of requests."""
        copies = self.a.for_copies()
        self.pool.arrange([evolve(upstream("a"), backup=True), upstream("b")])
        self.assertIs(self.pool.members[0], self.a)
        self.assertEqual((walk(self.pool), self.changed, copies.upstream.backup), ("ba", [self.a], True))

    def test_the_operators_word(self) -> None:
        """Stays, unless the file's was changed."""
        self.a.enabled = False
        self.pool.arrange([upstream("a"), upstream("b")])
        self.assertFalse(self.a.enabled)
        self.pool.arrange([evolve(upstream("a"), enabled=False), evolve(upstream("b"), enabled=False)])
        self.assertEqual([m.enabled for m in self.pool.members], [False, False])
        self.pool.arrange([upstream("a"), upstream("b")])
        self.assertEqual(walk(self.pool), "ab")

    def test_refused_as_a_whole(self) -> None:
        for upstreams in ([], [upstream("c"), upstream("c")]):
            with self.assertRaises(ValueError):
                self.pool.arrange(upstreams)
        self.assertEqual((self.names(), self.changed), ("ab", []))


class UseTests(MembershipCase):
    """What belongs to a use of a member, and what to its node."""

    def test_copies_are_held_against_nobody(self) -> None:
        copies = self.a.for_copies()
        self.assertIs(self.a.for_copies(), copies)
        copies.in_flight += 1
        for _ in range(9):
            self.pool.report(copies, ConnectFailed("refused"), 0)
        self.assertEqual((walk(self.pool), self.a.in_flight, self.a.failed, copies.failed), ("ab", 0, 0, 9))
        self.pool.remove(self.a)
        self.assertTrue(copies.removed)

    def test_node(self) -> None:
        """One node may be a member of two pools; a fact of it is known in both."""

        class Height(list[int]):
            pass

        node = Node("n")
        pools = [UpstreamPool(name, [evolve(upstream("a"), node=node), upstream("b")]) for name in "pq"]
        (one, b), (other, c) = (pool.members for pool in pools)
        self.assertIs(one.for_copies().node, other.node)
        self.assertIs(one.node.fact(Height), other.node.fact(Height))
        self.assertIsNot(b.node, c.node)
        self.assertIsNot(b.node.fact(Height), c.node.fact(Height))
        self.assertEqual((one.node.name, b.node.name), ("n", "b"))

    def test_node_is_no_part_of_the_value(self) -> None:
        plain: Upstream = upstream("a")
        self.assertEqual(evolve(plain, node=Node("n")), plain)
