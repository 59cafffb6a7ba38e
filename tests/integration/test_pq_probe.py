"""Real PostgreSQL servers are asked for their role, by the real libpq on the real reactor.

In each phase of a session the server hangs, closes, or is gone; each ends as it should, and leaves nothing.
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import trustme
from twisted.internet import reactor as _reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SkipTest, TestCase

from quorumha.config.model import ClientTLS
from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.check_config import PostgresCheckConfig
from quorumha.postgresql.pq_probe import PqProbe
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.testing import MemoryTopology
from tests.integration.database import why_no_database
from tests.integration.database_pair import PROBE, PROBE_PASSWORD, DatabasePair, shared_pair

reactor: Any = _reactor
#: Seconds that a question may take where the server says nothing.
SHORT = 0.3


def member(port: int, host: str = "127.0.0.1") -> Member:
    """One that is asked there."""
    endpoint = MemoryTopology().client_endpoint("x:1")
    return Member(Upstream("db", endpoint, address=f"tcp:{host}:{port}"))


class ProbeCase(TestCase):
    """Questions by the real libpq."""

    timeout = 60

    def probe(self, timeout: float = 30.0, tls: ClientTLS | None = None, **settings: Any) -> PqProbe:
        """One that is stopped at the end."""
        probe = PqProbe(reactor, timeout, PostgresCheckConfig(**settings), tls)
        self.addCleanup(probe.stop)
        return probe

    def word(self, verdict: Verdict) -> RoleWord:
        """The word of a member that is healthy."""
        assert isinstance(verdict, RoleVerdict), verdict
        self.assertIsNone(verdict.fault)
        assert verdict.word is not None
        return verdict.word


class DatabaseCase(ProbeCase):
    """A real pair."""

    pair: DatabasePair

    def setUp(self) -> None:
        if reason := why_no_database():
            raise SkipTest(reason)
        self.pair = shared_pair()
        self.password = Path(self.mktemp())
        self.password.write_text(f"{PROBE_PASSWORD}\n")
        self.password.chmod(0o600)

    def usual(self, timeout: float = 30.0) -> PqProbe:
        """As the how-to has it: a role that may log in, and nothing else."""
        return self.probe(timeout, user=PROBE, password_file=str(self.password))


class RoleTests(DatabaseCase):
    """What a database says."""

    async def test_both(self) -> None:
        """One is primary, the other one its standby; they are copies of one database."""
        probe = self.usual()
        primary = self.word(await probe.ask(member(self.pair.primary.port)))
        standby = self.word(await probe.ask(member(self.pair.standby.port)))
        self.assertEqual(
            (primary.primary, primary.read_only, primary.timeline),
            (True, False, self.pair.primary.timeline),
        )
        self.assertEqual((standby.primary, standby.read_only), (False, True))
        self.assertLessEqual(standby.timeline, primary.timeline)
        self.assertEqual(standby.system, primary.system)
        ((system,),) = self.pair.primary.ask("SELECT system_identifier FROM pg_control_system()")
        self.assertEqual(int(primary.system), system % 2**64)

    async def test_promoted(self) -> None:
        """Its first word as a primary has the new timeline; its session is the one it had."""
        probe, standby = self.usual(), member(self.pair.standby.port)
        before = self.word(await probe.ask(standby))
        ours = self.pair.standby.ask("SELECT pid FROM pg_stat_activity WHERE usename = %s", PROBE)
        self.pair.promote()
        after = self.word(await probe.ask(standby))
        self.assertEqual((before.primary, after.primary), (False, True))
        self.assertGreater(after.timeline, before.timeline)
        self.assertEqual(
            self.pair.primary.ask("SELECT pid FROM pg_stat_activity WHERE usename = %s", PROBE), ours
        )

    async def test_synchronous(self) -> None:
        """Whether it waits for its standby before it acknowledges."""
        probe, primary = self.usual(), member(self.pair.primary.port)
        self.assertIs(self.word(await probe.ask(primary)).synchronous, False)
        self.pair.synchronous()
        self.assertIs(self.word(await probe.ask(primary)).synchronous, True)

    async def test_by_name(self) -> None:
        """It is looked up, whichever address takes the session is taken, and the word says which one."""
        word = self.word(await self.usual().ask(member(self.pair.primary.port, "localhost")))
        self.assertEqual((word.primary, word.address), (True, "127.0.0.1"))

    async def test_nothing_of_the_user(self) -> None:
        """What psql would take from variables is not taken."""
        wrong = {"PGSERVICE": "nowhere", "PGTZ": "nowhere", "PGHOST": "nowhere", "PGOPTIONS": "-c x.y=z"}
        before = dict(os.environ)
        os.environ.update(wrong)

        def restore() -> None:
            for name in wrong:
                os.environ.pop(name)
            os.environ.update(before)

        self.addCleanup(restore)
        self.assertTrue(self.word(await self.usual().ask(member(self.pair.primary.port))).primary)


class RefusedTests(DatabaseCase):
    """Why there is no word, in the server's words."""

    async def fault(self, probe: PqProbe, port: int | None = None) -> str | None:
        """Of the primary, unless another port is given."""
        return (await probe.ask(member(port or self.pair.primary.port))).fault

    async def test_no_such_role(self) -> None:
        """And one without a password."""
        self.assertEqual(
            await self.fault(self.probe(user="nobody")), 'no login: role "nobody" does not exist'
        )
        self.assertEqual(
            await self.fault(self.probe(user=PROBE)), "no login: fe_sendauth: no password supplied"
        )

    async def test_password_is_changed(self) -> None:
        """What the file has at the next login is used; neither of them is shown."""
        self.password.write_text("wrong")
        probe = self.usual()
        self.assertEqual(
            await self.fault(probe), f'no login: password authentication failed for user "{PROBE}"'
        )
        self.password.write_text(PROBE_PASSWORD)
        self.assertIsNone(await self.fault(probe))

    async def test_no_room(self) -> None:
        """A session that is there goes on; another one is refused."""
        kept, where = self.usual(), member(self.pair.primary.port)
        self.word(await kept.ask(where))
        self.pair.primary.ask(f"ALTER ROLE {PROBE} CONNECTION LIMIT 1")
        self.addCleanup(self.pair.primary.ask, f"ALTER ROLE {PROBE} CONNECTION LIMIT 8")
        self.assertEqual(await self.fault(self.usual()), f'no login: too many connections for role "{PROBE}"')
        self.word(await kept.ask(where))

    async def test_killed_and_started(self) -> None:
        """By the same probe."""
        probe, where = self.usual(), member(self.pair.standby.port)
        self.word(await probe.ask(where))
        self.pair.standby.kill()
        self.assertEqual((await probe.ask(where)).fault, "could not connect (refused)")
        self.pair.standby.start()
        self.assertFalse(self.word(await probe.ask(where)).primary)

    async def test_session_is_ended(self) -> None:
        """By an administrator: the next question is put by another one."""
        probe, where = self.usual(), member(self.pair.primary.port)
        self.word(await probe.ask(where))
        self.pair.primary.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", PROBE
        )
        self.assertTrue(self.word(await probe.ask(where)).primary)


