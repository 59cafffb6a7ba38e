"""The contract of both lanes: what an upstream may answer, and what the client is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quorumha.testing import Message
from quorumha.testing.http.message_reader import BadMessage
from quorumha.testing.http.plays import CLOSE, HANG, Moment, Play, Send, no_response, raw, respond
from tests.http.server.lanes import FastLane, SlowLane, request
from tests.vectors.answers_malformed import FAMILIES
from tests.vectors.model import Ending, ResponseVector

GET = request()


def _play(vector: ResponseVector) -> Play:
    steps = (Send(vector.raw), HANG) if vector.keep else (Send(vector.raw), CLOSE)
    return Play(Moment.REQUEST, steps)


class ResponseCases:
    """What is passed on, and what is not."""

    def _vector(self: FastLane, vector: ResponseVector) -> None:
        self.set_up(keepalive=0)
        self.net.kill("b:1")
        self.a.then = _play(vector)
        method = vector.method.encode()
        client = self.client(request(method))
        self.net.advance(5)
        ended = client.read_ended or client.how_it_ended == "ConnectionDone"
        try:
            answers = self.responses(client, method)
        except BadMessage:
            self.fail(f"{vector.name}: the client was sent what is not HTTP")
        if vector.ending is Ending.SERVED:
            (said,) = answers
            self.assertEqual((said.status, said.body), (vector.status, vector.body), vector.name)
            self.assertTrue(said.complete, vector.name)
        elif vector.ending is Ending.REFUSED:
            (said,) = answers
            self.assertIn(said.status, (502, 504), vector.name)
            self.assertNotIn(b"hello", said.body, vector.name)
        elif not answers:
            # A reset may overtake the answer's first bytes; it shows all the same.
            self.assertEqual(client.how_it_ended, "ConnectionLost", vector.name)
        elif answers and answers[0].status == 200:
            self.assertFalse(answers[0].complete, vector.name)
            self.assertTrue(ended or client.how_it_ended, f"{vector.name}: the client waits for ever")
        else:
            # An error of the proxy's own.
            self.assertEqual(vector.ending, Ending.NOT_WHOLE, vector.name)
            self.assertIn(answers[0].status, (502, 504), vector.name)
        self.assertNotIn(b"evil", client.received, vector.name)

    def _next_vector(self: FastLane, vector: ResponseVector) -> None:
        """Another upstream makes it good."""
        self.set_up()
        self.a.then = _play(vector)
        self.b.then = respond(200, b"good")
        method = vector.method.encode()
        client = self.client(request(method))
        self.net.advance(5)
        self.assertEqual(
            self.response(client, method).body, b"" if method == b"HEAD" else b"good", vector.name
        )

    def _family(self: Any, name: str) -> None:
        vectors = FAMILIES[name]
        self.assertGreater(len(vectors), 3)
        for vector in vectors:
            self._vector(vector)
            if vector.ending is Ending.REFUSED:
                self._next_vector(vector)

    def test_vectors_of_lengths(self: Any) -> None:
        self._family("length")

    def test_vectors_of_codings(self: Any) -> None:
        self._family("coding")

    def test_vectors_of_heads(self: Any) -> None:
        self._family("head")

    def test_vectors_of_bodies(self: Any) -> None:
        self._family("body")

    def test_vectors_that_are_served(self: Any) -> None:
        self._family("served")

    # Fields.

    def _fields(self: FastLane, *fields: tuple[bytes, bytes]) -> Message:
        self.a.then = respond(200, b"ok", fields)
        return self.ask(GET)

    def test_date_and_server_are_the_upstreams(self: Any) -> None:
        """Once each."""
        date = b"Tue, 01 Jul 2025 00:00:00 GMT"
        said = self._fields((b"Date", date), (b"Server", b"Jetty(9.4)"))
        self.assertEqual((said.get(b"date"), said.get(b"server")), (date, b"Jetty(9.4)"))

    def test_repeated_fields_stay_repeated(self: Any) -> None:
        said = self._fields((b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"X-A", b"1"), (b"X-A", b"1"))
        self.assertEqual(said.all(b"set-cookie"), [b"a=1", b"b=2"])
        self.assertEqual(said.all(b"x-a"), [b"1", b"1"])

    def test_fields_of_one_connection_stay_behind(self: Any) -> None:
        said = self._fields(
            (b"Connection", b"X-Hop, keep-alive"),
            (b"X-Hop", b"1"),
            (b"Keep-Alive", b"timeout=5"),
            (b"Proxy-Authenticate", b"Basic"),
            (b"Upgrade", b"h2c"),
            (b"TE", b"trailers"),
            (b"X-End", b"1"),
        )
        names = {name.lower() for name, _ in said.headers}
        self.assertEqual(
            names & {b"x-hop", b"keep-alive", b"proxy-authenticate", b"upgrade", b"te", b"x-end"}, {b"x-end"}
        )

    def test_type_is_not_made_up(self: Any) -> None:
        self.assertIsNone(self._fields().get(b"content-type"))

    def test_redirects_are_not_followed(self: Any) -> None:
        self.a.then = respond(302, b"", [(b"Location", b"http://elsewhere/")])
        self.assertEqual(self.ask(GET).get(b"location"), b"http://elsewhere/")

    # Old clients.

    def _old(self: FastLane, play: Play, *fields: bytes) -> tuple[Message, bool]:
        self.set_up()
        self.a.then = play
        client = self.client(request(b"GET", b"/x", *fields, version=b"1.0"))
        said = self.response(client)
        return said, client.read_ended

    def test_http_1_0(self: Any) -> None:
        for play in (respond(), respond(chunked=True), raw(b"HTTP/1.1 200 OK\r\n\r\nok") + CLOSE):
            said, ended = self._old(play)
            self.assertEqual((said.status, said.body, ended), (200, b"ok", True))
            self.assertIsNone(said.get(b"transfer-encoding"))

    def test_nothing_made_up_for_the_upstream(self: Any) -> None:
        """It is spoken to in HTTP/1.1, with a Host, whatever the client speaks."""
        client = self.client(b"GET /x HTTP/1.0\r\n\r\n")
        self.assertEqual(self.response(client).status, 200)
        (seen,) = self.a.requests
        self.assertTrue(seen.start_line.endswith(b"HTTP/1.1"))
        self.assertEqual(seen.get(b"host"), b"a:1")

    # Two requests on one connection.

    def test_many_on_one_connection(self: Any) -> None:
        """Each gets its own answer, in order, and one upstream connection does."""
        told: Callable[[Message], Play] = lambda seen: respond(200, seen.target)  # noqa: E731
        self.a.then = told
        client = self.client(*(request(target=b"/%d" % n) for n in range(5)))
        self.assertEqual([m.body for m in self.responses(client)], [b"/0", b"/1", b"/2", b"/3", b"/4"])
        self.assertEqual(len(self.a.connections), 1)

    def test_error_does_not_overtake(self: Any) -> None:
        self.a.script.append(no_response(HANG))
        client = self.client(request(target=b"/1") + b"GET /2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        self.assertEqual(client.received, b"")
        self.net.advance(2.1)
        self.assertEqual([m.status for m in self.responses(client)], [200, 400])


class FastLaneTests(ResponseCases, FastLane):
    """In the fast lane."""


class SlowLaneTests(ResponseCases, SlowLane):
    """Under twisted.web's own site."""
