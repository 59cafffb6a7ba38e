"""The fast lane's channel: what only it does."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Request

from quorumha.http.server.channel import LINGER_BYTES, WAITING_LIMIT
from quorumha.http.server.client_limits import DRAIN_GRACE, LINGER_SECONDS
from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.testing.http.plays import CLOSE, HANG, Send, Wait, cut_body, drip, no_response, raw, respond
from tests.http.server.proxied import PROXY, Proxied, fast_limits, get, post
from tests.vectors.model import HIDDEN, Allowed, RequestVector
from tests.vectors.requests_ambiguous import FAMILIES

SWITCH = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
ASK = get(b"/ws", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: x")


class ChannelCase(SynchronousTestCase):
    """A proxy with one or two nodes."""

    def proxied(
        self, names: str = "a", upgrade: bool = False, replay_limit: int = 8 << 20, **limits: object
    ) -> Proxied:
        proxied = Proxied(names)
        forwarder = proxied.forwarder(limits=fast_limits(), upgrade=upgrade, replay_limit=replay_limit)
        self.site = proxied.serve(forwarder, **limits)
        return proxied

    def refused(self, proxied: Proxied, data: bytes, status: int) -> None:
        client = proxied.client(data)
        (answer,) = proxied.responses(client)
        self.assertEqual((answer.status, answer.get(b"connection")), (status, b"close"), data[:80])
        self.assertTrue(client.read_ended or client.how_it_ended == "ConnectionDone")


class PipelineTests(ChannelCase):
    """Requests sent without waiting."""

    def test_in_order(self) -> None:
        proxied = self.proxied()
        proxied.script(
            "a", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", 1, 99), respond(200, b"two")
        )
        client = proxied.client(post(b"1") + get() + post(b"3"))
        self.assertEqual((client.received, proxied.seen()), (b"", {"a": 1}))
        proxied.net.advance(1)
        self.assertEqual([m.body for m in proxied.responses(client)], [b"one", b"two", b"ok"])

    def test_error_does_not_overtake(self) -> None:
        proxied = self.proxied()
        proxied.script("a", no_response(Wait(1), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")))
        client = proxied.client(get() + b"GET / HTTP/1.1\r\nHost : c\r\n\r\n" + get())
        self.assertEqual(client.received, b"")
        proxied.net.advance(1)
        self.assertEqual([m.status for m in proxied.responses(client)], [200, 400])
        self.assertEqual(proxied.seen(), {"a": 1}, "nothing after the error is looked at")

    def test_backlog_is_bounded(self) -> None:
        proxied = self.proxied()
        proxied.script("a", no_response(Wait(1), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")))
        client = proxied.client()
        many = 10_000
        client.write(get(b"/") * many)
        proxied.net.run()
        unread = len(get(b"/") * many) - proxied.net.connections(PROXY)[0].read
        self.assertGreater(unread, len(get(b"/") * many) - 2 * WAITING_LIMIT - len(get(b"/")))
        proxied.net.advance(1)
        self.assertEqual(len(proxied.nodes["a"].requests), many)

    def test_next_waits_until_the_last_answer_is_taken(self) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(200, b"x" * 500_000))
        client = proxied.net.connect(PROXY)
        proxied.net.run()
        client.pause()
        client.write(get() + get())
        proxied.net.run()
        self.assertEqual(proxied.seen(), {"a": 1})
        client.resume()
        proxied.net.run()
        self.assertEqual([len(m.body) for m in proxied.responses(client)], [500_000, 2])


class LimitTests(ChannelCase):
    """What a client may ask, and how long it may take."""

    def test_sizes(self) -> None:
        proxied = self.proxied(request_line_limit=100, header_limit=1000, header_count=10, body_limit=50)
        self.refused(proxied, get(b"/" + b"a" * 100), 414)
        self.refused(proxied, get(b"/", b"X: " + b"a" * 1000), 431)
        self.refused(proxied, get(b"/", *[b"X: y"] * 10), 431)
        self.refused(proxied, b"GET /" + b"a" * 2000, 414)
        self.refused(proxied, b"GET / HTTP/1.1\r\nX: " + b"a" * 2000, 431)
        self.refused(proxied, post(b"x" * 51), 413)
        chunked = b"POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.refused(proxied, chunked + b"33\r\n", 413)
        self.assertEqual(sum(m.complete for m in proxied.nodes["a"].requests), 0)

    def test_slow_head(self) -> None:
        """A byte a second does not extend the limit."""
        proxied = self.proxied(header_timeout=5)
        client = proxied.client()
        for byte in b"GET / HTTP":
            client.write(bytes([byte]))
            proxied.net.advance(0.9)
        self.assertEqual(proxied.responses(client)[0].status, 408)

    def test_silence(self) -> None:
        proxied = self.proxied(header_timeout=5, idle_timeout=20)
        silent = proxied.client()
        idle = proxied.client(get())
        proxied.net.advance(5)
        self.assertIsNotNone(silent.how_it_ended)
        proxied.net.advance(14)
        self.assertIsNone(idle.how_it_ended)
        proxied.net.advance(1)
        self.assertIsNotNone(idle.how_it_ended)

    def test_slow_first_head_without_an_idle_limit(self) -> None:
        """A connection may be parked before its first request; a head that has begun may not."""
        proxied = self.proxied(header_timeout=5, idle_timeout=0)
        parked = proxied.client()
        proxied.net.advance(1000)
        self.assertIsNone(parked.how_it_ended)
        parked.write(b"GET / HT")
        proxied.net.advance(4.9)
        parked.write(b"TP")
        proxied.net.advance(0.2)
        self.assertEqual(proxied.responses(parked)[0].status, 408)

    def test_no_limits(self) -> None:
        proxied = self.proxied(header_timeout=0, idle_timeout=0)
        silent = proxied.client()
        idle = proxied.client(get())
        proxied.net.advance(100_000)
        self.assertIsNone(silent.how_it_ended)
        self.assertIsNone(idle.how_it_ended)

    def test_stalled_body(self) -> None:
        for replay_limit, begun in ((1, [False]), (1000, [])):
            proxied = self.proxied(header_timeout=5, replay_limit=replay_limit)
            client = proxied.client(post(b"12345")[:-2])
            proxied.net.advance(5)
            self.assertEqual([m.status for m in proxied.responses(client)], [408])
            proxied.net.advance(LINGER_SECONDS)
            self.assertIsNotNone(client.how_it_ended)
            self.assertEqual([m.complete for m in proxied.nodes["a"].requests], begun)

    def test_reads_nothing(self) -> None:
        proxied = self.proxied(client_send_timeout=7)
        proxied.script("a", respond(200, b"x" * 500_000))
        client = proxied.net.connect(PROXY)
        proxied.net.run()
        client.pause()
        client.write(get())
        proxied.net.advance(6.9)
        self.assertEqual(len(proxied.net.connections(PROXY)), 1)
        proxied.net.advance(0.2)
        self.assertEqual(proxied.net.connections(PROXY), [])
        self.assertEqual(proxied.nodes["a"].live, [])

    def test_reads_slowly(self) -> None:
        """Who takes some of it steadily is not cut; nor is it where only the kernel knows that it does."""
        proxied = self.proxied(client_send_timeout=7)
        proxied.script("a", respond(200, b"x" * 900_000))
        client = proxied.net.connect(PROXY)
        proxied.net.run()
        client.pause()
        client.write(get())
        proxied.net.advance(6)
        (connection,) = proxied.net.connections(PROXY)
        for _ in range(4):
            assert connection.progressed is not None
            connection.progressed()
            proxied.net.advance(6)
        self.assertEqual(len(proxied.net.connections(PROXY)), 1)
        proxied.net.advance(1.1)
        self.assertEqual(proxied.net.connections(PROXY), [])
        client.resume()
        proxied.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionDone", "what it got so far is not destroyed")

    def test_lingers_after_an_error(self) -> None:
        """The client sees the answer although it is still sending."""
        proxied = self.proxied(body_limit=10)
        client = proxied.net.connect(PROXY, half_close=True)
        client.write(post(b"x" * 11) + b"x" * 100_000)
        proxied.net.run()
        self.assertIsNone(client.how_it_ended)
        self.assertTrue(client.read_ended)
        self.assertEqual(len(proxied.net.connections(PROXY)), 1)
        proxied.net.advance(LINGER_SECONDS)
        self.assertEqual(proxied.net.connections(PROXY), [])
        greedy = proxied.net.connect(PROXY, half_close=True)
        greedy.write(post(b"x" * 11))
        proxied.net.run()
        greedy.write(b"x" * (LINGER_BYTES + 1))
        proxied.net.run()
        self.assertEqual(proxied.net.connections(PROXY), [])


class BodyTests(ChannelCase):
    """Uploads."""

    def test_continue(self) -> None:
        proxied = self.proxied()
        head, body = post(b"hello", b"Expect: 100-continue").split(b"\r\n\r\n")
        client = proxied.client(head + b"\r\n\r\n")
        self.assertEqual(client.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        client.write(body)
        proxied.net.run()
        self.assertIn(b"HTTP/1.1 200", client.received)
        self.assertIsNone(proxied.nodes["a"].requests[0].get(b"expect"))

    def test_too_large_to_replay_is_streamed_once(self) -> None:
        proxied = Proxied("ab")
        forwarder = proxied.forwarder(limits=fast_limits(), replay_limit=1000)
        proxied.serve(forwarder)
        proxied.script("a", no_response(CLOSE))
        body = b"x" * 200_000
        self.assertEqual(proxied.ask(post(body)).status, 502)
        self.assertEqual(proxied.seen(), {"a": 1, "b": 0})
        self.assertEqual(proxied.nodes["a"].requests[0].body, body)
        proxied.net.kill("a:1")
        self.assertEqual(proxied.ask(post(body)).status, 200, "nothing had been sent to the dead one")
        self.assertEqual(proxied.nodes["b"].requests[0].body, body)
        self.assertEqual(forwarder.budget.used, 0)

    def test_slow_upstream_bounds_memory(self) -> None:
        proxied = Proxied("a")
        proxied.serve(proxied.forwarder(limits=fast_limits(send=30), replay_limit=1000))
        proxied.net.hang("a:1")
        client = proxied.client(post(b"x" * 3_000_000))
        self.assertLess(proxied.net.connections(PROXY)[0].read, 500_000)
        proxied.net.revive("a:1")
        proxied.net.run()
        self.assertTrue(client.wire)

    def test_broken_off(self) -> None:
        for replay_limit, begun in ((1, [False, False]), (1000, [])):
            proxied = self.proxied("ab", replay_limit=replay_limit)
            for request in (
                post(b"hello")[:-1],
                b"POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            ):
                client = proxied.client(request)
                client.close()
                proxied.net.run()
            self.assertEqual([m.complete for m in proxied.nodes["a"].requests], begun)
            self.assertEqual(proxied.nodes["a"].live, [])

    def test_bad_chunk_in_the_middle(self) -> None:
        for replay_limit, begun in ((1, [False]), (1000, [])):
            proxied = self.proxied(replay_limit=replay_limit)
            client = proxied.client(
                b"POST / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
            )
            client.write(b"0x5\r\nhello\r\n0\r\n\r\n")
            proxied.net.run()
            self.assertEqual(proxied.responses(client)[0].status, 400)
            self.assertEqual([m.complete for m in proxied.nodes["a"].requests], begun)

    def test_answered_before_the_body(self) -> None:
        proxied = self.proxied(replay_limit=1)
        proxied.script("a", respond(200, b"early").early())
        client = proxied.client(post(b"hello")[:-3])
        self.assertEqual(proxied.responses(client)[0].body, b"early")
        client.write(b"llo" + get())
        proxied.net.run()
        self.assertEqual([m.body for m in proxied.responses(client)], [b"early", b"ok"])
        self.assertEqual(len(proxied.nodes["a"].connections), 2, "the first one was not sent all of it")


class TunnelTests(ChannelCase):
    """Upgrades."""

    def test_only_after_101(self) -> None:
        proxied = self.proxied(upgrade=True)
        proxied.script("a", no_response(Wait(1), Send(SWITCH + b"hi"), HANG))
        client = proxied.client(ASK + b"early")
        node = proxied.nodes["a"].connections[0]
        self.assertFalse(node._reader.raw.endswith(b"early"))
        proxied.net.advance(1)
        self.assertTrue(client.received.endswith(b"\r\n\r\nhi"))
        self.assertTrue(node._reader.raw.endswith(b"early"))
        client.write(b"more")
        proxied.net.run()
        self.assertTrue(node._reader.raw.endswith(b"earlymore"))
        client.close()
        proxied.net.run()
        self.assertIsNotNone(node.reason)

    def test_end_of_the_node(self) -> None:
        proxied = self.proxied(upgrade=True)
        proxied.script("a", raw(SWITCH + b"bye") + CLOSE)
        client = proxied.client(ASK)
        self.assertTrue(client.received.endswith(b"bye"))
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_idle_tunnel(self) -> None:
        proxied = self.proxied(upgrade=True, idle_timeout=20)
        proxied.script("a", raw(SWITCH) + HANG)
        client = proxied.client(ASK)
        proxied.net.advance(19)
        client.write(b"x")
        proxied.net.advance(19)
        self.assertIsNone(client.how_it_ended)
        proxied.net.advance(2)
        self.assertIsNotNone(client.how_it_ended)

    def test_refused_upgrade(self) -> None:
        proxied = self.proxied(upgrade=True)
        proxied.script("a", respond(403, b"no"))
        client = proxied.client(ASK + get())
        self.assertEqual([m.status for m in proxied.responses(client)], [403, 200])

    def test_not_offered(self) -> None:
        for upgrade, request in (
            (False, ASK),
            (True, ASK.replace(b"websocket", b"h2c")),
            (True, post(b"x", b"Connection: Upgrade", b"Upgrade: websocket")),
        ):
            proxied = self.proxied(upgrade=upgrade)
            proxied.ask(request)
            self.assertIsNone(proxied.nodes["a"].requests[0].get(b"upgrade"))


class Greeting(Resource):
    """Any other resource."""

    isLeaf = True

    def render(self, request: Request) -> bytes:
        body = request.content.read() if request.content is not None else b""
        return b"hello " + request.uri + b" " + body


class HandOverTests(ChannelCase):
    """Leaves that do not forward."""

    def test_connection_goes_over_with_its_bytes(self) -> None:
        proxied = Proxied("a")
        root = Resource()
        root.putChild(b"hello", Greeting())
        root.putChild(b"api", ProxyResource(proxied.forwarder(), upstream_path=b"/v1"))
        site = proxied.serve(root)
        assert isinstance(site, ProxySite)
        client = proxied.client(get(b"/api/x?y") + post(b"body", target=b"/hello/1") + get(b"/hello/2"))
        answers = proxied.responses(client)
        self.assertEqual([m.body for m in answers], [b"ok", b"hello /hello/1 body", b"hello /hello/2 "])
        self.assertEqual(proxied.nodes["a"].requests[0].target, b"/v1/x?y")
        self.assertEqual(site.connections, set())
        client.write(get(b"/api/z"))
        proxied.net.run()
        self.assertEqual(proxied.responses(client)[-1].body, b"ok", "and stays there: the slow lane forwards")
        self.assertEqual(proxied.nodes["a"].requests[1].target, b"/v1/z")


class DrainTests(ChannelCase):
    """A stop that loses nothing."""

    def drain(self, limit: float = 0) -> Deferred[None]:
        assert isinstance(self.site, ProxySite)
        return self.site.drain(limit)

    def test_idle_ones_end_at_once(self) -> None:
        proxied = self.proxied()
        client = proxied.client(get())
        done = self.drain()
        proxied.net.run()
        self.successResultOf(done)
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_first_request_on_its_way(self) -> None:
        """A client that has just connected does not expect to have to ask twice."""
        proxied = self.proxied()
        clients = [proxied.client(b""), proxied.client(b"")]
        done = self.drain()
        proxied.net.advance(DRAIN_GRACE / 2)
        clients[0].write(get()[:9])
        proxied.net.advance(DRAIN_GRACE)
        self.assertEqual(clients[1].how_it_ended, "ConnectionDone")
        self.assertNoResult(done)
        clients[0].write(get()[9:])
        proxied.net.run()
        (message,) = proxied.responses(clients[0])
        self.assertEqual((message.status, message.get(b"connection")), (200, b"close"))
        self.successResultOf(done)

    def test_answer_in_flight(self) -> None:
        proxied = self.proxied()
        proxied.script("a", no_response(Wait(1), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")))
        client = proxied.client(get())
        done = self.drain()
        self.assertNoResult(done)
        proxied.net.advance(1)
        self.successResultOf(done)
        (message,) = proxied.responses(client)
        self.assertEqual((message.body, message.get(b"connection")), (b"ok", b"close"))

    def test_answer_that_is_still_being_taken(self) -> None:
        """Once its client has taken the last of it, the connection is as good as idle."""
        proxied = self.proxied()
        proxied.script("a", respond(200, b"x" * 131_050))
        client = proxied.client()
        client.pause()
        client.write(get())
        proxied.net.run()
        self.assertEqual(proxied.pool.members[0].in_flight, 0, "the node has done its part")
        done = self.drain()
        proxied.net.run()
        self.assertNoResult(done)
        client.resume()
        proxied.net.run()
        self.assertEqual([len(m.body) for m in proxied.responses(client)], [131_050])
        self.successResultOf(done)

    def test_cut(self) -> None:
        proxied = self.proxied()
        proxied.script("a", cut_body(1, 9, HANG))
        proxied.client(get())
        done = self.drain(2)
        proxied.net.advance(2)
        self.successResultOf(done)

    def test_nothing_to_drain(self) -> None:
        self.proxied()
        self.successResultOf(self.drain(2))


class VectorTests(ChannelCase):
    """Every request that has two readings."""

    def run_vector(self, vector: RequestVector) -> None:
        proxied = self.proxied()
        client = proxied.client(vector.raw)
        proxied.net.advance(60)
        node = proxied.nodes["a"]
        self.assertNotIn(b"/hidden", b" ".join(m.target for m in node.requests), vector.name)
        self.assertEqual(node.bad, [], vector.name)
        for message in node.requests:
            self.assertEqual(message.get(b"x-forwarded-for"), b"127.0.0.1", vector.name)
        status = int(client.received[9:12] or b"0")
        if vector.allowed is Allowed.SERVED:
            self.assertEqual(status, 200, vector.name)
        elif vector.allowed is Allowed.REFUSED:
            self.assertNotEqual(status, 200, vector.name)
            self.assertEqual([m for m in node.requests if m.complete], [], vector.name)
            self.assertIsNotNone(client.how_it_ended, vector.name)
        if status == 200:
            self.assertEqual(node.requests[0].body, vector.body, vector.name)

    def test_all(self) -> None:
        count = 0
        for family in FAMILIES.values():
            for vector in family:
                self.run_vector(vector)
                count += 1
        self.assertGreater(count, 200)
        self.assertIn(b"/hidden", HIDDEN)
