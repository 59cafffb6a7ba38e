"""Tests for L{quorumha.postgresql.patroni_probe}; with a real Patroni: L{tests.integration.test_patroni}."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.check_kinds import PATRONI_PLACE
from quorumha.postgresql.patroni_probe import PatroniProbe, patroni_verdict
from quorumha.postgresql.pools_writer import PoolsWriter
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.testing.http.plays import CLOSE, Play, no_response, respond
from tests.http.server.proxied import Proxied

SYSTEM = "7300000000000000001"


def said(**changed: object) -> bytes:
    """What a Patroni 3.0 says of a primary, with changes; None: it lacks that."""
    body: dict[str, object] = {
        "state": "running",
        "postmaster_start_time": "2026-11-30 12:00:00.000000+00:00",
        "role": "master",
        "server_version": 150014,
        "xlog": {"location": 67396280},
        "timeline": 3,
        "dcs_last_seen": 1796000000,
        "database_system_identifier": SYSTEM,
        "patroni": {"version": "3.0.2", "scope": "tessera"},
        **changed,
    }
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode("utf-8")


def standbys(*states: str) -> list[dict[str, object]]:
    """Those that receive the log of the primary."""
    return [{"application_name": "b", "state": "streaming", "sync_state": one} for one in states]


class VerdictTests(SynchronousTestCase):
    """What follows from one response."""

    def word(self, status: int, **changed: object) -> RoleWord:
        """The word of a healthy member."""
        verdict = patroni_verdict(status, said(**changed))
        self.assertIsNone(verdict.fault)
        assert verdict.word is not None
        return verdict.word

    def test_primary(self) -> None:
        """By its old name, and by the one that it has since Patroni 4."""
        for role in ("master", "primary"):
            self.assertEqual(self.word(200, role=role), RoleWord(True, 3, SYSTEM))

    def test_standby(self) -> None:
        """It is as healthy as a primary."""
        self.assertEqual(self.word(503, role="replica"), RoleWord(False, 3, SYSTEM))
        self.assertEqual(self.word(503, role="standby_leader"), RoleWord(False, 3, SYSTEM))
        self.assertEqual(self.word(503, role="replica", timeline=None), RoleWord(False, 0, SYSTEM))

    def test_without_the_lock(self) -> None:
        """A database that takes writes, and must not any more: it is no primary."""
        self.assertFalse(self.word(503, role="master").primary)

    def test_begins(self) -> None:
        """It was started anew beside a primary, and does not know yet who has the lock: it says nothing."""
        self.assertEqual(patroni_verdict(503, said(dcs_last_seen=0)), RoleVerdict())
        self.assertFalse(self.word(503, role="replica", dcs_last_seen=0).primary)
        self.assertTrue(self.word(200, dcs_last_seen=0).primary)
        self.assertFalse(self.word(503, dcs_last_seen=None).primary)

    def test_role_that_is_not_known(self) -> None:
        """It is no word: that of before counts for as long as it may."""
        for status in (200, 503):
            for role in ("uninitialized", None):
                verdict = patroni_verdict(status, said(role=role))
                self.assertEqual(verdict, RoleVerdict(f"its Patroni says no role: {role or 'nothing'}"))
        self.assertFalse(self.word(503, role="demoted").primary)

    def test_not_promoted_yet(self) -> None:
        """It has the lock, and is in recovery still."""
        self.assertFalse(self.word(200, role="replica").primary)

    def test_synchronous(self) -> None:
        """As its standbys are; nothing is known where there is none."""
        for states, expected in (
            (("async", "sync"), True),
            (("quorum",), True),
            (("async", "potential"), False),
            ((), None),
        ):
            self.assertEqual(self.word(200, replication=standbys(*states)).synchronous, expected)
        self.assertIsNone(self.word(503, role="replica", replication=standbys("sync")).synchronous)

    def test_not_running(self) -> None:
        """Whatever its last role was."""
        for state in ("starting", "stopped", "start failed", "unknown"):
            verdict = patroni_verdict(503, said(state=state, timeline=None, xlog=None))
            self.assertEqual(verdict, RoleVerdict(f"its Patroni says that the database is {state}"))
        self.assertIsNone(patroni_verdict(200, said(state="stopped")).word)
        (shown,) = {patroni_verdict(503, said(state="\x1b[2J" * 99)).fault}
        self.assertEqual(shown, "its Patroni says that the database is " + ("?[2J" * 10))

    def test_no_patroni(self) -> None:
        """Another program, or one that refuses."""
        for status, body, fault in (
            (401, said(), "its Patroni answers 401"),
            (404, b"", "its Patroni answers 404"),
            (200, b"<html>", "what its Patroni answers is not Patroni's"),
            (200, b'{"state": 1}', "what its Patroni answers is not Patroni's"),
            (503, b"\xff", "what its Patroni answers is not Patroni's"),
            (503, b'{"more": ' + b"[" * 100_000, "what its Patroni answers is not Patroni's"),
            (200, b"{}", "its Patroni says that the database is in no state"),
        ):
            self.assertEqual(patroni_verdict(status, body), RoleVerdict(fault))

    def test_primary_that_does_not_say_all(self) -> None:
        """It is no word against it: its Patroni could not ask."""
        for changed, lacks in (({"timeline": None}, "timeline"), ({"timeline": 0}, "timeline")):
            verdict = patroni_verdict(200, said(**changed))
            self.assertEqual(verdict, RoleVerdict(f"its Patroni does not say its {lacks}"))
        verdict = patroni_verdict(200, said(database_system_identifier=None))
        self.assertEqual(verdict, RoleVerdict("its Patroni does not say its system identifier"))

    def test_no_timeline(self) -> None:
        """A number that none can have is not believed: nobody could be the writer ever after."""
        self.assertEqual(self.word(200, timeline=2**32 - 1).timeline, 2**32 - 1)
        for status, number in ((200, 2**32), (503, 2**70), (200, -1)):
            verdict = patroni_verdict(status, said(timeline=number))
            self.assertEqual(verdict, RoleVerdict("what its Patroni answers is not Patroni's"))


class NotingGroup:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Verdict]] = []

    def said(self, member: Member, verdict: Verdict) -> None:
        self.told.append((member.name, verdict))


class ProbeTests(SynchronousTestCase):
    """One member, C{db:5432}, whose Patroni is at C{a:1}."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        self.net = self.proxied.net
        place = self.proxied.pool.members[0].upstream
        database = Upstream("db", self.net.client_endpoint("db:5432"), places={PATRONI_PLACE: place})
        self.pool = UpstreamPool("databases", [database])
        self.member = self.pool.members[0]
        self.probe = PatroniProbe(self.net.clock, 1.0, "/primary")
        self.addCleanup(self.probe.stop)

    def asked(self, *plays: Play, seconds: float = 0.0) -> Verdict:
        """What one question comes to."""
        self.proxied.script("a", *plays)
        asking = self.probe.ask(self.member)
        self.net.run()
        self.net.advance(seconds)
        return self.successResultOf(asking)

    def test_asked_at_its_place(self) -> None:
        """For its path, on a connection that is kept; each word is as old as its question."""
        for seconds in (5.0, 6.0):
            self.net.advance(seconds - self.net.clock.seconds())
            self.assertEqual(
                self.asked(respond(200, said())),
                RoleVerdict(word=RoleWord(True, 3, SYSTEM), asked_at=seconds),
            )
        self.assertEqual([one.target for one in self.proxied.nodes["a"].requests], [b"/primary"] * 2)
        self.assertEqual(len(self.net.connections("a:1")), 1)

    def test_of_a_name(self) -> None:
        """The word says where it came from: the name may lead to another machine by the time of a dial."""
        place = evolve(self.proxied.pool.members[0].upstream, named=True)
        self.pool.arrange([evolve(self.member.upstream, named=True, places={PATRONI_PLACE: place})])
        verdict = self.asked(respond(200, said()))
        self.assertEqual(verdict, RoleVerdict(word=RoleWord(True, 3, SYSTEM, address="a")))
        self.assertEqual(self.asked(respond(500, b"")).fault, "its Patroni answers 500")

    def test_silent(self) -> None:
        """A Patroni whose database hangs responds to nobody: so it is silent, too."""
        verdict = self.asked(no_response(), seconds=1.1)
        self.assertEqual(verdict, Verdict("no answer within 1 s", silent=True))

    def test_closes_each_connection(self) -> None:
        """As Patroni does, which speaks HTTP/1.0."""
        for _ in range(2):
            self.assertIsNone(self.asked(respond(503, said(role="replica")) + CLOSE).fault)

    def test_moved(self) -> None:
        """A reload says that its Patroni is elsewhere: there it is asked from then on."""
        self.asked(respond(200, said()))
        self.net.listen("b:1", self.proxied.nodes["a"])
        moved = evolve(
            self.proxied.pool.members[0].upstream, endpoint=self.net.client_endpoint("b:1"), address="b:1"
        )
        self.pool.arrange([evolve(self.member.upstream, places={PATRONI_PLACE: moved})])
        self.asked(respond(200, said()))
        self.assertEqual(len(self.net.connections("b:1")), 1)

    def test_forgotten(self) -> None:
        """Its connection is ended."""
        self.asked(respond(200, said()))
        self.probe.forget(self.member)
        self.probe.forget(self.member)
        self.net.run()
        self.assertEqual([one for one in self.net.connections("a:1") if not one.closed], [])

    def test_passed_on(self) -> None:
        """To the pool's writer, good or bad, if there is one."""
        good, bad = RoleVerdict(word=RoleWord(True, 3, SYSTEM)), Verdict("refused")
        self.assertIs(self.probe.in_pool(self.pool, self.member, good), good)
        group: Any = NotingGroup()
        self.pool.writer = PoolsWriter(group, self.pool)
        for verdict in (good, bad):
            self.assertIs(self.probe.in_pool(self.pool, self.member, verdict), verdict)
        self.assertEqual(group.told, [("db", good), ("db", bad)])
