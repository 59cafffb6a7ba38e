"""The fast lane's channel where two things happen at once, or where somebody stalls."""

from __future__ import annotations

from twisted.web.resource import IResource, Resource
from twisted.web.server import Request

from quorumha.http.forward.mirror import mirror_to
from quorumha.http.server.resource import MirrorResource
from quorumha.http.upstream.limits import Limits
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import Recorder, ScriptedUpstream
from quorumha.testing.http.plays import (
    CLOSE,
    HANG,
    READ,
    STOP_READING,
    Moment,
    Play,
    Send,
    Wait,
    drip,
    no_response,
    raw,
    respond,
)
from tests.http.server.lanes import FastLane, in_chunks, request

GET = request()
POST = request(b"POST", b"/send", body=b"payload")
SWITCH = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
ASK = request(b"GET", b"/ws", b"Connection: Upgrade", b"Upgrade: websocket")
EARLY = Play(Moment.HEAD, (Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),))


class MirrorOfLastRequestTests(FastLane):
    """The request after which the connection ends is copied as any other."""

    def set_up(self, **options: object) -> None:
        super().set_up(**options)  # type: ignore[arg-type]
        self.copies = ScriptedUpstream(self.clock)
        self.net.listen("m:1", self.copies)

    def make_root(self) -> IResource:
        pool = UpstreamPool("copies", [Upstream("m", self.net.client_endpoint("m:1"))])
        self.mirror = mirror_to(self.forwarder, pool, 5.0, self.clock, self.pool.counters)
        self.addCleanup(self.mirror.stop)
        return MirrorResource(self.forwarder, self.mirror)

    def test_connection_close(self) -> None:
        self.ask(request(b"POST", b"/x", b"Connection: close", body=b"payload"))
        self.net.run()
        self.assertEqual([m.body for m in self.copies.requests], [b"payload"])
        self.mirror.stop()

    def test_http_1_0(self) -> None:
        self.ask(request(b"POST", body=b"payload", version=b"1.0"))
        self.net.run()
        self.assertEqual([m.body for m in self.copies.requests], [b"payload"])
        self.mirror.stop()

    def test_while_draining(self) -> None:
        self.a.then = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1.0, 99)
        self.client(POST)
        self.site.drain()
        self.net.advance(1)
        self.assertEqual([m.body for m in self.copies.requests], [b"payload"])
        self.mirror.stop()

    def test_answer_until_the_end_for_http_1_0(self) -> None:
        self.a.then = raw(b"HTTP/1.1 200 OK\r\n\r\nhello") + CLOSE
        self.ask(request(b"POST", body=b"payload", version=b"1.0"))
        self.net.run()
        self.assertEqual([m.body for m in self.copies.requests], [b"payload"])
        self.mirror.stop()


class TunnelTests(FastLane):
    """After 101."""

    def setUp(self) -> None:
        super().setUp()
        self.again(upgrade=True)

    def test_idle_limit_sees_both_directions(self) -> None:
        """A subscription only listens; it is not idle while something comes."""
        self.a.then = raw(SWITCH) + drip(b"x" * 10, 20.0)
        client = self.client(ASK)
        self.net.advance(100)
        self.assertIsNone(client.how_it_ended)
        self.assertEqual(client.received.count(b"x"), 5)
        self.net.advance(140)
        self.assertIsNotNone(client.how_it_ended, "now it is")

    def test_much_before_the_switch(self) -> None:
        """What was sent early is held, bounded, and the tunnel works afterwards."""
        self.a.then = no_response(Wait(1.0), Send(SWITCH), HANG)
        client = self.client(ASK)
        for _ in range(30):
            client.write(b"e" * 10_000)
            self.net.run()
        self.net.advance(1)
        client.write(b"end")
        self.net.run()
        self.assertTrue(self.a.connections[0].raw.endswith(b"e" * 300_000 + b"end"))

    def test_upstream_stops_reading(self) -> None:
        """The idle limit holds."""
        self.a.then = raw(SWITCH) + STOP_READING + HANG
        client = self.client(ASK)
        client.write(b"x" * 1_000_000)
        self.net.advance(31)
        self.assertIsNotNone(client.how_it_ended)
        self.assertLess(self.net.buffered.most, 1_300_000)

    def test_client_reads_nothing(self) -> None:
        self.a.then = raw(SWITCH) + Send(b"x" * 1_000_000) + HANG
        client = self.client(ASK)
        client.pause()
        self.net.advance(31)
        self.assertEqual(self.net.connections("proxy:80"), [])
        client.resume()
        self.net.run()

    def test_two_way_flood_is_bounded(self) -> None:
        """Neither end reads: what waits in the proxy is bounded, and it ends."""
        self.a.then = raw(SWITCH) + STOP_READING + Send(b"x" * 500_000) + HANG
        client = self.client(ASK)
        client.pause()
        client.write(b"y" * 500_000)
        self.net.advance(61)
        self.assertEqual(self.net.connections("proxy:80"), [])


