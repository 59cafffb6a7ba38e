"""Scripted upstreams do what the script says and keep what they saw."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, Message, Play, Recorder, ScriptedUpstream
from quorumha.testing.http.plays import (
    CLOSE,
    END,
    READ,
    RESET,
    STOP_READING,
    Moment,
    Send,
    Until,
    Wait,
    accept_then,
    bytes_of,
    cut_body,
    cut_chunks,
    deaf,
    drip,
    half_a_head,
    informational_first,
    no_response,
    raw,
    respond,
)

PLACE = "a:9101"
GET = b"GET /a%2Fb?c HTTP/1.1\r\nHost: c\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: c\r\n\r\n"
POST = b"POST /send HTTP/1.1\r\nHost: c\r\nContent-Length: 4\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Scripted(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()

    def play(self, *script: Play, then: Play | None = None) -> None:
        self.upstream = ScriptedUpstream(self.net.clock, *script, then=then)
        self.net.listen(PLACE, self.upstream)

    def ask(self, *written: bytes) -> Recorder:
        client = self.net.connect(PLACE)
        for data in written or (GET,):
            client.write(data)
            self.net.run()
        return client


class ResponseTests(Scripted):
    def test_one_play_a_request_and_then_the_same_for_ever(self) -> None:
        self.play(respond(404, b"none", [(b"Content-Type", b"text/plain")]), then=respond())
        client = self.ask(GET, GET, GET)
        missing = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnone"
        self.assertEqual(client.received, missing + OK + OK)
        self.assertIs(client.reason, None)

    def test_it_keeps_what_it_saw(self) -> None:
        self.play()
        self.ask(GET, POST + b"bo", b"dy")
        other = self.ask(POST)
        self.assertEqual(self.upstream.connections[0].raw, GET + POST + b"body")
        self.assertEqual([r.target for r in self.upstream.requests], [b"/a%2Fb?c", b"/send", b"/send"])
        self.assertEqual([r.body for r in self.upstream.whole_requests], [b"", b"body"])
        self.assertEqual(len(self.upstream.connections[1].requests), 1)
        other.close()
        self.net.run()
        self.assertEqual(self.upstream.live, [self.upstream.connections[0]])

    def test_waits_for_the_body_or_does_not(self) -> None:
        self.play(respond(), respond().early())
        client = self.ask(POST)
        self.assertEqual(client.received, b"")
        client.write(b"body")
        self.net.run()
        self.assertEqual(client.received, OK)
        client.write(POST)
        self.net.run()
        self.assertEqual(client.received, OK + OK)
        client.write(b"body" + GET)
        self.net.run()
        self.assertEqual(client.received, OK * 3)

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        self.play(drip(OK, 1, 100), respond(404, b""))
        client = self.ask(GET + GET)
        self.assertEqual(client.received, b"")
        self.net.advance(1)
        self.assertEqual(client.received, OK + b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def test_head_and_bodiless_statuses(self) -> None:
        self.play(respond(), respond(204), respond(304, length=b"9"))
        client = self.ask(HEAD, GET, GET)
        self.assertEqual(
            client.received,
            OK[:-2]
            + b"HTTP/1.1 204 No Content\r\n\r\n"
            + b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        )

    def test_chunked(self) -> None:
        self.play(respond(200, b"x" * 1001, chunked=True))
        self.assertTrue(self.ask().received.endswith(b"\r\n1\r\nx\r\n0\r\n\r\n"))

    def test_chosen_by_the_request(self) -> None:
        def by_path(request: Message) -> Play:
            return respond(200, request.target)

        self.upstream = ScriptedUpstream(self.net.clock, then=by_path)
        self.net.listen(PLACE, self.upstream)
        self.assertTrue(self.ask().received.endswith(b"/a%2Fb?c"))

    def test_unknown_status(self) -> None:
        self.play(respond(599, b""))
        self.assertTrue(self.ask().received.startswith(b"HTTP/1.1 599 Unknown\r\n"))

    def test_informational_first_and_two_answers(self) -> None:
        self.play(informational_first(100, 103), respond() + respond())
        client = self.ask(GET, GET)
        early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
        self.assertEqual(client.received, early + OK * 3)


class FaultTests(Scripted):
    def outcome(self, play: Play, *written: bytes) -> tuple[bytes, str | None]:
        self.play(play)
        client = self.ask(*written)
        return client.received, client.how_it_ended

    def test_accepts_then_closes(self) -> None:
        self.play(accept_then(CLOSE), accept_then(RESET))
        clients = [self.net.connect(PLACE) for _ in range(3)]
        self.net.run()
        ends = [client.how_it_ended for client in clients]
        self.assertEqual(ends, ["ConnectionDone", "ConnectionLost", None])

    def test_every_connection(self) -> None:
        self.play(then=accept_then(CLOSE))
        for _ in range(3):
            client = self.net.connect(PLACE)
            self.net.run()
            self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_hangs(self) -> None:
        self.play(no_response())
        client = self.ask(GET, GET)
        self.net.advance(3600)
        self.assertEqual((client.received, client.reason), (b"", None))
        self.assertEqual(len(self.upstream.requests), 2)

    def test_breaks_off_without_an_answer(self) -> None:
        self.assertEqual(self.outcome(no_response(RESET)), (b"", "ConnectionLost"))

    def test_half_a_head(self) -> None:
        received, end = self.outcome(half_a_head())
        self.assertTrue(received.startswith(b"HTTP/1.1 200 OK\r\n"))
        self.assertNotIn(b"\r\n\r\n", received)
        self.assertEqual(end, "ConnectionDone")

    def test_reset_inside_the_body_comes_after_its_beginning(self) -> None:
        received, end = self.outcome(cut_body(3, 9))
        self.assertEqual(received, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxxx")
        self.assertEqual(end, "ConnectionLost")

    def test_reset_when_nothing_is_left_to_send(self) -> None:
        self.play(respond(), no_response(RESET), respond() + Wait(1) + RESET)
        self.assertEqual(self.ask(GET, GET).how_it_ended, "ConnectionLost")
        client = self.ask()
        self.net.advance(1)
        self.assertEqual((client.received, client.how_it_ended), (OK, "ConnectionLost"))

    def test_cut_chunks(self) -> None:
        received, end = self.outcome(cut_chunks([b"one", b"two"]))
        self.assertTrue(received.endswith(b"3\r\none\r\n3\r\ntwo\r\n"))
        self.assertEqual(end, "ConnectionDone")

    def test_wrong_length_and_garbage(self) -> None:
        self.assertIn(b"Content-Length: 999\r\n\r\nok", self.outcome(respond(length=b"999"))[0])
        self.net = MemoryTopology()
        self.assertEqual(self.outcome(raw(b"\x16\x03\x01")), (b"\x16\x03\x01", None))

    def test_drips(self) -> None:
        self.play(drip(bytes_of(respond()), 2.0))
        client = self.ask()
        self.net.advance(10)
        self.assertEqual(client.received, OK[:5])
        self.net.advance(2.0 * len(OK))
        self.assertEqual(client.received, OK)

    def test_a_client_that_leaves_ends_the_play(self) -> None:
        self.play(drip(OK, 1))
        client = self.ask()
        client.close()
        self.net.run()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_reads_nothing(self) -> None:
        self.play(deaf())
        client = self.ask(POST + bytes(100_000))
        self.assertEqual(self.upstream.connections[0].raw, b"")
        self.assertGreater(client.wire.unsent, 0)

    def test_stops_reading_inside_a_body_and_goes_on(self) -> None:
        self.play(no_response(STOP_READING, Wait(5), READ).early() + respond())
        client = self.ask(POST, b"body")
        self.assertEqual(self.upstream.requests[0].body, b"")
        self.net.advance(5)
        self.assertEqual(self.upstream.requests[0].body, b"body")
        self.assertEqual(client.received, OK)

    def test_closes_after_an_answer_without_saying_so(self) -> None:
        self.assertEqual(self.outcome(respond() + CLOSE), (OK, "ConnectionDone"))
        self.net = MemoryTopology()
        self.assertEqual(self.outcome(respond() + END), (OK, "ConnectionDone"))

    def test_kept_connections_are_closed(self) -> None:
        self.play(respond(), respond(), no_response())
        clients = [self.ask(), self.ask(), self.ask(), self.ask(POST)]
        self.upstream.close_kept(reset=True)
        self.net.run()
        ends = [client.how_it_ended for client in clients]
        self.assertEqual(ends, ["ConnectionLost", "ConnectionLost", None, None])

    def test_bad_requests_are_kept_and_cut(self) -> None:
        self.play()
        client = self.ask(b"GET / HTTP/1.1\nHost: c\n\n\r\n\r\n")
        self.assertEqual(client.how_it_ended, "ConnectionDone")
        self.assertEqual(len(self.upstream.bad), 1)
        self.assertEqual(self.upstream.requests, [])


class WaitingTests(Scripted):
    """Plays that wait for something, and steps that are made as they are asked for."""

    def test_goes_on_when_woken(self) -> None:
        """Not before it holds, and then at once."""
        open_now: list[bool] = []
        self.play(no_response(Until(lambda: bool(open_now))) + respond())
        client = self.ask()
        self.upstream.wake()
        self.net.advance(60)
        self.assertEqual(client.received, b"")
        open_now.append(True)
        self.upstream.wake()
        self.net.run()
        self.assertEqual(client.received, OK)
        self.assertEqual(self.upstream.waiting, [])

    def test_goes_on_after_its_limit(self) -> None:
        self.play(no_response(Until(lambda: False, 2.0)) + respond())
        client = self.ask()
        self.net.advance(1.9)
        self.assertEqual(client.received, b"")
        self.net.advance(0.2)
        self.assertEqual(client.received, OK)

    def test_steps_are_made_when_they_are_due(self) -> None:
        """An iterator looks at what is then."""
        said = [b"early"]
        steps = (Send(said[-1]) if step else Wait(1.0) for step in range(2))
        self.play(Play(Moment.REQUEST, steps))
        client = self.ask()
        said.append(b"late")
        self.net.advance(1)
        self.assertEqual(client.received, b"late")

    def test_what_ends_takes_its_play_with_it(self) -> None:
        """Its client leaves, or the process ends."""
        self.play(then=no_response(Until(lambda: False, 5.0)) + respond())
        self.ask().abort()
        self.net.run()
        self.ask()
        self.net.kill(PLACE)
        self.net.run()
        self.assertEqual((self.upstream.waiting, self.net.clock.getDelayedCalls()), ([], []))

    def test_keeps_nothing_if_told_so(self) -> None:
        upstream = ScriptedUpstream(self.net.clock, keep=False)
        self.net.listen(PLACE, upstream)
        client = self.ask()
        self.assertEqual((client.received, upstream.requests), (OK, []))
        client.close()
        self.net.run()
        self.assertEqual(upstream.connections, [])