class SilentTests(DatabaseCase):
    """It hangs, or its network does."""

    async def test_hangs_at_each_phase(self) -> None:
        """Its kernel takes connections still, and a session that is there gets no answer."""
        known, unknown = self.usual(SHORT), self.usual(SHORT)
        where = member(self.pair.primary.port)
        # However long the first login takes here.
        for _ in range(20):
            if (await known.ask(where)).fault is None:
                break
        with self.pair.primary.hung():
            self.assertEqual(
                [await known.ask(where), await unknown.ask(where), await known.ask(where)],
                [
                    Verdict(f"no answer within {SHORT:g} s", silent=True),
                    Verdict(f"no login within {SHORT:g} s", silent=True),
                    Verdict(f"no login within {SHORT:g} s", silent=True),
                ],
            )
        self.assertTrue(self.word(await self.usual().ask(where)).primary)

    async def test_cut_off(self) -> None:
        """Nobody takes the connection."""
        where = member(self.pair.primary.link.port)
        self.pair.primary.link.cut()
        self.addCleanup(self.pair.primary.link.mend)
        self.assertEqual(
            await self.usual(SHORT).ask(where),
            Verdict(f"no connection within {SHORT:g} s", silent=True, reached=False),
        )


class _Silent(Protocol):
    """Takes what it is sent, says something to each, and closes after so many."""

    factory: Talker

    def dataReceived(self, data: bytes) -> None:
        self.factory.received.append(data)
        says = self.factory.says
        if says:
            self.transport.write(says.pop(0))
        if not says:
            self.factory.last(self.transport)


class Talker(Factory):
    """A server that is no PostgreSQL, but speaks as one until it does what C{last} does."""

    protocol = _Silent
    noisy = False

    def __init__(self, says: list[bytes], last: Callable[[Any], object]) -> None:
        self.says = says
        self.last = last
        self.received: list[bytes] = []


#: No TLS here; C{AuthenticationOk} and C{ReadyForQuery} (PostgreSQL's documentation, "Message Formats").
NO_TLS, WELCOME = b"N", b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I"
#: It wants the password as it is.
IN_THE_CLEAR = b"R\0\0\0\x08\0\0\0\x03"


def _tell(said: Deferred[None], transport: object) -> None:
    if not said.called:
        said.callback(None)