class LeafTests(FastLane):
    """What the tree and the head decide."""

    def test_http_1_0_never_upgrades(self) -> None:
        """RFC 9110 section 7.8."""
        self.again(upgrade=True)
        self.ask(ASK.replace(b"HTTP/1.1", b"HTTP/1.0"))
        self.assertIsNone(self.a.requests[0].get(b"upgrade"))

    def test_tree_that_fails(self) -> None:
        """The client is told 500 by twisted.web, and the error is logged."""

        class Failing(Resource):
            def getChild(self, path: bytes, request: Request) -> Resource:
                raise ValueError("a bug of the tree")

        self.serve(Failing())
        self.assertEqual(self.ask(GET).status, 500)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)


class StallTests(FastLane):
    """Somebody stalls."""

    def test_upload_and_answer_both_stall(self) -> None:
        """The node answers and does not read, the client sends and does not read: it ends."""
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"
        self.a.then = Play(Moment.HEAD, (STOP_READING, Send(head + b"x" * 900_000), HANG))
        client = self.client()
        client.pause()
        sent, _, body = request(b"POST", body=b"z" * 900_000).partition(b"\r\n\r\n")
        client.write(sent + b"\r\n\r\n")
        self.net.run()
        client.write(body)
        self.net.advance(60)
        self.assertEqual(self.net.connections("proxy:80"), [], "it waits for ever")

    def test_upload_waits_for_a_slow_upstream(self) -> None:
        """It is not the client who stalls: only the upstream's limit holds, however the body is framed."""
        for sent in (request(b"POST", body=b"z" * 900_000), in_chunks(*[b"z" * 9_000] * 100)):
            self.set_up(limits=Limits(total=0, send=30))
            self.a.then = Play(Moment.HEAD, (STOP_READING, Wait(15.0), READ, *EARLY.steps))
            client = self.client(sent)
            self.net.advance(16)
            self.assertEqual(self.response(client).status, 200)
            self.assertLess(self.net.buffered.most, 1_200_000)

    def test_idle_connection_ends_politely(self) -> None:
        """A FIN, not a RST: the client did nothing wrong."""
        client = self.client(GET)
        self.net.advance(31)
        self.assertEqual(client.how_it_ended or ("FIN" if client.read_ended else None), "FIN")

    def test_idle_upstream_connection_ends_politely(self) -> None:
        self.ask(GET)
        self.net.advance(21)
        (connection,) = self.a.connections
        assert connection.reason is not None
        self.assertEqual(connection.reason.type.__name__, "ConnectionDone")

    def test_lingers_only_after_the_answer_was_taken(self) -> None:
        """Bytes behind the last request: the client has time to read its answer all the same."""
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 145000\r\n\r\n"
        first, second, third = (Send(b"x" * size) for size in (65_000, 60_000, 20_000))
        self.a.then = raw(head) + first + Wait(0.1) + second + Wait(0.1) + third
        for seconds in (1, 15):
            client = self.client()
            client.pause()
            client.write(request(b"GET", b"/x", b"Connection: close") + GET)
            self.net.advance(seconds)
            client.resume()
            self.net.run()
            self.assertEqual(len(self.response(client).body), 145_000)
            self.assertTrue(client.read_ended)
            self.net.advance(3)
            self.assertEqual(self.net.connections("proxy:80"), [])

    def test_first_head_drips(self) -> None:
        """The limit counts from the connection, however late the first byte comes."""
        client = self.client()
        self.net.advance(9)
        client.write(b"GET")
        self.net.advance(2)
        self.assertIsNotNone(client.how_it_ended or (client.read_ended or None))

    def test_client_that_never_closes(self) -> None:
        """After a last answer the connection is gone in bounded time, whatever the client does."""
        self.client(request(b"GET", b"/x", b"Connection: close"), half_close=True)
        self.net.advance(30)
        self.assertEqual(self.net.connections("proxy:80"), [])

    def test_early_answer_then_the_rest_of_the_body_and_the_next_request(self) -> None:
        self.again(replay_limit=100)
        self.a.then = EARLY
        head, _, body = request(b"POST", body=b"z" * 1000).partition(b"\r\n\r\n")
        client = self.client(head + b"\r\n\r\n", body[:500])
        self.assertEqual(self.response(client).status, 200)
        self.a.then = respond(201, b"second")
        client.write(body[500:] + GET)
        self.net.run()
        self.assertEqual([m.status for m in self.responses(client)], [200, 201])

    def test_early_answer_then_a_bad_chunk(self) -> None:
        """The answer stands; the connection ends, and there is no second answer."""
        self.again(replay_limit=1)
        self.a.then = EARLY
        raw_request = in_chunks(b"one")
        client = self.client(raw_request[:-5])
        self.assertEqual(self.response(client).status, 200)
        client.write(b"x\r\n")
        self.net.run()
        self.assertEqual(len(self.responses(client)), 1)
        self.assertEqual(self.net.connections("proxy:80"), [])

    def test_all_down_while_the_body_comes(self) -> None:
        """The error comes at once; the connection is still good for the next request."""
        self.again(replay_limit=100)
        self.net.kill("a:1")
        self.net.kill("b:1")
        head, _, body = request(b"POST", body=b"z" * 1000).partition(b"\r\n\r\n")
        client = self.client(head + b"\r\n\r\n" + body[:100])
        self.assertEqual(self.response(client).status, 502)
        self.net.revive("a:1")
        client.write(body[100:] + GET)
        self.net.run()
        self.assertEqual([m.status for m in self.responses(client)], [502, 200])

    def test_drained_twice(self) -> None:
        """Both who asked are told."""
        self.a.then = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1.0, 99)
        self.client(GET)
        first, second = self.site.drain(5.0), self.site.drain(5.0)
        self.net.advance(1)
        self.successResultOf(first)
        self.successResultOf(second)

    def test_no_call_in_an_idle_process(self) -> None:
        """Nothing wakes the process up while nothing happens."""
        self.assertEqual(self.clock.getDelayedCalls(), [])


