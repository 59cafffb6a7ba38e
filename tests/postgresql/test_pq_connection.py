"""Tests for L{quorumha.postgresql.pq_connection}; with a real server: L{tests.integration.test_pq_probe}."""

from __future__ import annotations

import os

from psycopg.pq import ConnStatus, PollingStatus
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.pq_connection import PqConnection, Row
from quorumha.postgresql.pq_errors import PqError, PqLack, PqRefused
from tests.postgresql.scripted_pg import LOGIN, ROW, ScriptedPg, ScriptedServer

AT = 'connection to server at "10.0.0.1", port 5432 failed: '


class PqConnectionCase(SynchronousTestCase):
    """One session."""

    def setUp(self) -> None:
        self.server = ScriptedServer()
        self.addCleanup(self.server.close)
        self.connection = PqConnection(self.server.reactor, b"hunter2", self.server.begin)
        self.addCleanup(self.connection.close)

    def connect(self, session: ScriptedPg | None = None) -> Deferred[None]:
        """Begin to connect."""
        if session is not None:
            self.server.next.append(session)
        return self.connection.connect(b"host=h")

    def logged_in(self) -> ScriptedPg:
        """A session that can be asked."""
        connecting = self.connect()
        session = self.server.log_in()
        self.assertIsNone(self.successResultOf(connecting))
        return session

    def asked(self) -> Deferred[Row]:
        """The question is sent."""
        return self.connection.ask(b"SELECT")

    def assert_over(self, session: ScriptedPg) -> None:
        """It is finished, and nothing of it is watched or open."""
        self.assertTrue(self.connection.closed and session.finished)
        self.assertEqual((self.server.watched, self.connection.fileno()), ((0, 0), -1))


class ConnectingTests(PqConnectionCase):
    """L{PqConnection.connect}."""

    def test_watched_as_libpq_says(self) -> None:
        """To write at first, then as each step says; logged in it is read, for its end may come."""
        connecting = self.connect()
        seen = [self.server.watched]
        for _ in LOGIN:
            self.server.turn()
            seen.append(self.server.watched)
        self.assertEqual(seen, [(0, 1), (0, 1), (1, 0), (1, 0), (1, 0)])
        self.assertIsNone(self.successResultOf(connecting))
        self.assertEqual(self.server.sessions[0].nonblocking, 1)

    def test_stages(self) -> None:
        """What it says of how far it came."""
        connecting = self.connect()
        seen = []
        for _ in LOGIN:
            seen.append((self.connection.reached, self.connection.logging_in, self.connection.ready))
            self.server.turn()
        self.assertEqual(
            seen, [(False, False, False), (True, False, False), (True, True, False), (True, True, False)]
        )
        self.assertTrue(self.connection.ready)
        self.successResultOf(connecting)

    def test_socket_changes(self) -> None:
        """What is watched is a copy, which stays open when libpq closes its own, and is replaced then."""
        self.connect()
        session = self.server.sessions[0]
        for _ in LOGIN[:-1]:
            before = self.connection.fileno()
            self.assertNotEqual(before, session.socket)
            session.change_socket()
            os.fstat(before)
            self.server.turn()
            self.assertEqual(os.fstat(self.connection.fileno()).st_ino, os.fstat(session.socket).st_ino)

    def test_refused(self) -> None:
        """By the network: another address may be better."""
        refused = f"{AT}Connection refused\n\tIs the server running on that host?"
        connecting = self.connect(ScriptedPg([(PollingStatus.FAILED, ConnStatus.BAD)], refused))
        self.server.turn()
        error = self.failureResultOf(connecting, PqError).value
        self.assertEqual((str(error), type(error)), ("could not connect (refused)", PqError))
        self.assert_over(self.server.sessions[0])

    def test_no_login(self) -> None:
        """By the server itself; no password is shown."""
        fatal = f'{AT}FATAL:  password authentication failed for user "hunter2"'
        polls = [*LOGIN[:2], (PollingStatus.FAILED, ConnStatus.BAD)]
        connecting = self.connect(ScriptedPg(polls, fatal))
        self.server.log_in()
        error = self.failureResultOf(connecting, PqRefused).value
        self.assertEqual(str(error), 'no login: password authentication failed for user "***"')

    def test_never_begun(self) -> None:
        """libpq refuses what it is told."""
        connecting = self.connect(ScriptedPg(status=ConnStatus.BAD, error="invalid port number"))
        self.assertEqual(
            str(self.failureResultOf(connecting, PqError).value), "could not connect (invalid port number)"
        )

    def test_lack(self) -> None:
        """This process has no descriptor left: that says nothing of the member."""
        text = f"{AT}could not create socket: {os.strerror(24)}"
        connecting = self.connect(ScriptedPg([(PollingStatus.FAILED, ConnStatus.BAD)], text))
        self.server.turn()
        self.assertEqual(str(self.failureResultOf(connecting, PqLack).value), "no file descriptors left")

    def test_given_up_at_each_step(self) -> None:
        """Nothing is left of it, and nobody is told anything but that."""
        for steps in range(len(LOGIN)):
            self.setUp()
            connecting = self.connect()
            for _ in range(steps):
                self.server.turn()
            connecting.cancel()
            self.failureResultOf(connecting, CancelledError)
            self.assert_over(self.server.sessions[0])

    def test_end_seen_first(self) -> None:
        """The reactor sees a hang-up while libpq still writes: that is asked why."""
        connecting = self.connect(
            ScriptedPg([(PollingStatus.FAILED, ConnStatus.BAD)], f"{AT}Connection refused")
        )
        self.connection.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(str(self.failureResultOf(connecting, PqError).value), "could not connect (refused)")
        # And nothing more comes of it.
        self.connection.connectionLost(Failure(ConnectionLost()))


