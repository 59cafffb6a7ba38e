"""One kept connection of a simulated client."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.internet.protocol import connectionDone
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.http.caller_connection import CallerConnection, CallFailed

GET = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"


class ConnectionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.living: list[CallerConnection] = []
        self.connection = CallerConnection(self.living)
        self.wire = StringTransport()
        self.connection.makeConnection(self.wire)

    def test_asked_and_answered(self) -> None:
        waiting = self.connection.ask(GET, b"GET")
        self.assertEqual((self.wire.value(), self.connection.idle), (GET, False))
        self.connection.dataReceived(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le")
        self.assertNoResult(waiting)
        self.connection.dataReceived(b"ngth: 1\r\n\r\nx")
        self.assertEqual(self.successResultOf(waiting).body, b"x")
        self.assertTrue(self.connection.idle)

    def test_an_answer_to_head_has_no_body(self) -> None:
        waiting = self.connection.ask(b"HEAD" + GET[3:], b"HEAD")
        self.connection.dataReceived(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(self.successResultOf(waiting).body, b"")

    def test_cancelled(self) -> None:
        waiting = self.connection.ask(GET, b"GET")
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertEqual((self.living, self.wire.disconnecting), ([], True))

    def test_ended_in_the_middle(self) -> None:
        waiting = self.connection.ask(GET, b"GET")
        self.connection.dataReceived(b"HTTP/1.1 2")
        self.connection.connectionLost(connectionDone)
        problem = self.failureResultOf(waiting, CallFailed).value
        assert isinstance(problem, CallFailed)
        self.assertEqual((problem.silent, problem.reused), (False, False))
        self.assertEqual(self.living, [])
