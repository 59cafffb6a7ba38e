"""One connection to an upstream."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.connection import RESPONSE_HEAD_LIMIT, UpstreamConnection
from quorumha.http.wire.messages import ResponseHead
from quorumha.net.transport import SocketTransport
from quorumha.net.writer import Writer
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Broken, Outcome, Phase, TimedOut, Upstream
from tests.http.stage import Stage, User
from tests.net.turns import Listener, Turns, pair, read_all
from tests.vectors.answers_malformed import FAMILIES
from tests.vectors.model import Ending

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class ResponseTests(SynchronousTestCase):
    """What the user is told."""

    def setUp(self) -> None:
        self.stage = Stage()

    def whole(self, user: User, body: bytes, reusable: bool = True) -> None:
        self.assertEqual((user.body, user.ended, user.outcome), (body, True, None))
        self.assertEqual(self.stage.connection.reusable, reusable)

    def broken(self, user: User) -> None:
        self.assertIsInstance(user.outcome, Broken)
        self.assertFalse(user.ended)
        self.stage.net.run()
        self.assertFalse(self.stage.connection.reusable)

    def test_at_once(self) -> None:
        user = self.stage.ask()
        self.stage.say(OK + b"hello")
        self.whole(user, b"hello")
        self.assertEqual(len(user.heads), 1)

    @given(st.sampled_from([OK + b"hello", CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"]), st.data())
    def test_pieces_do_not_matter(self, raw: bytes, data: st.DataObject) -> None:
        self.stage = Stage()
        user = self.stage.ask()
        cuts = sorted(data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=6)))
        self.stage.say(*(raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)))
        self.whole(user, b"hello")

    def test_next_request(self) -> None:
        for _ in range(3):
            user = self.stage.ask()
            self.stage.say(OK + b"hello")
            self.whole(user, b"hello")

    def test_interim(self) -> None:
        user = self.stage.ask()
        self.stage.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" + OK, b"hello")
        self.whole(user, b"hello")
        self.assertEqual([head.status for head in user.heads], [200])

    def test_interim_without_end(self) -> None:
        user = self.stage.ask()
        interim = b"HTTP/1.1 100 Continue\r\n\r\n"
        self.stage.say(*[interim * 1000] * (RESPONSE_HEAD_LIMIT // len(interim) // 1000 + 1))
        self.broken(user)

    def test_surplus(self) -> None:
        for raw in (OK + b"helloHTTP", CHUNKED + b"5\r\nhello\r\n0\r\n\r\nHTTP"):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(raw)
            self.whole(user, b"hello", reusable=False)

    def test_surplus_in_a_later_piece(self) -> None:
        for head, pieces in ((OK, (b"he", b"lloHTTP")), (CHUNKED, (b"5\r\nhel", b"lo\r\n0\r\n\r\nHTTP"))):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(head, *pieces)
            self.whole(user, b"hello", reusable=False)

    def test_answered(self) -> None:
        """One byte is enough to tell that the connection was not stale."""
        for _ in range(2):
            self.stage.ask()
            self.assertFalse(self.stage.connection.responded)
            self.stage.say(b"H")
            self.assertTrue(self.stage.connection.responded)
            self.stage.say(OK[1:] + b"hello")

    def test_no_beginning_of_an_answer(self) -> None:
        """First bytes that begin none tell nothing of the request: they were on their way before."""
        for pieces in (
            (b"\r\n",),
            (b"0\r\n\r\n",),
            (b"evil",),
            (b"H", b"ello"),
            (b"HTTP/", b"2.0 200 OK\r\n\r\n"),
        ):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(*pieces)
            self.broken(user)
            self.assertFalse(self.stage.connection.responded, pieces)
        for pieces in ((b"HTTP/1.1 2000 OK\r\n\r\n",), (b"HTTP/1.1 100 Go\r\n\r\n", b"evil")):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(*pieces)
            self.broken(user)
            self.assertTrue(self.stage.connection.responded, pieces)

    def test_bad_from_the_first_bytes(self) -> None:
        """What can never become an answer is not waited for."""
        for raw in (b"I", b"HTTP/2", b"\x15\x03", b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200 OK\r\nA\0"):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(raw)
            self.broken(user)

    def test_same_head_after_another_method(self) -> None:
        """A head that is remembered from a GET has no body after a HEAD, and the other way round."""
        for method in (b"GET", b"HEAD", b"GET", b"HEAD", b"HEAD", b"GET"):
            user = self.stage.ask(method)
            body = b"" if method == b"HEAD" else b"hello"
            self.stage.say(OK + body)
            self.whole(user, body)

    def test_bytes_while_idle(self) -> None:
        self.stage.say(b"HTTP/1.1 200 OK\r\n")
        self.assertEqual(self.stage.lost, [self.stage.connection])
        self.assertFalse(self.stage.connection.reusable)

    def test_without_body(self) -> None:
        for method, line in ((b"HEAD", b"200 OK"), (b"GET", b"204 No"), (b"GET", b"304 Same")):
            self.stage = Stage()
            user = self.stage.ask(method)
            self.stage.say(b"HTTP/1.1 %b\r\nContent-Length: 5\r\n\r\n" % line)
            # A 204 has no length (RFC 9110 section 8.6): its node may send a body all the same.
            self.whole(user, b"", reusable=b"204" not in line)

    def test_no_content_that_may_come_all_the_same(self) -> None:
        """Responses that have none, but say how it comes, pass; their connection is not used again."""
        coding, length, none = (
            b"Transfer-Encoding: chunked\r\n",
            b"Content-Length: 5\r\n",
            b"Content-Length: 0\r\n",
        )
        for status, field, after, reusable in (
            (b"204", coding, b"", False),
            (b"204", length, b"", False),
            (b"204", none, b"", True),
            (b"204", b"", b"", True),
            (b"304", coding, b"", False),
            (b"304", length, b"", True),
            (b"205", coding, b"0\r\n\r\n", False),
            (b"205", length, b"hello", False),
            (b"205", none, b"", True),
        ):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(b"HTTP/1.1 %b Status\r\n%b\r\n" % (status, field) + after)
            self.whole(user, after if after == b"hello" else b"", reusable=reusable)

    def test_interim_with_a_length(self) -> None:
        """An interim response that states a length is skipped; what was meant by it may still come."""
        for field, reusable in (
            (b"Content-Length: 5\r\n", False),
            (b"Content-Length: 0\r\n", True),
            (b"", True),
        ):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(b"HTTP/1.1 103 Early\r\n%b\r\n" % field + OK + b"hello")
            self.whole(user, b"hello", reusable=reusable)
            if reusable:
                again = self.stage.ask()
                self.stage.say(OK + b"hello")
                self.whole(again, b"hello")

    def test_until_the_end(self) -> None:
        user = self.stage.ask()
        self.stage.say(b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo")
        self.assertFalse(user.ended)
        self.stage.node.close()
        self.stage.net.run()
        self.whole(user, b"hello", reusable=False)

    def test_until_a_reset(self) -> None:
        user = self.stage.ask()
        self.stage.say(b"HTTP/1.1 200 OK\r\n\r\nhel")
        self.stage.node.abort()
        self.stage.net.run()
        self.broken(user)

    def test_cut(self) -> None:
        for raw in (b"", b"HTTP/1.1 2", OK + b"hel", CHUNKED + b"5\r\nhel", CHUNKED + b"0\r\n"):
            self.stage = Stage()
            user = self.stage.ask()
            self.stage.say(raw)
            self.stage.node.close()
            self.stage.net.run()
            self.broken(user)

    def test_said_to_close(self) -> None:
        user = self.stage.ask()
        self.stage.say(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"hello")
        self.whole(user, b"hello", reusable=False)

    def test_head_too_large(self) -> None:
        user = self.stage.ask()
        self.stage.say(b"HTTP/1.1 200 OK\r\nX: " + b"x" * RESPONSE_HEAD_LIMIT)
        self.broken(user)

    def test_switch(self) -> None:
        switch = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        user = self.stage.ask()
        self.stage.say(switch)
        self.broken(user)
        for other in (switch.replace(b"websocket", b"h2c"), switch.replace(b"Upgrade: websocket\r\n", b"")):
            self.stage = Stage()
            user = self.stage.ask(upgrade=True)
            self.stage.say(other)
            self.broken(user)
        self.stage = Stage()
        user = self.stage.ask(upgrade=True)
        self.stage.say(switch + b"one", b"two")
        self.assertEqual((user.heads[0].status, user.body), (101, b"onetwo"))
        self.stage.node.close()
        self.stage.net.run()
        self.assertTrue(user.ended)

    def test_vectors(self) -> None:
        """Every malformed answer: nothing of it is taken for whole."""
        for family in FAMILIES.values():
            for vector in family:
                self.stage = Stage()
                user = self.stage.ask(vector.method.encode())
                self.stage.say(vector.raw)
                if not vector.keep:
                    self.stage.node.close()
                self.stage.net.advance(60)
                if vector.ending is Ending.SERVED:
                    self.assertTrue(user.ended, vector.name)
                    self.assertEqual((user.body, user.heads[-1].status), (vector.body, vector.status))
                else:
                    self.assertFalse(user.ended, vector.name)
                if vector.ending is Ending.REFUSED:
                    self.assertEqual(user.heads, [], vector.name)


class LimitTests(SynchronousTestCase):
    """Waiting, pausing, leaving."""

    def setUp(self) -> None:
        self.stage = Stage()

    def test_phase(self) -> None:
        user = self.stage.ask()
        self.stage.connection.limit.wait(Phase.FIRST_BYTE, 2)
        self.stage.net.advance(1.9)
        self.assertIsNone(user.outcome)
        self.stage.net.advance(0.2)
        self.assertEqual(user.outcome, TimedOut(Phase.FIRST_BYTE))
        self.assertEqual(self.stage.net.connections("a:1"), [])

    def test_a_head_that_drips(self) -> None:
        """One limit from its first byte to its last, also where the first byte has none, or more is sent."""
        for phase, seconds, expected in (
            (Phase.FIRST_BYTE, 2.0, 2),
            (Phase.FIRST_BYTE, 0.0, 4),
            (Phase.SEND, 0.0, 4),
        ):
            self.stage = Stage()
            user = self.stage.ask(between=3)
            self.stage.connection.limit.wait(phase, seconds)
            said = 0
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100:
                if user.outcome is not None:
                    break
                self.stage.net.advance(1)
                self.stage.say(bytes([byte]))
                said += 1
            self.assertEqual((user.outcome, said), (TimedOut(Phase.FIRST_BYTE), expected))

    def test_interim_answers_put_nothing_off(self) -> None:
        user = self.stage.ask(between=3)
        self.stage.connection.limit.wait(Phase.FIRST_BYTE, 2)
        for _ in range(5):
            self.stage.say(b"HTTP/1.1 102 Wait\r\n\r\n", b"HTTP/1.1 1")
            self.stage.say(b"02 Wait\r\n\r\n")
            self.stage.net.advance(0.5)
        self.assertEqual(user.outcome, TimedOut(Phase.FIRST_BYTE))

    def test_interim_answers_without_a_limit(self) -> None:
        """A node that says that it is at work may take as long as it likes where nothing else was said."""
        user = self.stage.ask(between=3)
        self.stage.say(b"HTTP/1.1 102 Wait\r\n\r\nHTTP")
        self.stage.say(b"/1.1 102 Wait\r\n\r\n")
        self.stage.net.advance(1000)
        self.stage.say(OK + b"hello")
        self.assertEqual((user.body, user.ended), (b"hello", True))

    def test_between(self) -> None:
        user = self.stage.ask(between=3)
        self.stage.say(OK + b"h")
        for byte in (b"e", b"l"):
            self.stage.net.advance(2.9)
            self.stage.say(byte)
        self.stage.net.advance(3)
        self.assertEqual(user.outcome, TimedOut(Phase.BETWEEN_BYTES))

    def test_paused_does_not_time_out(self) -> None:
        user = self.stage.ask(between=3)
        self.stage.say(OK + b"h")
        self.stage.connection.pause()
        self.stage.say(b"ello")
        self.stage.net.advance(100)
        self.assertEqual((user.body, user.outcome), (b"h", None))
        self.stage.connection.resume()
        self.stage.net.run()
        self.assertTrue(user.ended)

    def test_pause_without_a_user(self) -> None:
        """The last piece of an answer may fill the client; the next request must still be read."""
        self.stage.connection.pause()
        user = self.stage.ask()
        self.stage.say(OK + b"hello")
        self.assertTrue(user.ended)

    def test_rest(self) -> None:
        self.stage.connection.limit.rest(Phase.BETWEEN_BYTES, 20)
        self.stage.net.advance(20)
        self.assertEqual(self.stage.lost, [self.stage.connection])

    def test_abort_says_nothing(self) -> None:
        user = self.stage.ask()
        self.stage.connection.abort()
        self.stage.net.run()
        self.assertIsNone(user.outcome)

    def test_leave_sends_what_waits(self) -> None:
        user = self.stage.ask()
        self.stage.node.pause()
        self.stage.connection.writer.write(b"x" * 500_000)
        self.stage.connection.leave()
        self.stage.node.resume()
        self.stage.net.run()
        self.assertEqual(len(self.stage.node.received), 500_003)
        self.assertIsNone(user.outcome)

    def test_leave_ends(self) -> None:
        """Who takes nothing more is not waited for: the client whose bytes these are is gone."""
        self.stage.ask()
        self.stage.node.pause()
        self.stage.connection.writer.write(b"x" * 500_000)
        self.stage.connection.leave()
        self.stage.net.run()
        self.stage.net.advance(5.1)
        self.stage.node.resume()
        self.stage.net.run()
        self.assertLess(len(self.stage.node.received), 500_003)

    def test_drained(self) -> None:
        user = self.stage.ask()
        self.stage.node.pause()
        self.stage.connection.writer.write(b"x" * 500_000)
        self.stage.net.run()
        self.assertTrue(self.stage.connection.writer.queued)
        self.stage.node.resume()
        self.stage.net.run()
        self.assertEqual(user.drained, 1)


class Reader:
    """One client that is sent an answer, and what it got."""

    def __init__(self, case: PouredTests, pours: bool) -> None:
        self.case = case
        self.pours = pours
        self.told = 0
        self.got = b""
        self.ended = False
        self.transport, self.far = pair(case.reactor, Listener(), tcp=True)
        self.writer = Writer(self.transport, case.connection.resume)

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self.writer.write(data)
        self.told += len(data)
        if self.pours:
            self.case.connection.splice_into(self.writer)

    def upstream_data(self, data: bytes) -> None:
        self.told += len(data)
        self.writer.write(data)
        if self.writer.queued:
            self.case.connection.pause()

    def upstream_end(self) -> None:
        self.ended = True

    def upstream_failed(self, outcome: Outcome) -> None:
        raise AssertionError(outcome)

    def upstream_drained(self) -> None:
        pass


class PouredTests(SynchronousTestCase):
    """Large answers between plain sockets go by."""

    SIZE = 6_000_000

    def setUp(self) -> None:
        self.reactor = Turns()
        member = UpstreamPool("p", [Upstream("a", None)]).members[0]  # type: ignore[arg-type]  # not dialled
        self.connection = UpstreamConnection(member, self.reactor, lambda it: None)
        self.transport, self.node = pair(self.reactor, self.connection, tcp=True)
        self.addCleanup(self.end, self.transport)
        self.addCleanup(self.node.close)

    def end(self, transport: SocketTransport) -> None:
        transport.abortConnection()
        self.reactor.advance(0)

    def answer(self, sign: bytes, pours: bool = True, between: float = 0.0, step: float = 0.0) -> Reader:
        """The reader of an answer that is all C{sign}, once that came to its end."""
        reader = Reader(self, pours)
        self.addCleanup(self.end, reader.transport)
        self.addCleanup(reader.far.close)
        self.connection.begin(reader, b"GET", between)
        left = memoryview(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.SIZE + sign * self.SIZE)
        for _ in range(10_000):
            if reader.ended and len(reader.got) >= self.SIZE:
                break
            with contextlib.suppress(BlockingIOError):
                left = left[self.node.send(left) :]
            self.reactor.turn()
            self.reactor.advance(step)
            reader.got += read_all(reader.far)
        self.assertEqual(reader.got, sign * self.SIZE)
        self.assertTrue(self.connection.reusable)
        return reader

    def test_goes_by(self) -> None:
        self.assertLess(self.answer(b"a").told, self.SIZE)

    def test_to_its_own_client_alone(self) -> None:
        """The next answers on the connection go to others, whether they go by or not."""
        first = self.answer(b"a")
        self.assertEqual(self.answer(b"b", pours=False).told, self.SIZE)
        self.assertLess(self.answer(b"c").told, self.SIZE)
        self.assertEqual(read_all(first.far), b"")

    def test_between(self) -> None:
        """What goes by is something read, too: the limit runs anew."""
        begun = self.reactor.seconds()
        self.answer(b"a", between=1.0, step=0.2)
        self.assertGreater(self.reactor.seconds() - begun, 2.0)
