"""An answer too large to be held: its beginning is kept, the rest waits while the next member is asked."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.paused_response import PAUSED_SECONDS, PAUSED_WITHOUT_LIMIT
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.testing.http.plays import CLOSE, HANG, Play, Send, Wait, no_response, raw, respond
from tests.http.server.proxied import Proxied, fast_limits, get, post

LARGE = b"x" * 900_000
NOT_FOUND = respond(404, LARGE)


class PausedResponseTests(SynchronousTestCase):
    """Members a, b, c, in this order."""

    def serve(
        self, *plays: Play, budget: int = 1 << 20, statuses: Iterable[int] = (404,), **limits: float
    ) -> None:
        self.budget = ReplayBudget(budget)
        self.proxied = Proxied("abc"[: len(plays)])
        policy = RetryPolicy(statuses=frozenset(statuses))
        forwarder = self.proxied.forwarder(limits=fast_limits(**limits), budget=self.budget, policy=policy)
        self.proxied.serve(forwarder)
        for name, play in zip("abc", plays, strict=False):
            self.proxied.script(name, play)

    def told(self, seconds: float = 0) -> tuple[int, int]:
        """What the client of one request got; afterwards nothing is left."""
        said = self.proxied.ask(get(), seconds)
        self.nothing_is_left()
        return said.status, len(said.body)

    def nothing_is_left(self) -> None:
        self.assertEqual([m.in_flight for m in self.proxied.pool.members], [0] * len(self.proxied.nodes))
        self.assertEqual((self.budget.used, self.budget.leaving), (0, 0))

    def test_the_next_has_it(self) -> None:
        self.serve(NOT_FOUND, respond(200, b"here"))
        self.assertEqual(self.told(), (200, 4))
        self.assertEqual(self.proxied.nodes["a"].live, [], "what is dropped is not used again")

    def test_the_next_has_it_and_is_large(self) -> None:
        self.serve(NOT_FOUND, respond(200, LARGE))
        self.assertEqual(self.told(), (200, len(LARGE)))

    def test_nobody_has_it(self) -> None:
        """It goes on where it was; its connection is as good as any other afterwards."""
        for other in (no_response(CLOSE), no_response(HANG), respond(500, b"no"), respond(502, LARGE)):
            self.serve(NOT_FOUND, other)
            self.assertEqual(self.told(3), (404, len(LARGE)))
            self.assertEqual(self.proxied.ask(get()).body, b"ok")
            self.assertEqual(len(self.proxied.nodes["a"].connections), 1)

    def test_the_last_one_is_a_large_error(self) -> None:
        """What is in hand is not given up for a 5xx, however large that is, and looked at or not."""
        for held in (respond(404, b"small"), NOT_FOUND):
            for budget in (1 << 20, 1000):
                if held is NOT_FOUND and budget == 1000:
                    continue
                self.serve(held, respond(502, LARGE), budget=budget, statuses=(404, 502))
                self.assertEqual(self.told()[0], 404)
                self.serve(held, respond(502, LARGE), respond(502, LARGE), budget=budget, statuses=(404, 502))
                self.assertEqual(self.told()[0], 404)

    def test_however_it_is_framed(self) -> None:
        chunks = b"".join(b"%x\r\n%b\r\n" % (90_000, LARGE[:90_000]) for _ in range(10)) + b"0\r\n\r\n"
        for large in (
            raw(b"HTTP/1.1 404 No\r\n\r\n" + LARGE) + CLOSE,
            raw(b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
        ):
            self.serve(large, no_response(CLOSE))
            self.assertEqual(self.told(), (404, len(LARGE)))

    def test_the_younger_of_two(self) -> None:
        self.serve(NOT_FOUND, respond(404, LARGE[:800_000]))
        self.assertEqual(self.told(), (404, 800_000))
        self.serve(NOT_FOUND, respond(404, b"small"))
        self.assertEqual(self.told(), (404, 5))
        self.serve(respond(404, b"small"), NOT_FOUND, no_response(CLOSE))
        self.assertEqual(self.told(), (404, len(LARGE)))
        self.serve(NOT_FOUND, respond(404, LARGE[:800_000]), no_response(CLOSE))
        self.assertEqual(self.told(), (404, 800_000))

    def test_it_is_not_read_meanwhile(self) -> None:
        self.serve(NOT_FOUND, no_response(HANG))
        client = self.proxied.client(get())
        (connection,) = self.proxied.net.connections("a:1")
        self.assertLess(connection.read, 400_000)
        self.assertGreater(self.budget.used, 65_000)
        self.proxied.net.advance(3)
        self.assertEqual(len(self.proxied.responses(client)[0].body), len(LARGE))

    def breaks_off(self, place: str) -> None:
        """What is not read is still watched: a reset is noticed."""
        (connection,) = self.proxied.net.connections(place)
        connection.other.lost(Failure(ConnectionLost()))

    def test_it_breaks_off_meanwhile(self) -> None:
        """Then it is no answer."""
        self.serve(NOT_FOUND, no_response(HANG))
        client = self.proxied.client(get())
        self.breaks_off("a:1")
        self.proxied.net.advance(3)
        self.assertEqual([m.status for m in self.proxied.responses(client)], [504])
        self.nothing_is_left()
        self.serve(respond(404, b"small"), NOT_FOUND, no_response(HANG))
        client = self.proxied.client(get())
        self.breaks_off("b:1")
        self.proxied.net.advance(3)
        self.assertEqual([m.body for m in self.proxied.responses(client)], [b"small"])

    def test_it_has_a_limit(self) -> None:
        """Beyond the deadline of the request; where that has none, a minute."""
        for total, limit in ((4.5, 4.5 + PAUSED_SECONDS), (0, PAUSED_WITHOUT_LIMIT)):
            self.serve(NOT_FOUND, no_response(HANG), total=total, first_byte=0)
            self.proxied.client(get())
            node = self.proxied.nodes["a"]
            if total:
                self.proxied.net.advance(4)
                self.assertEqual(len(node.live), 1)
                continue
            self.proxied.net.advance(limit - 0.1)
            self.assertEqual(len(node.live), 1)
            self.proxied.net.advance(0.2)
            self.assertEqual(node.live, [])

    def test_it_drips_at_last(self) -> None:
        """Once it goes on its limit is that of any other: between two reads."""
        head = raw(b"HTTP/1.1 404 No\r\nContent-Length: 900004\r\n\r\n" + LARGE)
        drip = [step for _ in range(4) for step in (Wait(2.9), Send(b"y"))]
        for step in drip:
            head = head + step
        self.serve(head, no_response(CLOSE))
        self.assertEqual(self.told(12), (404, 900_004))

    def test_the_client_leaves(self) -> None:
        self.serve(NOT_FOUND, no_response(HANG))
        client = self.proxied.client(post(b"body"))
        client.close()
        self.proxied.net.run()
        self.nothing_is_left()
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_no_room_to_keep_it(self) -> None:
        """It is the answer then, as it comes."""
        self.serve(NOT_FOUND, respond(200, b"here"), budget=1000)
        self.assertEqual(self.told(), (404, len(LARGE)))

    def test_a_client_that_reads_slowly(self) -> None:
        self.serve(NOT_FOUND, no_response(CLOSE))
        client = self.proxied.net.connect("proxy:80")
        self.proxied.net.run()
        client.pause()
        client.write(get())
        self.proxied.net.run()
        (connection,) = self.proxied.net.connections("a:1")
        self.assertLess(connection.read, 600_000)
        client.resume()
        self.proxied.net.run()
        self.assertEqual(len(self.proxied.responses(client)[0].body), len(LARGE))
        self.nothing_is_left()
