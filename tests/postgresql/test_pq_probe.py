"""Tests for L{quorumha.postgresql.pq_probe}; with a real server: L{tests.integration.test_pq_probe}."""

from __future__ import annotations

from psycopg.pq import ConnStatus, PollingStatus
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ClientTLS
from quorumha.health.verdicts import LATE, Verdict
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.check_config import PostgresCheckConfig
from quorumha.postgresql.pq_probe import PqProbe
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.testing import MemoryTopology
from tests.postgresql.group_fixture import ThreadClock
from tests.postgresql.scripted_pg import LOGIN, ROW, ScriptedPg, ScriptedServer

AT = 'connection to server at "10.0.0.1", port 5432 failed: '
WORD = RoleWord(True, 3, "7300000000000000001", synchronous=False)


class ThreadReactor(ThreadClock, MemoryReactorClock):
    """With sockets, and a thread that works when it is told to."""


class PqProbeCase(SynchronousTestCase):
    """Two members by their addresses; C{a} is asked."""

    def setUp(self) -> None:
        self.server = ScriptedServer()
        self.addCleanup(self.server.close)
        self.password = b"first"
        self.reads = 0
        self.pool = UpstreamPool(
            "databases",
            [
                Upstream(name, MemoryTopology().client_endpoint("x:1"), address=f"tcp:{address}:5432")
                for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2"))
            ],
        )
        self.a, self.b = self.pool.members
        self.probe = self.make(PostgresCheckConfig("q", "/password"))

    def make(self, settings: PostgresCheckConfig, tls: ClientTLS | None = None) -> PqProbe:
        """A probe that reads what the test says."""
        probe = PqProbe(self.server.reactor, 1.0, settings, tls, begin=self.server.begin, read=self.read)
        self.addCleanup(probe.stop)
        return probe

    def read(self, name: str) -> bytes:
        """The file's password."""
        self.reads += 1
        if not self.password:
            raise ValueError("it is empty")
        return self.password

    def asked(self) -> Deferred[Verdict]:
        """The question is put."""
        return self.probe.ask(self.a)

    def answered(self, *row: bytes | None) -> Verdict:
        """What it comes to, with this row; a primary's unless given."""
        asking = self.asked()
        session = self.server.log_in()
        session.answer(*(row or ROW))
        self.server.turn()
        return self.successResultOf(asking)

    def silent(self, asking: Deferred[Verdict]) -> Verdict:
        """What it comes to when nothing more happens."""
        for _ in range(4):
            self.server.reactor.advance(1 / 3)
            self.server.reactor.advance(0)
        return self.successResultOf(asking)


class WordTests(PqProbeCase):
    """What a member says."""

    def test_kept_session(self) -> None:
        """It logs in once; each word is as old as its question."""
        for seconds in (2.0, 3.0):
            self.server.reactor.advance(seconds - self.server.reactor.seconds())
            self.assertEqual(self.answered(), RoleVerdict(word=WORD, asked_at=seconds))
        self.assertEqual((len(self.server.sessions), self.reads), (1, 1))

    def test_asked_at_is_when_it_was_asked(self) -> None:
        """Not when it began to log in, and not when the response came."""
        asking = self.asked()
        self.server.reactor.advance(0.2)
        session = self.server.log_in()
        self.server.reactor.advance(0.1)
        session.answer(*ROW)
        self.server.turn()
        verdict = self.successResultOf(asking)
        assert isinstance(verdict, RoleVerdict)
        self.assertAlmostEqual(verdict.asked_at, 0.2)

    def test_standby_is_healthy(self) -> None:
        """As a primary is."""
        verdict = self.answered(b"t", b"on", ROW[2], b"3", b"f")
        self.assertEqual(verdict, RoleVerdict(word=RoleWord(False, 3, WORD.system, True, False)))

    def test_not_postgresql(self) -> None:
        """The session is not asked again."""
        self.assertEqual(
            self.answered(b"?", b"off", ROW[2], b"3", b"f"),
            RoleVerdict("what it answers is not PostgreSQL's"),
        )
        self.assertTrue(self.server.sessions[0].finished)

    def test_passed_on(self) -> None:
        """As any check that says roles: a pool without a writer does not mind."""
        verdict = RoleVerdict(word=WORD)
        self.assertIs(self.probe.in_pool(self.pool, self.a, verdict), verdict)


