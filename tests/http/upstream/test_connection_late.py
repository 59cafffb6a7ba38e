"""Bytes that come although the connection was paused or is being left, as TLS hands them over."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.http.stage import Stage, User

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OPEN_ENDED = b"HTTP/1.1 200 OK\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"


class LateTests(SynchronousTestCase):
    """What the transport had read already."""

    def paused(self, head: bytes, first: bytes) -> User:
        """An answer begins, and the client does not keep up."""
        self.stage = Stage()
        user = self.stage.ask(between=3)
        self.stage.say(head + first)
        self.stage.connection.pause()
        return user

    def test_paused_does_not_time_out(self) -> None:
        """Bytes that come late do not start the limit between bytes."""
        for head, first, late in (
            (LENGTH, b"h", b"e"),
            (CHUNKED, b"2\r\nhe", b"\r\n3"),
            (OPEN_ENDED, b"h", b"e"),
        ):
            user = self.paused(head, first)
            self.stage.connection.dataReceived(late)
            self.stage.net.advance(100)
            self.assertIsNone(user.outcome, head)
            self.stage.connection.resume()
            self.stage.net.advance(3)
            self.assertIsNotNone(user.outcome, "the limit holds again")

    def test_end_of_the_answer_while_paused(self) -> None:
        """The connection may be used again, so it is read again."""
        for head, first, late in (
            (LENGTH, b"h", b"ello"),
            (CHUNKED, b"2\r\nhe", b"\r\n3\r\nllo\r\n0\r\n\r\n"),
        ):
            user = self.paused(head, first)
            self.stage.connection.dataReceived(late)
            self.assertEqual((user.body, user.ended), (b"hello", True))
            self.assertTrue(self.stage.connection.reusable)
            again = self.stage.ask()
            self.stage.say(LENGTH + b"again")
            self.assertEqual((again.body, again.ended), (b"again", True))

    def test_leaving_sends_what_waits(self) -> None:
        """The other side goes on talking, and what waits for it is sent nevertheless."""
        self.stage = Stage()
        self.stage.ask(upgrade=True)
        self.stage.say(SWITCH)
        self.stage.node.pause()
        self.stage.connection.writer.write(b"x" * 500_000)
        self.stage.connection.leave()
        self.stage.connection.dataReceived(b"late")
        self.stage.node.resume()
        self.stage.net.run()
        self.assertEqual(len(self.stage.node.received), 500_003)
        self.assertEqual(self.stage.node.how_it_ended or self.stage.node.read_ended, True)

    def test_leaving_has_a_limit(self) -> None:
        """Who never reads what waits does not keep the connection."""
        self.stage = Stage()
        self.stage.ask(upgrade=True)
        self.stage.say(SWITCH)
        self.stage.node.pause()
        self.stage.connection.writer.write(b"x" * 500_000)
        self.stage.connection.leave()
        self.stage.net.advance(60)
        self.assertEqual(self.stage.lost, [self.stage.connection])

    def test_after_an_abort(self) -> None:
        """Nobody is told."""
        self.stage = Stage()
        user = self.stage.ask()
        self.stage.connection.abort()
        self.stage.connection.dataReceived(LENGTH + b"hello")
        self.stage.net.run()
        self.assertEqual((user.heads, user.outcome, self.stage.lost), ([], None, [self.stage.connection]))
