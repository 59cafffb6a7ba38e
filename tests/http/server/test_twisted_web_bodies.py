"""Bodies that come slowly: they hold no member, and they end."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.testing import Recorder
from quorumha.testing.http.plays import CLOSE, HANG, no_response
from tests.http.server.proxied import Proxied, fast_limits, get, post

CHUNKED = b"POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"


class SlowBodyCase(SynchronousTestCase):
    """Two nodes; bodies up to 100,000 bytes are kept."""

    def setUp(self) -> None:
        self.serve()

    def serve(self, replay_limit: int = 100_000, **limits: float) -> None:
        self.proxied = Proxied("ab")
        forwarder = self.proxied.forwarder(limits=fast_limits(), replay_limit=replay_limit)
        self.proxied.serve(forwarder, **limits)

    def drip(self, client: Recorder, piece: bytes, seconds: float, pause: float = 1.0) -> float:
        """Send a piece each C{pause}.

        @return: for how long that went well.
        """
        begun = self.proxied.net.clock.seconds()
        while not client.received and client.how_it_ended is None:
            if self.proxied.net.clock.seconds() - begun >= seconds:
                break
            client.write(piece)
            self.proxied.net.advance(pause)
        return self.proxied.net.clock.seconds() - begun

    def statuses(self, client: Recorder) -> list[int]:
        return [m.status for m in self.proxied.responses(client)]


class ReadWholeTests(SlowBodyCase):
    """Who sends slowly holds no member meanwhile."""

    def test_nobody_is_asked_before_the_end(self) -> None:
        for head, rest in (
            (post(b"12345")[:-5], b"12345"),
            (CHUNKED, b"5\r\n12345\r\n0\r\n\r\n"),
            (CHUNKED, b"5\r\n12345\r\n0\r\nX: y\r\n\r\n"),
        ):
            client = self.proxied.client(head)
            for at in range(len(rest) - 1):
                client.write(rest[at : at + 1])
                self.proxied.net.run()
                self.assertEqual([len(n.connections) for n in self.proxied.nodes.values()], [0, 0])
            client.write(rest[-1:])
            self.proxied.net.run()
            self.assertEqual(self.statuses(client), [200])
            self.assertEqual(self.proxied.nodes["a"].requests[-1].body, b"12345")
            self.setUp()

    def test_it_can_be_sent_again_whole(self) -> None:
        self.proxied.script("a", no_response(CLOSE))
        client = self.proxied.client(post(b"12345")[:-2])
        client.write(b"45")
        self.proxied.net.run()
        self.assertEqual(self.statuses(client), [200])
        self.assertEqual([n.requests[0].body for n in self.proxied.nodes.values()], [b"12345"] * 2)

    def test_time_for_the_whole_begins_with_the_last_byte(self) -> None:
        client = self.proxied.client(post(b"x" * 60_000)[:-60_000])
        self.assertEqual(self.drip(client, b"x" * 5000, 12), 12)
        self.proxied.net.run()
        self.assertEqual(self.statuses(client), [200])

    def test_what_is_too_large_to_keep_is_dialled_when_its_beginning_is_there(self) -> None:
        """Who states a large length, and sends a byte now and then, holds no member either."""
        client = self.proxied.client(post(b"x" * 100_001)[:-100_001])
        for seen in (0, 0, 0, 1):
            client.write(b"x" * 20_000)
            self.proxied.net.run()
            self.assertEqual(self.proxied.seen()["a"], seen)
        client.write(b"x" * 20_001)
        self.proxied.net.run()
        self.assertEqual(self.statuses(client), [200])

    def test_what_grows_too_large_to_keep_is_dialled_then(self) -> None:
        client = self.proxied.client(CHUNKED)
        for seen in (0, 0, 1, 1):
            client.write(b"9c40\r\n" + b"x" * 40_000 + b"\r\n")
            self.proxied.net.run()
            self.assertEqual(self.proxied.seen()["a"], seen)
        client.write(b"0\r\n\r\n")
        self.proxied.net.run()
        self.assertEqual(self.statuses(client), [200])
        self.assertEqual(self.proxied.nodes["a"].requests[0].body, b"x" * 160_000)

    def test_client_that_leaves(self) -> None:
        client = self.proxied.client(post(b"12345")[:-2])
        client.close()
        self.proxied.net.run()
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})
        self.assertEqual(self.proxied.net.connections("proxy:80"), [])
        self.assertEqual(self.proxied.pool.counters.failed, 0)

    def test_client_that_leaves_after_a_body_too_large_to_keep(self) -> None:
        """It is read from again once its body is sent: so its end is seen while it waits."""
        self.serve()
        body = b"%x\r\n%b\r\n" % (120_000, bytes(120_000))
        for sent in (post(bytes(120_000)), CHUNKED + body + b"0\r\n\r\n"):
            self.proxied.script("a", no_response(HANG))
            client = self.proxied.client(sent)
            self.assertEqual(len(self.proxied.nodes["a"].live), 1)
            client.abort()
            self.proxied.net.run()
            self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_continue_is_said_when_the_head_is_accepted(self) -> None:
        """Some of the body may be there: the rest is waited for all the same."""
        for head, rest in (
            (post(b"12345", b"Expect: 100-continue")[:-5], b"12345"),
            (post(b"12345", b"Expect: 100-continue")[:-2], b"45"),
            (CHUNKED[:-2] + b"Expect: 100-continue\r\n\r\n5\r\n12", b"345\r\n0\r\n\r\n"),
        ):
            client = self.proxied.client(head)
            self.assertEqual(client.received, b"HTTP/1.1 100 Continue\r\n\r\n")
            client.write(rest)
            self.proxied.net.run()
            self.assertEqual(self.statuses(client), [100, 200])
        self.assertEqual(self.proxied.ask(post(b"12345", b"Expect: 100-continue")).status, 200)


class FullBudgetTests(SlowBodyCase):
    """The largest body that is not whole yet loses its replay, and streams."""

    def serve(self, replay_limit: int = 1 << 20, **limits: float) -> None:
        self.budget = ReplayBudget(800_000, beginning=1000)
        self.proxied = Proxied("ab")
        forwarder = self.proxied.forwarder(
            limits=fast_limits(), replay_limit=replay_limit, budget=self.budget
        )
        self.proxied.serve(forwarder, **limits)

    def fill(self) -> tuple[Recorder, Recorder]:
        """A large body and a smaller one, both without their last byte; the budget is not full yet."""
        large = self.proxied.client(post(b"l" * 400_000)[:-1])
        small = self.proxied.client(post(b"s" * 250_000)[:-1])
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})
        return large, small

    def test_the_largest_goes_and_the_others_keep_their_replay(self) -> None:
        large, small = self.fill()
        newcomer = self.proxied.client(post(b"n" * 60_000)[:-1])
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})
        for client, byte in ((small, b"s"), (newcomer, b"n")):
            self.proxied.script("a", no_response(CLOSE))
            client.write(byte)
            self.proxied.net.run()
            self.assertEqual(self.statuses(client), [200])
        self.assertEqual([r.body[:1] for r in self.proxied.nodes["b"].requests], [b"s", b"n"])
        large.write(b"l")
        self.proxied.net.run()
        self.assertEqual(self.statuses(large), [200])
        self.assertEqual(self.proxied.nodes["a"].requests[0].body, b"l" * 400_000)
        self.assertEqual((self.budget.used, self.budget.leaving, self.budget.lost), (0, 0, 1))

    def test_nobody_is_there_for_it(self) -> None:
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")
        large, _ = self.fill()
        newcomer = self.proxied.client(post(b"n" * 60_000)[:-1])
        self.assertEqual(self.statuses(large), [502])
        for name in "ab":
            self.proxied.net.revive(f"{name}:1")
        self.proxied.net.advance(11)
        self.assertEqual(self.statuses(newcomer), [408])

    def test_a_small_one_never_pays(self) -> None:
        """However full the budget is, and whatever became of the others."""
        bodies = [self.proxied.client(post(b"l" * 360_000)[:-1]) for _ in range(12)]
        self.assertGreater(self.budget.lost, 9)
        for _ in range(3):
            self.proxied.script("a", no_response(CLOSE))
            self.assertEqual(self.proxied.ask(post(b"small")).status, 200)
        for client in bodies:
            client.close()
        self.proxied.net.run()
        self.assertEqual((self.budget.used, self.budget.leaving), (0, 0))

    def test_a_node_that_takes_nothing(self) -> None:
        """What lost its replay counts until it is sent; its client is not read from meanwhile."""
        self.proxied.net.hang("a:1")
        self.proxied.net.hang("b:1")
        clients = [self.proxied.client(post(b"l" * 900_000)[:-1]) for _ in range(6)]
        self.assertLess(self.budget.shared, 800_001)
        self.proxied.net.advance(30)
        self.assertEqual((self.budget.used, self.budget.leaving), (0, 0))
        del clients


class TotalTests(SlowBodyCase):
    """C{body_timeout}, and a second for each C{body_rate} bytes."""

    def test_a_byte_a_second(self) -> None:
        for head, piece in ((post(b"x" * 1000)[:-1000], b"x"), (CHUNKED, b"1\r\nx\r\n")):
            client = self.proxied.client(head)
            self.assertIn(self.drip(client, piece, 60), (30, 31))
            self.assertEqual(self.statuses(client), [408])
            self.proxied.net.advance(2)
            self.assertEqual(self.proxied.net.connections("proxy:80"), [])
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})

    def test_fast_enough(self) -> None:
        self.serve(body_timeout=5)
        client = self.proxied.client(post(b"x" * 90_000)[:-90_000])
        self.drip(client, b"x" * 4096, 60)
        self.assertEqual(self.statuses(client), [200])

    def test_silence(self) -> None:
        client = self.proxied.client(post(b"12345")[:-2])
        self.proxied.net.advance(9.9)
        self.assertEqual(client.received, b"")
        self.proxied.net.advance(0.2)
        self.assertEqual(self.statuses(client), [408])

    def test_a_streamed_body_has_to_come_four_times_as_fast(self) -> None:
        """It holds a member meanwhile."""
        for size, statuses in ((3 * 4096, [408]), (4 * 4096, [200])):
            self.serve(body_timeout=5)
            client = self.proxied.client(post(b"x" * (size * 40))[: -size * 40])
            self.drip(client, b"x" * size, 60)
            self.proxied.net.run()
            self.assertEqual(self.statuses(client), statuses)
            self.assertEqual(len(self.proxied.nodes["a"].connections), 1)

    def test_a_drip_faster_than_any_timer(self) -> None:
        self.serve(replay_limit=1)
        client = self.proxied.client(CHUNKED)
        self.assertLess(self.drip(client, b"1\r\nx\r\n", 60, 0.004), 34)
        self.assertEqual(self.statuses(client), [408])
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_without_a_limit(self) -> None:
        self.serve(body_rate=0)
        client = self.proxied.client(post(b"x" * 90)[:-90])
        self.drip(client, b"x", 1000, 9)
        self.assertEqual(self.statuses(client), [200])

    def test_the_rest_of_a_body_whose_answer_is_there(self) -> None:
        """The answer stands; the connection ends all the same."""
        self.serve(replay_limit=1)
        self.proxied.net.kill("a:1")
        self.proxied.net.kill("b:1")
        client = self.proxied.client(post(b"x" * 1000)[:-999])
        self.assertEqual(self.statuses(client), [502])
        for _ in range(40):
            client.write(b"x")
            self.proxied.net.advance(1)
        self.assertEqual(self.statuses(client), [502])
        self.assertEqual(self.proxied.net.connections("proxy:80"), [])

    def test_the_next_request_has_its_own_time(self) -> None:
        client = self.proxied.client()
        for _ in range(3):
            sent = post(b"x" * 20)
            client.write(sent[:-20])
            for _ in range(20):
                client.write(b"x")
                self.proxied.net.advance(1)
        client.write(get())
        self.proxied.net.run()
        self.assertEqual(self.statuses(client), [200] * 4)