class LoginTests(PqProbeCase):
    """As whom."""

    def test_password_is_read_at_each_login(self) -> None:
        """So one that was changed is used, and no restart is needed."""
        self.answered()
        self.password = b"second"
        self.server.sessions[0].lost = "server closed the connection unexpectedly"
        self.server.turn()
        self.answered()
        self.assertIn(b"password='first'", self.server.sessions[0].given)
        self.assertIn(b"password='second'", self.server.sessions[1].given)

    def test_no_password(self) -> None:
        """No file is read, and the server may want none."""
        self.probe = self.make(PostgresCheckConfig("q"))
        self.answered()
        self.assertEqual(self.reads, 0)
        self.assertIn(b"password=''", self.server.sessions[0].given)

    def test_file_cannot_be_used(self) -> None:
        """That is our own lack, and held against no member."""
        self.password = b""
        asking = self.asked()
        self.assertEqual(
            self.successResultOf(asking), Verdict(lack="password_file cannot be used: it is empty")
        )

    def test_file_system_that_hangs(self) -> None:
        """It takes one thread, whoever logs in and however often; and that is our own lack, too."""
        self.server.reactor = reactor = ThreadReactor()
        self.probe = self.make(PostgresCheckConfig("q", "/password"))
        hangs = Verdict(lack="password_file cannot be used: it is not read within 1 s")
        for _ in range(2):
            asking = self.asked(), self.probe.ask(self.b)
            self.assertEqual(self.silent(asking[0]), hangs)
            self.assertEqual(self.successResultOf(asking[1]), hangs)
        self.assertEqual((len(reactor.waiting), self.server.sessions), (1, []))
        asking = self.asked(), self.probe.ask(self.b)
        reactor.work()
        self.assertEqual((self.reads, len(self.server.sessions)), (1, 2))
        for one in self.server.sessions:
            self.assertIn(b"password='first'", one.given)
        self.assertIn("no connection within 1 s", str(self.silent(asking[0]).fault))

    def test_pools_tls(self) -> None:
        """It is spoken with the database."""
        self.probe = self.make(PostgresCheckConfig("q"), ClientTLS(name="db.example"))
        self.answered()
        self.assertIn(b"host='db.example'", self.server.sessions[0].given)
        self.assertIn(b"sslmode='verify-full'", self.server.sessions[0].given)

    def test_refused(self) -> None:
        """A server that has no room, starts, or does not know us: its fault, in its words."""
        for words in (
            'password authentication failed for user "q"',
            'too many connections for role "q"',
            "the database system is starting up",
        ):
            failed = (PollingStatus.FAILED, ConnStatus.BAD)
            self.server.next = [ScriptedPg([*LOGIN[:2], failed], f"{AT}FATAL:  {words}\n")]
            asking = self.asked()
            self.server.log_in()
            self.assertEqual(self.successResultOf(asking), RoleVerdict(f"no login: {words}"))


class StaleTests(PqProbeCase):
    """A session that was kept has ended."""

    def test_asked_again(self) -> None:
        """By a new one, once: the server may have been started anew."""
        self.answered()
        asking = self.asked()
        self.server.sessions[0].lost = "server closed the connection unexpectedly"
        self.server.turn()
        self.server.log_in().answer(*ROW)
        self.server.turn()
        self.assertEqual(self.successResultOf(asking), RoleVerdict(word=WORD))

    def test_gone(self) -> None:
        """And nobody takes the new one."""
        self.answered()
        asking = self.asked()
        self.server.next = [ScriptedPg([(PollingStatus.FAILED, ConnStatus.BAD)], f"{AT}Connection refused")]
        self.server.sessions[0].lost = "server closed the connection unexpectedly"
        for _ in range(2):
            self.server.turn()
        self.assertEqual(self.successResultOf(asking), RoleVerdict("could not connect (refused)"))

    def test_own_words(self) -> None:
        """What the server says of the question it would say again: the session stays."""
        self.answered()
        asking = self.asked()
        self.server.sessions[0].answer(error="ERROR:  canceling statement")
        self.server.turn()
        self.assertEqual(
            self.successResultOf(asking), RoleVerdict("its role is not known: canceling statement")
        )
        self.assertEqual(self.answered(), RoleVerdict(word=WORD))
        self.assertEqual(len(self.server.sessions), 1)


class SilentTests(PqProbeCase):
    """No response in time; what was waited for is named."""

    def test_in_each_phase(self) -> None:
        """And the session is over: a response that comes yet would be taken for that to another question."""
        for steps, stage, reached in (
            (0, "connection", False),
            (1, "login", True),
            (3, "login", True),
            (4, "answer", True),
        ):
            self.setUp()
            asking = self.asked()
            for _ in range(steps):
                self.server.turn()
            self.assertEqual(
                self.silent(asking), Verdict(f"no {stage} within 1 s", silent=True, reached=reached)
            )
            self.assertTrue(self.server.sessions[0].finished)
            self.assertEqual(self.server.watched, (0, 0))

    def test_not_scheduled(self) -> None:
        """This process did not run meanwhile: that is no verdict."""
        asking = self.asked()
        self.server.reactor.advance(2.0)
        for _ in range(3):
            self.server.reactor.advance(1 / 3)
            self.server.reactor.advance(0)
        self.assertIs(self.successResultOf(asking), LATE)

    def test_new_session_after_it(self) -> None:
        """The next question logs in."""
        self.answered()
        self.silent(self.asked())
        self.assertEqual(self.answered().fault, None)
        self.assertEqual(len(self.server.sessions), 2)


class EndTests(PqProbeCase):
    """Nothing is left of it."""

    def test_given_up_in_each_phase(self) -> None:
        """No limit, no socket, no session."""
        for steps in range(len(LOGIN) + 1):
            self.setUp()
            asking = self.asked()
            for _ in range(steps):
                self.server.turn()
            asking.cancel()
            self.failureResultOf(asking, CancelledError)
            self.assertTrue(self.server.sessions[0].finished)
            self.assertEqual(self.server.watched, (0, 0))
            self.assertEqual(self.server.reactor.getDelayedCalls(), [])

    def test_forgotten(self) -> None:
        """One member, and others are not touched."""
        for member in (self.a, self.b):
            asking = self.probe.ask(member)
            self.server.log_in().answer(*ROW)
            self.server.turn()
            self.successResultOf(asking)
        self.probe.forget(self.a)
        self.probe.forget(self.a)
        self.assertEqual([one.finished for one in self.server.sessions], [True, False])
        self.probe.stop()
        self.assertEqual([one.finished for one in self.server.sessions], [True, True])

    def test_bug(self) -> None:
        """It is told, and ends the session."""
        self.probe = PqProbe(self.server.reactor, 1.0, PostgresCheckConfig("q", "/x"), read=lambda _: 1 // 0)  # type: ignore[arg-type,return-value]
        self.failureResultOf(self.asked(), ZeroDivisionError)
        self.assertEqual(self.server.reactor.getDelayedCalls(), [])
