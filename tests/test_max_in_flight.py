"""C{max_in_flight}: no member has more to do than it may have, and none is blamed for it."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.pools import make_pool, make_upstreams
from quorumha.errors import PoolFull
from quorumha.pool.balancing import PrimaryFirst, RoundRobin
from quorumha.pool.candidates import OrderedCandidates, SingleCandidate, rendezvous_order
from quorumha.pool.passive_health import HEALTHY
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import ConnectFailed
from quorumha.relay.factory import RelayFactory
from quorumha.testing import MemoryTopology
from quorumha.testing.http.plays import no_response, respond
from tests.http.server.proxied import Proxied, fast_limits, get
from tests.pool.test_pool import member, upstream
from tests.served_party import JSON, ServedCase, request


def limited(names: str, most: int, backups: str = "") -> UpstreamPool:
    upstreams = [evolve(upstream(n, backup=n in backups), max_in_flight=most) for n in names]
    return UpstreamPool("p", upstreams, PrimaryFirst())


def walk(pool: UpstreamPool) -> str:
    candidates = pool.candidates()
    names = ""
    while (one := candidates.take(0)) is not None:
        names += one.upstream.name
    return names


class PoolTests(SynchronousTestCase):
    """Choosing."""

    def test_next(self) -> None:
        """A primary, then a backup, then nobody."""
        pool = limited("abx", 1, "x")
        self.assertEqual(walk(pool), "abx")
        for name, left in (("a", "bx"), ("b", "x"), ("x", "")):
            member(pool, name).in_flight = 1
            self.assertEqual(walk(pool), left)
        self.assertTrue(pool.candidates().full(0))
        member(pool, "a").in_flight = 0
        self.assertEqual(walk(pool), "a")

    def test_no_bad_guess(self) -> None:
        """Members that are put aside are not asked because the others have much to do."""
        pool = limited("ab", 1)
        pool.report(member(pool, "a"), ConnectFailed("refused"), 0)
        member(pool, "b").in_flight = 1
        self.assertEqual(walk(pool), "")
        pool.report(member(pool, "b"), ConnectFailed("refused"), 0)
        self.assertEqual(walk(pool), "a", "nobody is well: a bad guess, but not above the maximum")

    def test_by_affinity(self) -> None:
        """Whoever's turn it is by what is asked for."""
        pool = limited("abc", 1)
        first = OrderedCandidates(pool, rendezvous_order(pool, b"x")).take(0)
        assert first is not None
        first.in_flight = 1
        second = OrderedCandidates(pool, rendezvous_order(pool, b"x")).take(0)
        self.assertIsNot(second, first)
        for one in pool.members:
            one.in_flight = 1
        self.assertIsNone(OrderedCandidates(pool, rendezvous_order(pool, b"x")).take(0))

    def test_our_own_questions(self) -> None:
        """Checks, and what is asked of one member alone, are not held up."""
        pool = limited("a", 1)
        pool.members[0].in_flight = 1
        self.assertIs(SingleCandidate(pool, pool.members[0]).take(0), pool.members[0])

    @given(st.lists(st.integers(0, 3), min_size=3, max_size=3), st.integers(0, 3))
    def test_never_above(self, busy: list[int], most: int) -> None:
        pool = UpstreamPool("p", [evolve(upstream(n), max_in_flight=most) for n in "abc"], RoundRobin())
        for one, count in zip(pool.members, busy, strict=True):
            one.in_flight = count
        for name in walk(pool):
            self.assertTrue(not most or member(pool, name).in_flight < most)

    def test_key(self) -> None:
        text = (
            '[pools.p]\nupstreams = [{ endpoint = "http://127.0.0.1:1", max_in_flight = 7 }]\n'
            '[listeners.l]\nlisten = "tcp:1"\npool = "p"\n'
        )
        config = parse_config(text, "q.toml", {})
        pool = make_pool(config.pools["p"], make_upstreams(MemoryTopology(), config.pools["p"]))
        self.assertEqual(pool.members[0].upstream.max_in_flight, 7)


class RequestTests(SynchronousTestCase):
    """HTTP without a waiting room."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        upstreams = [evolve(m.upstream, max_in_flight=1) for m in self.proxied.pool.members]
        self.proxied.pool = UpstreamPool("nodes", upstreams, PrimaryFirst())
        self.proxied.serve(self.proxied.forwarder(limits=fast_limits()))

    def test_503_kept_open(self) -> None:
        """The third of three gets 503 on a connection that stays, and is served there later."""
        for name in "ab":
            self.proxied.script(name, no_response(), respond(200, b"yes"))
        busy = [self.proxied.client(get()) for _ in range(2)]
        third = self.proxied.client(get())
        (told,) = self.proxied.responses(third)
        self.assertEqual((told.status, self.proxied.seen()), (503, {"a": 1, "b": 1}))
        self.assertIn(b"max_in_flight", told.body)
        self.assertIsNone(third.how_it_ended)
        self.assertTrue(all(one.health is HEALTHY and not one.failed for one in self.proxied.pool.members))
        for client in busy:
            client.transport.abortConnection()
        self.proxied.net.run()
        third.write(get())
        self.proxied.net.run()
        self.assertEqual([one.status for one in self.proxied.responses(third)], [503, 200])

    def test_error(self) -> None:
        self.assertEqual(PoolFull.status, 503)


class RelayTests(SynchronousTestCase):
    """Connections."""

    def test_next(self) -> None:
        proxied = Proxied("ab")
        upstreams = [evolve(m.upstream, max_in_flight=1) for m in proxied.pool.members]
        pool = UpstreamPool("nodes", upstreams, PrimaryFirst())
        proxied.net.listen("relay:1", RelayFactory(pool, proxied.net.clock))
        clients = []
        for _ in range(3):
            clients.append(proxied.net.connect("relay:1"))
            proxied.net.run()
        self.assertEqual([one.in_flight for one in pool.members], [1, 1])
        self.assertEqual([bool(client.how_it_ended) for client in clients], [False, False, True])
        self.assertEqual([one.failed for one in pool.members], [0, 0])


class WaitingRoomTests(ServedCase):
    """Tessera's listeners."""

    def test_waits(self) -> None:
        """Until one of the requests before it is done; not much longer, and nobody is asked meanwhile."""
        party = self.serve("a", serve=("q2t",), pool='check = "off"')
        (one,) = party.service.pools["q2t"].members
        one.upstream = evolve(one.upstream, max_in_flight=1)
        one.in_flight += 1
        calls = [request(b"GET", b"/receive"), request(b"POST", b"/send", b"{}", JSON)]
        waiting = [party.client(call, "q2t") for call in calls]
        party.net.advance(2)
        self.assertEqual([party.response(client) for client in waiting], [None, None])
        self.assertEqual((one.picked, one.failed), (0, 0))
        one.in_flight -= 1
        party.net.advance(0.2)
        self.assertNotIn(None, [party.response(client) for client in waiting])
        self.assertEqual((one.failed, one.in_flight), (0, 0))
