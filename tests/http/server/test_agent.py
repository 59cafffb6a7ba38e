"""A treq client over a pool: the next member responds, and back-pressure goes both ways."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from treq.client import HTTPClient
from treq.content import content
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import FileBodyProducer, ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IBodyProducer, IResponse
from zope.interface import implementer
from zope.interface.verify import verifyObject

from quorumha.errors import DownstreamError, UpstreamError, UpstreamTimeout
from quorumha.http.server.agent import FailoverAgent
from quorumha.http.wire.headers import HeaderRules
from quorumha.testing.http.plays import RESET, Wait, cut_body, no_response, respond
from tests.http.server.proxied import Proxied, fast_limits

URL = "http://tessera.example/transaction/x?y=1"


class AgentCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.net = self.proxied.net
        rules = HeaderRules(forwarded="off")
        self.agent = FailoverAgent(self.proxied.forwarder(limits=fast_limits(), rules=rules))
        self.client = HTTPClient(self.agent)

    def reached(self) -> list[tuple[str, bytes]]:
        return [(name, r.body) for name in "ab" for r in self.proxied.nodes[name].requests]

    def result(self, waiting: Deferred[Any]) -> Any:
        self.net.run()
        return self.successResultOf(waiting)

    def body(self, response: Any) -> bytes:
        got: bytes = self.result(content(response))
        return got

    def tearDown(self) -> None:
        self.assertEqual([m.in_flight for m in self.proxied.pool.members], [0, 0])


class TreqTests(AgentCase):
    """What a client sees."""

    def test_interface(self) -> None:
        verifyObject(IAgent, self.agent)

    def test_next_member(self) -> None:
        """On a 404, on an error, and where the first is dead."""
        for play in (respond(404), no_response(RESET), None):
            self.setUp()
            if play is None:
                self.net.kill("a:1")
            else:
                self.proxied.script("a", play)
            self.proxied.script("b", respond(200, b"here"))
            response = self.result(self.client.get(URL))
            self.assertEqual((response.code, self.body(response)), (200, b"here"))
            (asked,) = self.proxied.nodes["b"].requests
            self.assertEqual((asked.method, asked.target), (b"GET", b"/transaction/x?y=1"))
            self.assertIn(b"Host: tessera.example", asked.head)
            self.assertEqual(response.request.absoluteURI, URL.encode())

    def test_limit(self) -> None:
        """Who is too slow is followed by the next one, too."""
        self.proxied.script("a", no_response())
        self.proxied.script("b", respond(200, b"here"))
        asking = self.client.get(URL)
        self.net.advance(fast_limits().first_byte + 0.1)
        self.assertEqual(self.body(self.result(asking)), b"here")

    def test_nobody(self) -> None:
        """The error is that of the request."""
        for name in "ab":
            self.net.kill(f"{name}:1")
        asking = self.client.get(URL)
        self.net.run()
        self.assertIn("refused", str(self.failureResultOf(asking, UpstreamError).value))

    def test_nobody_in_time(self) -> None:
        for name in "ab":
            self.proxied.script(name, no_response())
        asking = self.client.get(URL)
        self.net.advance(60)
        self.failureResultOf(asking, UpstreamTimeout)

    def test_body(self) -> None:
        """It goes to whoever is asked, with its length or in chunks."""
        for producer in (FileBodyProducer(BytesIO(b"payload"), cooperator=Now()), Unknown(b"payload")):
            self.setUp()
            self.proxied.script("a", respond(404))
            response = self.result(self.agent.request(b"POST", URL.encode(), None, producer))
            self.assertEqual(response.code, 200)
            self.assertEqual(self.reached(), [("a", b"payload"), ("b", b"payload")])
            self.body(response)

    def test_post(self) -> None:
        producer = FileBodyProducer(BytesIO(b"{}"), cooperator=Now())
        response = self.result(self.client.post(URL, data=producer, headers={"X-Mine": ["yes"]}))
        self.body(response)
        self.assertEqual(self.reached(), [("a", b"{}")])
        self.assertIn(b"X-Mine: yes", self.proxied.nodes["a"].requests[0].head)

    def test_no_body_where_none_is(self) -> None:
        """HEAD, and a body that was sent at once."""
        response = self.result(self.client.head(URL))
        self.assertEqual((response.code, self.body(response)), (200, b""))

    def test_not_a_request(self) -> None:
        """What has no clear reading is refused before anybody is asked."""
        for uri in (b"http://a b/x", b"http://[::1/x", b"http://a/\xff", b"/x", b""):
            asking = self.agent.request(b"GET", uri, Headers())
            self.failureResultOf(asking, DownstreamError)
        self.assertEqual(self.reached(), [])

    def test_cancelled(self) -> None:
        self.proxied.script("a", no_response())
        asking = self.client.get(URL)
        self.net.run()
        asking.cancel()
        self.net.run()
        self.failureResultOf(asking, CancelledError)
        self.assertEqual(self.proxied.nodes["a"].live, [])


class Now:
    """A cooperator that does all at once."""

    def cooperate(self, work: Any) -> Any:
        for _ in work:
            pass
        return self

    def whenDone(self) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        done.callback(None)
        return done

    def pause(self) -> None:
        pass

    resume = stop = pause


@implementer(IBodyProducer)
class Unknown:
    """A producer that the test lets write.

    @ivar log: what it was told.
    """

    def __init__(self, data: bytes = b"", length: object = UNKNOWN_LENGTH) -> None:
        self.length = length
        self.data = data
        self.log: list[str] = []
        self.write: Callable[[bytes], None]
        self.done: Deferred[None] = Deferred()

    def startProducing(self, consumer: Any) -> Deferred[None]:
        self.write = consumer.write
        if self.data:
            self.write(self.data)
            self.done.callback(None)
        return self.done

    def pauseProducing(self) -> None:
        self.log.append("pause")

    def resumeProducing(self) -> None:
        self.log.append("resume")

    def stopProducing(self) -> None:
        self.log.append("stop")


class Collected(Protocol):
    """Keeps a body; reads no more than it is let."""

    def __init__(self) -> None:
        self.data = b""
        self.reason: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # its default is never used
        self.reason = reason


class Brief(Collected):
    """Wants no more when it gets the beginning, perhaps, and counts how often it hears of the end."""

    def __init__(self, *, stops: bool) -> None:
        super().__init__()
        self.ends = 0
        self._stops = stops

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if self._stops and self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # as above
        self.ends += 1


class BodyTests(AgentCase):
    """Bodies, piece by piece."""

    def ask(self, body: Unknown | None = None) -> Deferred[IResponse]:
        return self.agent.request(b"POST" if body else b"GET", URL.encode(), None, body)

    def ask_with_a_large_body(self, body: Unknown) -> Any:
        """Ask with one that is not kept, and is answered in its midst."""
        agent = FailoverAgent(self.proxied.forwarder(limits=fast_limits(), replay_limit=1000))
        asking = agent.request(b"POST", URL.encode(), None, body)
        body.write(b"x" * 100_000)
        return self.result(asking)

    def test_waits_until_it_is_wanted(self) -> None:
        """Nothing of a large body is read meanwhile; nor while its protocol pauses."""
        large = b"x" * 3_000_000
        self.proxied.script("a", respond(200, large))
        response = self.result(self.ask())
        verifyObject(IResponse, response)
        got = Collected()
        self.assertEqual(response.length, len(large))
        response.deliverBody(got)
        self.net.run()
        assert got.transport is not None
        self.assertEqual(len(got.data), len(large))
        self.assertIsInstance(got.reason and got.reason.value, ResponseDone)
        self.assertRaises(RuntimeError, response.deliverBody, Collected())

    def test_paused(self) -> None:
        self.proxied.script("a", respond(200, b"x" * 3_000_000))
        response = self.result(self.ask())
        got = Collected()
        response.deliverBody(got)
        response.pauseProducing()
        before = len(got.data)
        self.net.run()
        self.assertEqual(len(got.data), before)
        response.resumeProducing()
        self.net.run()
        self.assertEqual(len(got.data), 3_000_000)

    def test_breaks_off(self) -> None:
        self.proxied.script("a", cut_body(3, 9))
        response = self.result(self.ask())
        got = Collected()
        response.deliverBody(got)
        self.net.run()
        self.assertEqual(len(got.data), 3)
        self.assertIsInstance(got.reason and got.reason.value, ResponseFailed)

    def test_nobody_wants_the_rest(self) -> None:
        self.proxied.script("a", cut_body(3, 9, Wait(100)))
        response = self.result(self.ask())
        got = Collected()
        response.deliverBody(got)
        response.stopProducing()
        self.net.run()
        self.assertIsInstance(got.reason and got.reason.value, ResponseFailed)
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_request_body_as_it_comes(self) -> None:
        """A producer whose body is answered early is told to stop."""
        body = Unknown()
        asking = self.ask(body)
        body.write(b"one ")
        body.write(b"two")
        body.done.callback(None)
        self.body(self.result(asking))
        self.assertEqual(self.reached(), [("a", b"one two")])
        self.assertEqual(body.log, [])

    def test_responded_before_the_body_is_there(self) -> None:
        """The producer is stopped where the response came first."""
        self.proxied.nodes["a"].close_kept()
        body = Unknown(length=20_000_000)
        asking = self.ask(body)
        for name in "ab":
            self.net.kill(f"{name}:1")
        for _ in range(12):
            body.write(b"x" * 1_000_000)
        self.net.run()
        self.failureResultOf(asking, UpstreamError)
        self.assertEqual(body.log[-1], "stop")

    def test_wrong_length(self) -> None:
        for length, pieces in ((3, [b"four"]), (9, [b"four"])):
            self.setUp()
            body = Unknown(length=length)
            asking = self.ask(body)
            for piece in pieces:
                body.write(piece)
            if not body.log:
                body.done.callback(None)
            self.failureResultOf(asking, DownstreamError)
            self.net.run()
            self.assertEqual(self.reached(), [])

    def test_producer_fails(self) -> None:
        body = Unknown(length=9)
        asking = self.ask(body)
        body.done.errback(ValueError("a bug"))
        self.failureResultOf(asking, ValueError)

    def test_producer_fails_behind_the_head(self) -> None:
        """The response has begun, and cannot end well: its protocol hears of it."""
        body = Unknown()
        self.proxied.script("a", cut_body(3, 9, Wait(100)).early())
        response = self.ask_with_a_large_body(body)
        got = Collected()
        response.deliverBody(got)
        body.done.errback(ValueError("a bug"))
        self.net.run()
        self.assertIsInstance(got.reason and got.reason.value, ResponseFailed)
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_producer_cannot_begin(self) -> None:
        class Broken(Unknown):
            def startProducing(self, consumer: Any) -> Deferred[None]:
                raise ValueError("a bug")

        self.failureResultOf(self.ask(Broken(length=9)), ValueError)

    def test_producer_goes_on_after_its_stop(self) -> None:
        """The response is there, and stays."""
        body = Unknown(length=90_000_000)
        self.proxied.script("a", respond(413, b"no").early())
        response = self.ask_with_a_large_body(body)
        got = Brief(stops=False)
        response.deliverBody(got)
        self.net.run()
        self.assertEqual(body.log[-1], "stop")
        body.write(b"x" * 90_000_000)
        body.done.callback(None)
        self.assertEqual((got.data, got.ends), (b"no", 1))

    def test_stops_at_what_was_there(self) -> None:
        """Its protocol wants no more when it gets the beginning: it hears the end once."""
        self.proxied.script("a", cut_body(3, 9, Wait(100)))
        response = self.result(self.ask())
        got = Brief(stops=True)
        response.deliverBody(got)
        self.net.run()
        self.assertEqual(got.ends, 1)
        self.assertEqual(self.proxied.nodes["a"].live, [])
