"""Tests for L{quorumha.postgresql.pq_session}: names, and which of their addresses is tried."""

from __future__ import annotations

import errno
from typing import Any

from psycopg.pq import ConnStatus, PollingStatus
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import DNSLookupError
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.addresses import read_client
from quorumha.postgresql.pq_errors import PqError, PqLack, PqRefused
from quorumha.postgresql.pq_options import Login
from quorumha.postgresql.pq_session import LOOKED_UP_AGAIN, PqSession
from tests.postgresql.scripted_pg import LOGIN, ROW, ScriptedPg, ScriptedServer

REFUSED = 'connection to server at "x", port 1 failed: Connection refused'


def failing(error: str = REFUSED, steps: int = 0) -> ScriptedPg:
    """A session that fails after so many steps that went well."""
    return ScriptedPg([*LOGIN[:steps], (PollingStatus.FAILED, ConnStatus.BAD)], error)


class NamedCase(SynchronousTestCase):
    """A member C{db:5432}, whose addresses the test says."""

    def setUp(self) -> None:
        self.server = ScriptedServer()
        self.addCleanup(self.server.close)
        self.lookups: list[Deferred[list[str]]] = []
        self.session = PqSession(
            self.server.reactor,
            self.server.reactor,
            read_client("tcp:db:5432"),
            self.server.begin,
            lambda reactor, host: self.look_up,
        )
        self.addCleanup(self.session.close)

    def look_up(self) -> Deferred[list[str]]:
        self.lookups.append(Deferred())
        return self.lookups[-1]

    def log_in(self, *addresses: str) -> Deferred[None]:
        """Its name stands for these."""
        logging_in = Deferred.fromCoroutine(self.session.log_in(Login("q", "postgres")))
        if addresses:
            self.lookups[-1].callback(list(addresses))
        return logging_in

    def asked(self) -> Deferred[Any]:
        """The question is put."""
        return self.session.ask()

    def answered(self) -> None:
        """The last session answers it."""
        asking = self.asked()
        self.server.sessions[-1].answer(*ROW)
        self.server.turn()
        self.assertEqual(self.successResultOf(asking), ROW)

    @property
    def tried(self) -> list[str]:
        """The addresses, in order."""
        return [
            one.given.decode().partition("hostaddr='")[2].partition("'")[0] for one in self.server.sessions
        ]


class AddressesTests(NamedCase):
    """Which of them."""

    def test_first_that_takes_it(self) -> None:
        """The next one where the last one is not there."""
        self.server.next = [failing()]
        logging_in = self.log_in("10.0.0.1", "10.0.0.2", "10.0.0.3")
        self.server.turn()
        self.server.log_in()
        self.assertIsNone(self.successResultOf(logging_in))
        self.assertEqual(self.tried, ["10.0.0.1", "10.0.0.2"])
        self.assertTrue(self.session.kept)

    def test_none_takes_it(self) -> None:
        """What the last one said counts."""
        self.server.next = [failing(), failing("x failed: No route to host")]
        logging_in = self.log_in("10.0.0.1", "10.0.0.2")
        for _ in range(2):
            self.server.turn()
        self.assertIn("could not connect", str(self.failureResultOf(logging_in, PqError).value))
        self.assertFalse(self.session.kept)

    def test_server_refuses(self) -> None:
        """It has spoken: nobody else is tried."""
        self.server.next = [failing('x failed: FATAL:  role "q" does not exist', steps=2)]
        logging_in = self.log_in("10.0.0.1", "10.0.0.2")
        self.server.log_in()
        self.failureResultOf(logging_in, PqRefused)
        self.assertEqual(self.tried, ["10.0.0.1"])

    def test_silent_one_comes_last(self) -> None:
        """Who was silent until it was given up is not the first one the next time."""
        for first in ("10.0.0.1", "10.0.0.2", "10.0.0.1"):
            logging_in = self.log_in("10.0.0.1", "10.0.0.2")
            self.assertEqual(self.tried[-1], first)
            logging_in.cancel()
            self.failureResultOf(logging_in, CancelledError)

    def test_no_name(self) -> None:
        """It does not resolve; and what this process lacked is not its fault."""
        logging_in = self.log_in()
        self.lookups[-1].callback([])
        self.assertEqual(
            str(self.failureResultOf(logging_in, PqError).value), "could not connect (name does not resolve)"
        )
        logging_in = self.log_in()
        self.lookups[-1].errback(OSError(errno.EMFILE, ""))
        self.assertEqual(str(self.failureResultOf(logging_in, PqLack).value), "no file descriptors left")

    def test_silent_name_server(self) -> None:
        """One look-up is under way, however often it is given up."""
        for _ in range(5):
            logging_in = self.log_in()
            self.assertEqual(self.session.stage, "connection")
            logging_in.cancel()
            self.failureResultOf(logging_in, CancelledError)
        self.assertEqual(len(self.lookups), 1)

    def test_address_needs_none(self) -> None:
        """Nothing is looked up."""
        for endpoint, tried in (("tcp:10.0.0.9:1", "10.0.0.9"), ("unix:/run/.s.PGSQL.5432", "")):
            self.session = PqSession(
                self.server.reactor, self.server.reactor, read_client(endpoint), self.server.begin
            )
            self.log_in()
            self.assertEqual(self.tried[-1], tried)
            self.server.log_in()
            self.answered()
            self.assertEqual(self.session.address, "")
            self.session.close()


class LookedUpAgainTests(NamedCase):
    """A name leads to another machine one day."""

    def setUp(self) -> None:
        super().setUp()
        logging_in = self.log_in("10.0.0.1")
        self.server.log_in()
        self.successResultOf(logging_in)

    def test_now_and_then(self) -> None:
        """Nobody waits for that, nor for a name server that says nothing."""
        self.answered()
        self.assertEqual(len(self.lookups), 1)
        for _ in range(3):
            self.server.reactor.advance(LOOKED_UP_AGAIN)
            self.answered()
        self.assertEqual(len(self.lookups), 2)

    def test_same_machine(self) -> None:
        """The session goes on; also while it does not resolve."""
        self.server.reactor.advance(LOOKED_UP_AGAIN)
        self.answered()
        self.lookups[-1].callback(["10.0.0.2", "10.0.0.1"])
        self.server.reactor.advance(LOOKED_UP_AGAIN)
        self.answered()
        self.lookups[-1].errback(DNSLookupError())
        self.answered()
        self.assertEqual(self.tried, ["10.0.0.1"])

    def test_another_machine(self) -> None:
        """The session is ended, and a question that it was asked is not believed."""
        self.server.reactor.advance(LOOKED_UP_AGAIN)
        asking = self.asked()
        self.lookups[-1].callback(["10.0.0.2"])
        self.assertEqual(
            str(self.failureResultOf(asking, PqError).value), "its name leads to another machine now"
        )
        self.assertEqual((self.session.kept, self.session.address), (False, "10.0.0.1"))
        self.log_in("10.0.0.2")
        self.server.log_in()
        self.assertEqual((self.session.kept, self.session.address), (True, "10.0.0.2"))

    def test_closed_meanwhile(self) -> None:
        """What is found then comes to nothing."""
        self.server.reactor.advance(LOOKED_UP_AGAIN)
        asking = self.asked()
        self.session.close()
        self.lookups[-1].callback(["10.0.0.2"])
        self.assertNoResult(asking)
        self.assertTrue(self.server.sessions[0].finished)