class AskingTests(PqConnectionCase):
    """L{PqConnection.ask}."""

    def test_one_row(self) -> None:
        """It arrives piece by piece, and the next question is put after it."""
        session = self.logged_in()
        for _ in range(2):
            asking = self.asked()
            self.server.turn()
            self.assertNoResult(asking)
            session.answer(*ROW)
            self.server.turn()
            self.assertEqual(self.successResultOf(asking), ROW)
        self.assertEqual(session.sent, [b"SELECT"] * 2)
        self.assertTrue(self.connection.ready)

    def test_sent_in_pieces(self) -> None:
        """It waits to write for as long as libpq has something left."""
        session = self.logged_in()
        session.unsent = 3
        asking = self.asked()
        seen = []
        for _ in range(3):
            seen.append(self.server.watched)
            self.server.turn()
        self.assertEqual(seen, [(1, 1), (1, 1), (1, 0)])
        self.assertNoResult(asking)

    def test_refused(self) -> None:
        """The server says why; the session lives."""
        session = self.logged_in()
        asking = self.asked()
        session.answer(error="ERROR:  permission denied for function pg_control_system\n")
        self.server.turn()
        self.assertEqual(
            str(self.failureResultOf(asking, PqRefused).value),
            "its role is not known: permission denied for function pg_control_system",
        )
        self.assertTrue(self.connection.ready)

    def test_no_row(self) -> None:
        """Whatever that is, it is no response."""
        session = self.logged_in()
        asking = self.asked()
        session.answer()
        self.server.turn()
        self.assertEqual(str(self.failureResultOf(asking, PqRefused).value), "its role is not known: no row")

    def test_lost(self) -> None:
        """Before it was sent, and after; while nothing is asked, too."""
        for asked_before in (True, False):
            self.setUp()
            session = self.logged_in()
            asking = self.asked() if asked_before else None
            session.lost = "server closed the connection unexpectedly\n\tThis probably means"
            if asking is None:
                asking = self.asked()
            else:
                self.server.turn()
            self.assertEqual(
                str(self.failureResultOf(asking, PqError).value),
                "broke off (server closed the connection unexpectedly)",
            )
            self.assert_over(session)
        self.setUp()
        session = self.logged_in()
        session.lost = "server closed the connection unexpectedly"
        self.server.turn()
        self.assert_over(session)

    def test_ended_by_the_server(self) -> None:
        """In its last words: the next session may have more luck."""
        session = self.logged_in()
        asking = self.asked()
        session.answer(error="FATAL:  terminating connection due to administrator command")
        session.status = ConnStatus.BAD
        self.server.turn()
        error = self.failureResultOf(asking, PqError).value
        self.assertEqual(type(error), PqError)
        self.assertIn("terminating connection due to administrator command", str(error))
        self.assert_over(session)

    def test_lost_without_a_word(self) -> None:
        """The reactor sees the end, and libpq has nothing to say of it."""
        session = self.logged_in()
        asking = self.asked()
        self.connection.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(str(self.failureResultOf(asking, PqError).value), "the connection was lost")
        self.assert_over(session)

    def test_given_up(self) -> None:
        """What would come yet could not be told from the response to another question."""
        session = self.logged_in()
        asking = self.asked()
        asking.cancel()
        self.failureResultOf(asking, CancelledError)
        self.assert_over(session)

    def test_dropped(self) -> None:
        """Who waits is told why."""
        session = self.logged_in()
        asking = self.asked()
        self.connection.drop("its name leads to another machine now")
        self.assertIn("another machine", str(self.failureResultOf(asking, PqError).value))
        self.assert_over(session)
