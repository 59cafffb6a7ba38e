"""The contract of both lanes: a mirror is there, exact, and never felt."""

from __future__ import annotations

from quorumha.http.forward.mirror import mirror_to
from quorumha.http.server.resource import MirrorResource
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import ScriptedUpstream
from quorumha.testing.http.plays import CLOSE, HANG, cut_body, deaf, no_response
from tests.http.server.lanes import FastLane, SlowLane, in_chunks, request


class MirrorCases:
    """Copies go to m; a and b answer."""

    def set_up(self: FastLane, **options: object) -> None:
        super().set_up(**options)  # type: ignore[misc, safe-super]
        self.m = ScriptedUpstream(self.clock)
        self.net.listen("m:1", self.m)
        copies = UpstreamPool("copies", [Upstream("m", self.net.client_endpoint("m:1"))])
        self.mirror = mirror_to(self.forwarder, copies, 5.0, self.clock, self.pool.counters)
        self.addCleanup(lambda mirror: (mirror.stop(), self.net.run()), self.mirror)
        self.serve(MirrorResource(self.forwarder, self.mirror))

    def check_all_is_over(self: FastLane) -> None:
        self.mirror.stop()
        self.net.run()
        super().check_all_is_over()  # type: ignore[misc, safe-super]

    def test_exact(self: FastLane) -> None:
        """Byte for byte what the primary got, head and body."""
        for sent in (
            request(target=b"/a%2Fb?c=+"),
            request(b"POST", b"/x", b"X-A: 1", b"X-A: 2", body=bytes(range(256)) * 9),
            request(b"POST", b"/x", b"Connection: close", body=b"last"),
            request(b"POST", body=b"old", version=b"1.0"),
        ):
            self.ask(sent)
            self.net.run()
            self.assertEqual(self.m.requests[-1].head, self.a.requests[-1].head)
            self.assertEqual(self.m.requests[-1].body, self.a.requests[-1].body)
        self.assertEqual((len(self.m.requests), len(self.a.requests)), (4, 4))
        self.assertEqual(self.pool.counters.mirrored, 4)

    def test_chunked(self: FastLane) -> None:
        self.ask(in_chunks(b"one", b"two" * 500))
        self.net.run()
        self.assertEqual([m.body for m in self.m.requests], [b"one" + b"two" * 500])

    def test_answers_do_not_wait(self: FastLane) -> None:
        """Neither this one, nor the next on the connection, nor another client's."""
        for play in (no_response(HANG), no_response(CLOSE), deaf(), cut_body(5, 10)):
            self.set_up()
            self.m.then = play
            client = self.client(*[request(b"POST", body=b"x" * 50_000)] * 3)
            self.assertEqual([m.status for m in self.responses(client)], [200] * 3)
            self.assertEqual(self.ask(request()).status, 200)
            self.net.advance(5.1)
            # One that reads nothing does not notice; the proxy's ends are closed.
            self.assertEqual([e for e in self.net.connections("m:1") if e.other.connected], [])
            self.assertEqual(self.mirror.pending, {})
            self.assertEqual([m.failed for m in self.pool.members], [0, 0])

    def test_primaries_down(self: FastLane) -> None:
        """An error, though the mirror lives; and it gets its copy."""
        self.net.kill("a:1")
        self.net.kill("b:1")
        self.assertEqual(self.ask(request(b"POST", body=b"x")).status, 502)
        self.net.run()
        self.assertEqual([m.body for m in self.m.requests], [b"x"])

    def test_answer_that_breaks_off(self: FastLane) -> None:
        """The mirror gets its copy all the same."""
        self.a.then = cut_body(5, 10, CLOSE)
        self.client(request(b"POST", body=b"x"))
        self.assertEqual([m.body for m in self.m.requests], [b"x"])

    def test_client_that_leaves(self: FastLane) -> None:
        """Nobody knows what became of the request: no copy, and nothing is left."""
        self.a.then = no_response(HANG)
        self.client(request(b"POST", body=b"x")).abort()
        self.net.run()
        self.assertEqual(self.m.requests, [])


class FastLaneTests(MirrorCases, FastLane):
    """In the fast lane."""


class SlowLaneTests(MirrorCases, SlowLane):
    """Under twisted.web's own site."""
