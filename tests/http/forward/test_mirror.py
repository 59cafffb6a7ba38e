"""A mirror cannot hurt."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.mirror import Mirror, mirror_to
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.request_body import RequestBody
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import MirrorResource, RoutedResource
from quorumha.http.wire.contracts import NOBODY
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import (
    CLOSE,
    RESET,
    Play,
    accept_then,
    bytes_of,
    cut_body,
    deaf,
    drip,
    half_a_head,
    no_response,
    raw,
    respond,
)
from tests.http.server.proxied import PROXY, Proxied, fast_limits, get, post

FAULTS: dict[str, Play] = {
    "closes": accept_then(CLOSE),
    "resets": accept_then(RESET),
    "hangs": no_response(),
    "500": respond(500),
    "404": respond(404),
    "garbage": raw(b"\x16\x03\x01 what is this"),
    "truncated": cut_body(3, 9),
    "half a head": half_a_head(),
    "huge": respond(200, b"x" * 2_000_000),
    "deaf": deaf(),
}


class MirrorCase(SynchronousTestCase):
    """Node a answers, b (and c) get copies."""

    def mirrored(self, names: str = "ab", timeout: float = 5) -> Proxied:
        proxied = Proxied(names)
        forwarder = proxied.forwarder(limits=fast_limits())
        self.mirror: Mirror = proxied.mirror(forwarder, timeout=timeout)
        proxied.serve(MirrorResource(forwarder, self.mirror))
        return proxied

    def request(self, proxied: Proxied, name: str) -> Message:
        (request,) = proxied.nodes[name].requests
        return request


class CopyTests(MirrorCase):
    """What is copied, and to whom."""

    def test_exact_and_once(self) -> None:
        proxied = self.mirrored("abc")
        proxied.ask(post(b"\x00\xffbody", b"tesseraSupportedApiVersions: v1,v2", target=b"/partyinfo?x"))
        proxied.net.run()
        first = self.request(proxied, "a")
        for name in "bc":
            copy = self.request(proxied, name)
            self.assertEqual((copy.head, copy.body), (first.head, first.body))
        self.assertEqual(proxied.pool.counters.mirrored, 2)

    def test_none_to_who_answered(self) -> None:
        """The answer came from another one: it is not sent a second copy, and the dead one a try."""
        proxied = self.mirrored()
        proxied.net.kill("a:1")
        self.assertEqual(proxied.ask(post(b"x")).status, 200)
        self.assertEqual(proxied.seen(), {"a": 0, "b": 1})
        self.assertEqual(proxied.pool.counters.mirror_failed, 1)

    def test_none_to_who_got_it_and_did_not_answer(self) -> None:
        proxied = self.mirrored("abc")
        proxied.script("a", no_response(RESET))
        proxied.ask(post(b"x"))
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 1, "b": 1, "c": 1})

    def test_put_aside_gets_copies_all_the_same(self) -> None:
        proxied = self.mirrored()
        proxied.net.kill("b:1")
        proxied.ask(post(b"1"))
        proxied.net.revive("b:1")
        proxied.ask(post(b"2"))
        proxied.net.run()
        self.assertEqual([m.body for m in proxied.nodes["b"].requests], [b"2"])

    def test_disabled_gets_none(self) -> None:
        proxied = self.mirrored()
        self.mirror.forwarder.pool.members[1].enabled = False
        proxied.ask(post(b"1"))
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 1, "b": 0})

    def test_members_that_come_and_go(self) -> None:
        """A copy under way to one that is removed ends as it would."""
        proxied = self.mirrored("abc")
        proxied.script("c", no_response())
        proxied.ask(post(b"1"))
        pool = self.mirror.forwarder.pool
        gone = pool.members[2]
        self.successResultOf(pool.remove(gone))
        proxied.ask(post(b"2"))
        pool.add(gone.upstream)
        proxied.ask(post(b"3"))
        proxied.net.advance(6)
        self.assertEqual([m.body for m in proxied.nodes["c"].requests], [b"1", b"3"])
        self.assertEqual((proxied.pool.counters.mirrored, proxied.pool.counters.mirror_failed), (4, 1))
        self.assertEqual(gone.for_copies().in_flight, 0)

    def test_other_pool(self) -> None:
        proxied = Proxied("abm")
        proxied.pool.members[2].enabled = False
        others = UpstreamPool("others", [Upstream("m", proxied.net.client_endpoint("m:1"))])
        forwarder = proxied.forwarder(limits=fast_limits())
        proxied.serve(MirrorResource(forwarder, proxied.mirror(forwarder, others)))
        proxied.ask(post(b"x"))
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 1, "b": 0, "m": 1})
        for name in "ab":
            proxied.net.kill(f"{name}:1")
        self.assertEqual(proxied.ask(post(b"x")).status, 502, "an error although the mirror lives")

    def test_names_are_of_their_pool_and_nodes_are_of_their_address(self) -> None:
        """Two pools may call different nodes alike, and one node differently."""
        proxied = Proxied("ab")
        proxied.pool.members[1].enabled = False
        way = proxied.net.client_endpoint
        first = proxied.pool.members[0].upstream
        proxied.pool.members[0].upstream = evolve(first, address="tcp:a:1")
        others = UpstreamPool(
            "others",
            [Upstream("a", way("b:1"), address="tcp:b:1"), Upstream("x", way("a:1"), address="tcp:a:1")],
        )
        forwarder = proxied.forwarder(limits=fast_limits())
        proxied.serve(MirrorResource(forwarder, proxied.mirror(forwarder, others)))
        proxied.ask(post(b"x"))
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 1, "b": 1})

    def test_body_that_comes_later_than_its_head(self) -> None:
        proxied = self.mirrored()
        proxied.script("a", respond(200, b"early").early())
        client = proxied.client(post(b"hello")[:-3])
        self.assertEqual(proxied.seen(), {"a": 0, "b": 0})
        client.write(b"llo")
        proxied.net.run()
        self.assertEqual(self.request(proxied, "b").body, b"hello")

    def test_broken_off_is_not_copied(self) -> None:
        proxied = self.mirrored()
        client = proxied.client(post(b"hello")[:-1])
        client.close()
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 0, "b": 0})


class HarmTests(MirrorCase):
    """Nothing that a mirror does is seen by the client."""

    def test_every_fault(self) -> None:
        for name, play in FAULTS.items():
            proxied = self.mirrored()
            proxied.nodes["b"].then = play
            client = proxied.client(post(b"1") + post(b"2"))
            self.assertEqual([m.status for m in proxied.responses(client)], [200, 200], name)
            other = proxied.ask(post(b"3"))
            self.assertEqual(other.body, b"ok", name)
            self.assertTrue(all(m.health.usable(0) and not m.failed for m in proxied.pool.members), name)
            proxied.net.advance(60)
            self.assertEqual(len(self.mirror.pending), 0, name)
            self.assertEqual(self.mirror.forwarder.budget.used, 0, name)

    def test_cannot_be_reached(self) -> None:
        for hole in (True, False):
            proxied = self.mirrored()
            proxied.net.black_hole("b:1") if hole else proxied.net.kill("b:1")
            client = proxied.client(post(b"1") + post(b"2"))
            self.assertEqual([m.status for m in proxied.responses(client)], [200, 200])
            proxied.net.advance(5)
            self.assertEqual(proxied.pool.counters.mirror_failed, 2)

    def test_does_not_read_8_mb(self) -> None:
        proxied = self.mirrored()
        proxied.nodes["b"].then = deaf()
        body = b"x" * 8_000_000
        self.assertEqual(proxied.ask(post(body)).status, 200)
        self.assertEqual(self.request(proxied, "a").body, body)
        proxied.net.advance(5)
        self.assertEqual(len(self.mirror.pending), 0)
        self.assertEqual(self.mirror.forwarder.budget.used, 0)

    def test_let_go_after_its_own_limit(self) -> None:
        proxied = self.mirrored(timeout=3)
        proxied.script("b", no_response())
        proxied.ask(post(b"x"))
        proxied.net.advance(2.9)
        self.assertEqual(len(proxied.nodes["b"].live), 1)
        proxied.net.advance(0.2)
        self.assertEqual(proxied.nodes["b"].live, [])
        self.assertEqual(proxied.pool.counters.mirror_failed, 1)

    def test_each_has_its_own_time(self) -> None:
        """An answer that always goes on is let go of, too, whenever the copies began."""
        proxied = self.mirrored(timeout=3)
        proxied.nodes["b"].then = drip(bytes_of(respond(200, b"x" * 1000)), 0.5, 50)
        failed: list[float] = []
        for step in range(80):
            if step in (0, 10, 25):
                proxied.ask(post(b"x"))
            proxied.net.advance(0.1)
            count = proxied.pool.counters.mirror_failed - len(failed)
            failed += [round((step + 1) / 10, 1)] * count
        self.assertEqual(failed, [3.0, 4.0, 5.5])
        self.assertEqual(proxied.nodes["b"].live, [])
        proxied.net.advance(3)
        proxied.ask(post(b"x"))
        self.mirror.stop()
        proxied.net.advance(3)
        self.assertEqual(proxied.nodes["b"].live, [])

    def test_bounded(self) -> None:
        proxied = self.mirrored(timeout=0)
        proxied.nodes["b"].then = no_response()
        limit = self.mirror.pending_limit
        client = proxied.client(post(b"x") * (limit + 10))
        self.assertEqual(client.received.count(b"HTTP/1.1 200"), limit + 10)
        self.assertEqual(len(self.mirror.pending), limit)
        self.assertEqual(proxied.pool.counters.mirror_dropped, 10)
        self.mirror.stop()
        proxied.net.run()
        self.assertEqual(proxied.nodes["b"].live, [])

    def test_too_large_to_keep(self) -> None:
        proxied = Proxied("ab")
        forwarder = proxied.forwarder(limits=fast_limits(), replay_limit=10, policy=RetryPolicy())
        proxied.serve(MirrorResource(forwarder, proxied.mirror(forwarder)))
        self.assertEqual(proxied.ask(post(b"x" * 11)).status, 200)
        self.assertEqual(proxied.seen(), {"a": 1, "b": 0})
        self.assertEqual(proxied.pool.counters.mirror_dropped, 1)

    def test_get(self) -> None:
        proxied = self.mirrored()
        proxied.ask(get())
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 1, "b": 1})
        self.assertEqual(proxied.net.accepted(PROXY), 1)


class BudgetTests(MirrorCase):
    """What the bodies of copies hold."""

    large = b"0123456789abcdef" * 20_000

    def shared(self, proxied: Proxied, count: int, limit: int, timeout: float = 0) -> list[Mirror]:
        """So many mirrors to b, with one budget."""
        self.budget = MirrorBudget(limit)
        forwarder = proxied.forwarder(limits=fast_limits())
        args = forwarder, proxied.pool, timeout, proxied.net.clock, proxied.pool.counters
        mirrors = [mirror_to(*args, budget=self.budget) for _ in range(count)]
        routes = [Route(b"/%d" % n, False, MirrorResource(forwarder, m)) for n, m in enumerate(mirrors)]
        proxied.serve(RoutedResource(routes))
        return mirrors

    def test_one_for_all_mirrors(self) -> None:
        """However many routes are copied to one that takes nothing: the oldest are dropped, and counted."""
        proxied = Proxied("ab")
        limit = 2 * len(self.large) + 10_000
        mirrors = self.shared(proxied, 3, limit)
        proxied.nodes["b"].then = deaf()
        for number in range(12):
            answered = proxied.ask(post(self.large, target=b"/%d" % (number % 3)))
            self.assertEqual(answered.status, 200)
            self.assertLessEqual(self.budget.used, limit)
        pending = sum(len(mirror.pending) for mirror in mirrors)
        counters = proxied.pool.counters
        self.assertEqual(pending + counters.mirror_dropped, 12)
        self.assertGreater(counters.mirror_dropped, 8)
        self.assertEqual(counters.mirror_failed, 0)
        # The youngest are there.
        self.assertEqual(len(mirrors[2].pending), 1)
        for mirror in mirrors:
            mirror.stop()
        proxied.net.run()
        self.assertEqual((self.budget.used, len(self.budget.copies)), (0, 0))
        # Who reads nothing does not notice; the proxy's ends are closed.
        self.assertEqual([end for end in proxied.net.connections("b:1") if end.other.connected], [])

    def done(self, proxied: Proxied, *pieces: bytes) -> ForwardedRequest:
        """A request that is settled; nobody was sent it."""
        size = sum(map(len, pieces))
        head = RequestHead(b"POST", b"/x", 1, b"c", [], [], size, True)
        done = proxied.forwarder().forward(head, Client(), NOBODY)
        assert done.body is not None
        for piece in pieces:
            done.body.add(piece)
        done.body.complete = True
        return done

    def bodies(self, mirror: Mirror) -> list[RequestBody]:
        """Of the copies under way."""
        return [request.body for request in mirror.pending if request.body is not None]

    def test_by_reference(self) -> None:
        """The pieces of a copy are those of its request."""
        proxied = Proxied("ab")
        (mirror,) = self.shared(proxied, 1, 10_000_000)
        for size in (10_000, 60_000):
            done = self.done(proxied, b"a" * size, b"b" * size, b"c")
            assert done.body is not None
            pieces = list(done.body.pieces)
            mirror.copy(done)
            done.body.release()
            for body in self.bodies(mirror):
                self.assertEqual([id(piece) for piece in body.pieces], [id(piece) for piece in pieces])
            self.assertEqual(len(mirror.pending), 2)
            mirror.stop()
            proxied.net.run()

    def test_released_as_written(self) -> None:
        """A larger body is let go of as it is sent, though its answer is still to come."""
        for pieces in ((b"a" * 60_000,) * 20, (b"a" * 1_200_000,)):
            proxied = Proxied("ab")
            (mirror,) = self.shared(proxied, 1, 10_000_000)
            proxied.nodes["a"].then = deaf()
            proxied.nodes["b"].then = no_response()
            done = self.done(proxied, *pieces)
            mirror.copy(done)
            assert done.body is not None
            done.body.release()
            self.assertGreater(self.budget.used, 2_400_000)
            proxied.net.run()
            # All but what waits to be taken by the one that reads nothing.
            self.assertEqual(proxied.nodes["b"].requests[0].body, b"".join(pieces))
            self.assertGreater(self.budget.used, 0)
            self.assertLess(self.budget.used, 1_200_000)
            self.assertEqual(len(mirror.pending), 2)
            mirror.stop()
            proxied.net.run()
            self.assertEqual(self.budget.used, 0)

    def test_small_ones_survive_a_stale_connection(self) -> None:
        """They are kept until they are answered."""
        proxied = Proxied("ab")
        self.shared(proxied, 1, 10_000_000, timeout=5)
        proxied.ask(post(b"1", target=b"/0"))
        proxied.script("b", no_response(RESET))
        proxied.ask(post(b"2", target=b"/0"))
        proxied.net.run()
        self.assertEqual([m.body for m in proxied.nodes["b"].requests], [b"1", b"2", b"2"])
        self.assertEqual((proxied.pool.counters.mirrored, self.budget.used), (2, 0))

    def test_exact_in_both_sizes(self) -> None:
        """Whole, with a length or in chunks, small or large, in both lanes."""
        for slow in (False, True):
            for body in (b"", b"x", b"0123456789" * 1_500, self.large):
                for chunked in (False, True):
                    proxied = Proxied("ab")
                    forwarder = proxied.forwarder(limits=fast_limits())
                    proxied.serve(MirrorResource(forwarder, proxied.mirror(forwarder)), slow)
                    sent = post(body)
                    if chunked:
                        framing = b"Content-Length: %d\r\n" % len(body)
                        head = sent[: -len(body) or None].replace(framing, b"Transfer-Encoding: chunked\r\n")
                        sent = head + (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
                    self.assertEqual(proxied.ask(sent).status, 200)
                    proxied.net.run()
                    self.assertEqual([m.body for m in proxied.nodes["b"].requests], [body])

    def test_one_too_large(self) -> None:
        """A body larger than the budget is not copied, and takes no room from others."""
        proxied = Proxied("ab")
        (mirror,) = self.shared(proxied, 1, 1000)
        proxied.nodes["b"].then = no_response()
        proxied.ask(post(b"x" * 500, target=b"/0"))
        proxied.ask(post(b"x" * 5000, target=b"/0"))
        self.assertEqual((len(mirror.pending), proxied.pool.counters.mirror_dropped), (1, 1))
        mirror.stop()
        proxied.net.run()