class SharedConnectionTests(FastLane):
    """One client's fate does not touch another's request."""

    def test_two_clients(self) -> None:
        self.a.then = lambda seen: respond(200, seen.target)
        clients: list[Recorder] = [self.client(request(target=b"/%d" % n)) for n in range(3)]
        self.assertEqual([self.response(c).body for c in clients], [b"/0", b"/1", b"/2"])
        self.assertEqual(len(self.a.connections), 1)

    def test_left_in_mid_answer(self) -> None:
        """That upstream connection is not used again."""
        self.a.script.append(respond(200, b"x" * 500_000))
        client = self.client()
        client.pause()
        client.write(GET)
        self.net.run()
        client.abort()
        self.net.run()
        self.a.then = respond(200, b"mine")
        self.assertEqual(self.ask(GET).body, b"mine")
        self.assertEqual(len(self.a.connections), 2)


class EmptyLineTests(FastLane):
    """An empty line behind the last request, as old clients send one."""

    def test_no_begun_head(self) -> None:
        """The connection is idle all the same: it stays as long, and ends without a word."""
        for lines in (b"\r\n", b"\r\n\r\n", b"\r", b"\r\n\r"):
            client = self.client(POST + lines, half_close=False)
            before = client.received
            self.net.advance(self.client_limits.header_timeout + 1)
            self.assertTrue(client.connected, lines)
            self.net.advance(self.client_limits.idle_timeout)
            self.assertFalse(client.connected, lines)
            self.assertEqual(client.received, before, lines)

    def test_in_front_of_the_next(self) -> None:
        """The next request is served, however the line was parted."""
        client = self.client(POST + b"\r\n", GET, b"\r", b"\n", GET, b"\r\n\r", b"\n" + GET)
        self.assertEqual(len(self.responses(client)), 4)
        client.close()

    def test_at_first(self) -> None:
        """A new connection that sends nothing else has its time for a head, and ends without a word."""
        client = self.client(b"\r\n", half_close=False)
        self.net.advance(self.client_limits.header_timeout + 1)
        self.assertFalse(client.connected)
        self.assertEqual(client.received, b"")

    def test_drain(self) -> None:
        """When the proxy stops, such a connection is idle and ends at once."""
        for lines in (b"\r\n", b"\r"):
            self.set_up()
            client = self.client(POST + lines, half_close=False)
            drained = self.site.drain(5.0)
            self.net.run()
            self.successResultOf(drained)
            self.assertFalse(client.connected)

    def test_a_begun_head(self) -> None:
        """One byte more, and it is one."""
        client = self.client(POST + b"\r\nG")
        self.net.advance(self.client_limits.header_timeout + 1)
        self.assertEqual(self.responses(client)[-1].status, 408)