class EndedTests(ProbeCase):
    """A server that ends a session in each of its phases, or says what is no PostgreSQL's."""

    async def asked(self, says: list[bytes], last: Callable[[Any], object], **settings: Any) -> Verdict:
        """What a question to it comes to."""
        self.talker = Talker(says, last)
        port = reactor.listenTCP(0, self.talker, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return await self.probe(**settings).ask(member(port.getHost().port))

    async def test_closed(self) -> None:
        """At its first byte, at the login, at the question; and reset."""
        for close in (lambda transport: transport.loseConnection(), lambda t: t.abortConnection()):
            for said in ([], [NO_TLS, b""], [NO_TLS, WELCOME, b""]):
                verdict = await self.asked(list(said), close)
                self.assertIsInstance(verdict, RoleVerdict)
                self.assertRegex(verdict.fault or "", r"^(could not connect|no login|broke off)")

    async def test_other_program(self) -> None:
        """It answers in another tongue."""
        for said in (
            [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
            [NO_TLS, b"\0" * 100],
            [NO_TLS, WELCOME, b"E\0\0\0\x04"],
        ):
            verdict = await self.asked(list(said), lambda transport: transport.loseConnection())
            self.assertIsNotNone(verdict.fault)

    async def test_password_in_the_clear(self) -> None:
        """Nobody whose certificate is not checked gets it so."""
        password = Path(self.mktemp())
        password.write_text("hunter2")
        password.chmod(0o600)
        verdict = await self.asked(
            [NO_TLS, IN_THE_CLEAR], lambda transport: None, password_file=str(password)
        )
        self.assertIn("no login", verdict.fault or "")
        self.assertNotIn(b"hunter2", b"".join(self.talker.received))

    async def test_tls_that_is_not_there(self) -> None:
        """Where the pool has C{tls}, nothing is said to who does not speak it."""
        ca = Path(self.mktemp())
        trustme.CA().cert_pem.write_to_path(str(ca))
        verdict = await self.asked([NO_TLS], lambda transport: None, tls=ClientTLS(ca=str(ca)))
        self.assertEqual(
            verdict.fault, "could not connect (server does not support SSL, but SSL was required)"
        )
        self.assertEqual(len(self.talker.received), 1)

    async def test_no_descriptors(self) -> None:
        """This process has none left, for libpq or for the reactor: that is no fault of the member's."""
        self.talker = Talker([], lambda transport: None)
        port = reactor.listenTCP(0, self.talker, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        probe, where = self.probe(), member(port.getHost().port)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for left in (0, 1):
            held: list[int] = []
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
            try:
                with contextlib.suppress(OSError):
                    while True:
                        held.append(os.dup(0))
                for _ in range(left):
                    os.close(held.pop())
                asking = probe.ask(where)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                for one in held:
                    os.close(one)
            self.assertEqual(await asking, Verdict(lack="no file descriptors left"))

    async def test_given_up_in_each_phase(self) -> None:
        """Nothing is watched, and no descriptor is open."""
        before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
        for said in ([], [NO_TLS], [NO_TLS, WELCOME]):
            sent: Deferred[None] = Deferred()
            talker = Talker([*said, b""], partial(_tell, sent))
            port = reactor.listenTCP(0, talker, interface="127.0.0.1")
            probe = self.probe()
            asking = probe.ask(member(port.getHost().port))
            await sent
            asking.cancel()
            await self.assertFailure(asking, CancelledError)
            await port.stopListening()
        if before:
            self.assertLessEqual(len(os.listdir("/proc/self/fd")), before + 4)


class TLSTests(DatabaseCase):
    """A server with a certificate."""

    def setUp(self) -> None:
        super().setUp()
        self.ca = trustme.CA()
        self.trusted = Path(self.mktemp())
        self.ca.cert_pem.write_to_path(str(self.trusted))
        primary = self.pair.primary
        primary.encrypt(self.ca.issue_cert("db.example"))
        self.addCleanup(primary.set, "ssl", "off")
        primary.wait_until("pg_read_file('postmaster.pid') <> ''")

    def asked(self, tls: ClientTLS | None) -> Deferred[Verdict]:
        """The primary, and whether its certificate is for whom it is thought to be."""
        probe = self.probe(tls=tls, user=PROBE, password_file=str(self.password))
        return probe.ask(member(self.pair.primary.port))

    async def test_checked(self) -> None:
        """For the name that is given, by the authority that is."""
        verdict = await self.asked(ClientTLS(ca=str(self.trusted), name="db.example"))
        self.assertTrue(self.word(verdict).primary)
        ((encrypted,),) = self.pair.primary.ask(
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = %s", PROBE
        )
        self.assertTrue(encrypted)

    async def test_another_name_or_authority(self) -> None:
        """No password is sent to such a one."""
        other = Path(self.mktemp())
        trustme.CA().cert_pem.write_to_path(str(other))
        for tls in (ClientTLS(ca=str(self.trusted)), ClientTLS(ca=str(other), name="db.example")):
            fault = (await self.asked(tls)).fault or ""
            self.assertTrue(fault.startswith("could not connect ("), fault)
            self.assertIn("certif", fault)

    async def test_unasked(self) -> None:
        """Without C{tls} it is encrypted where the server likes that."""
        self.assertTrue(self.word(await self.asked(None)).primary)
