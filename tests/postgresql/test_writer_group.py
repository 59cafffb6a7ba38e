"""Tests for L{quorumha.postgresql.writer_group}."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import ConfigError
from quorumha.health.verdicts import Verdict
from quorumha.pool.one_writer import MemberRole, Undecidable
from quorumha.postgresql.proxy_checks import ProxyPlan
from quorumha.postgresql.saved_writer import IN_USE, encoded
from quorumha.postgresql.writer_decision import Cause, Nobody, SavedWriter
from quorumha.postgresql.writer_facts import SessionsCut, WriterChanged, WriterNotSaved, WriterSaved
from tests.postgresql.group_fixture import (
    LEASE,
    WALL,
    Grouped,
    MemoryDisk,
    ThreadClock,
    primary,
    standby,
    upstream,
)

A, B = "10.0.0.a:5432", "10.0.0.b:5432"
ON_A, ON_B = SavedWriter(1, "7", A), SavedWriter(2, "7", B)


class FollowTests(SynchronousTestCase):
    """All relays of all pools of a group follow one decision."""

    def setUp(self) -> None:
        self.grouped = Grouped()
        self.group = self.grouped.group
        self.grouped.say(a=primary(1), b=standby(1))

    def test_a_switch(self) -> None:
        """The sessions of the old one are cut everywhere, then new ones begin."""
        self.assertEqual(self.grouped.news(), ["keep nobody", "open a"])
        self.grouped.say(b=primary(2))
        self.assertEqual(self.grouped.news(), ["keep nobody", "open b"])
        self.assertEqual((self.group.switches, self.group.cut), (1, 2))
        cause = "b was promoted: its timeline 2 is higher than 1"
        cuts = [SessionsCut(pool, "a", 1, cause) for pool in ("left", "right")]
        self.assertEqual(self.grouped.made(SessionsCut), cuts)

    def test_a_name_that_leads_elsewhere(self) -> None:
        """The same member at another address is another machine: no session stays at the first one."""
        self.grouped.say(a=evolve(primary(2), address="10.0.0.1"))
        self.grouped.news()
        self.grouped.clock.advance(LEASE)
        self.grouped.say(b=standby(2), a=evolve(primary(2), address="10.0.0.2"))
        self.assertEqual(self.grouped.news(), [f"pause {A}", "keep nobody", "open a"])
        self.assertEqual((self.group.address, self.group.switches), ("10.0.0.2", 2))
        fact = self.grouped.made(WriterChanged)[-1]
        cause = "a says that it is the primary at 10.0.0.2 now, no longer at 10.0.0.1"
        self.assertEqual((fact.change, fact.cause), ("writer", cause))

    def test_all_are_cut_before_any_begins(self) -> None:
        """Not even another pool's session goes on beside a new one."""
        seen: list[str] = []
        for relay in self.grouped.relays:
            relay.looks = lambda: seen.append("".join(one.at for one in self.grouped.relays))
        self.grouped.say(b=primary(2))
        self.assertEqual(seen, ["", "b"])

    def test_what_is_said_while_sessions_are_cut(self) -> None:
        """It waits until all are cut; here the next one is promoted meanwhile."""
        left, right = self.grouped.relays
        left.cuts = lambda: self.grouped.say(a=primary(3))
        right.looks = lambda: self.assertEqual(left.at + right.at, "a")
        self.grouped.say(b=primary(2))
        self.assertEqual((left.at, right.at), ("a", "a"))
        self.assertEqual(self.grouped.group.switches, 2)
        self.assertEqual(left.news()[-3:], ["keep nobody", "keep nobody", "open a"])

    def test_promoted_where_it_is(self) -> None:
        """Behind one address another machine may respond now: its sessions are cut."""
        self.grouped.news()
        self.grouped.say(a=primary(2))
        self.assertEqual(self.grouped.news(), ["keep nobody", "open a"])

    def test_row_3_silent(self) -> None:
        """Sessions pause, new ones wait, and all go on."""
        self.grouped.news()
        self.grouped.clock.advance(LEASE)
        self.assertEqual(self.grouped.news(), [f"pause {A}"])
        self.assertIsNone(self.group.member_for(self.grouped.pools[0]))
        self.assertEqual(self.group.why, "a, which is written to, has said nothing for 3 s")
        self.grouped.say(b=standby(1), a=primary(1))
        self.assertEqual(self.grouped.news(), [f"keep {A}", "open a"])
        self.assertEqual((self.group.switches, self.group.cut), (0, 0))

    def test_row_3_a_blip(self) -> None:
        """Nobody notices it."""
        self.grouped.news()
        self.grouped.clock.advance(LEASE - 0.1)
        self.grouped.say(a=primary(1))
        self.grouped.clock.advance(LEASE - 0.1)
        self.assertEqual(self.grouped.news(), [])

    def test_disabled(self) -> None:
        """New sessions wait while an operator has it disabled, and the state says why; others go on."""
        member = self.grouped.pools[0].member("a")
        member.enabled = False
        state = self.grouped.views[0].state()
        self.assertEqual((state.upstream, state.next), ("a", "sessions go there as soon as they may"))
        self.assertIn("a, which is written to, is disabled", state.cause)
        self.assertEqual(self.grouped.views[1].state().cause, "")
        member.enabled = True
        self.assertEqual(self.grouped.views[0].state().cause, "")

    def test_row_2_split(self) -> None:
        """All sessions end, none begins; a person decides, and they begin at that one."""
        self.grouped.news()
        self.grouped.say(b=primary(1))
        self.assertEqual(self.grouped.news(), ["keep nobody"])
        state = self.grouped.views[0].state()
        self.assertEqual((state.split, state.upstream, state.cut), (("a", "b"), "", 1))
        self.assertIn("claim timeline 1, so each has what the others lack (a, b)", state.cause)
        decided = self.grouped.views[1].use(self.grouped.pools[1].member("b"))
        self.assertEqual((decided.upstream, decided.split), ("b", ()))
        self.assertEqual(self.grouped.news(), ["keep nobody", "open b"])

    def test_a_person_is_refused(self) -> None:
        """Nothing changes then."""
        self.grouped.news()
        view, pool = self.grouped.views[0], self.grouped.pools[0]
        self.assertRaises(Undecidable, view.use, pool.member("b"))
        self.assertEqual(self.grouped.news(), [])

    def test_a_person_forgets(self) -> None:
        """All sessions end, and it begins anew."""
        self.grouped.news()
        self.grouped.made(WriterChanged)
        self.assertEqual(self.grouped.views[0].forget().upstream, "")
        facts = [fact for fact in self.grouped.made(WriterChanged) if fact.change == "no writer"]
        self.assertEqual(
            [fact.cause for fact in facts], ["a person had what was known of the database forgotten"]
        )
        self.assertEqual(self.grouped.news(), ["keep nobody"])
        self.grouped.say(a=primary(1, "8"), b=None)
        self.assertEqual(self.grouped.news(), ["keep nobody", "open a"])

    def test_the_process_stood_still(self) -> None:
        """What is due by now comes before a new session."""
        self.grouped.clock.rightNow += LEASE
        self.assertIsNone(self.group.member_for(self.grouped.pools[0]))

    def test_the_process_stood_still_with_sessions(self) -> None:
        """Or before anything of those that there are is read."""
        self.grouped.news()
        self.group.catch_up()
        self.assertEqual(self.grouped.news(), [])
        self.grouped.clock.rightNow += LEASE
        self.group.catch_up()
        self.assertEqual(self.grouped.news(), [f"pause {A}"])

    def test_no_response_of_our_own(self) -> None:
        """What the proxy lacks says nothing of a member."""
        grouped = Grouped()
        grouped.say(a=primary(1))
        for view, pool in zip(grouped.views, grouped.pools, strict=True):
            view.said(pool.member("b"), Verdict(lack="no descriptor is left"))
        self.assertIn("not all that are asked have said yet what they know (b)", grouped.group.why)

    def test_a_relay_that_fails(self) -> None:
        """The others follow all the same."""
        broken = self.grouped.relays[0]
        broken.apply = None  # type: ignore[method-assign,assignment]
        self.grouped.say(b=primary(2))
        self.assertEqual(self.grouped.relays[1].at, "b")
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)

    def test_another_lease_and_system(self) -> None:
        """A reload may change both."""
        self.grouped.news()
        self.grouped.clock.advance(LEASE - 1)
        self.group.configure(LEASE - 1, "", ProxyPlan())
        self.assertEqual(self.grouped.news(), [f"pause {A}"])
        self.group.configure(LEASE, "8", ProxyPlan())
        self.assertEqual(self.grouped.news(), ["keep nobody"])


class MembersTests(SynchronousTestCase):
    """Members come, go, and are disabled."""

    def setUp(self) -> None:
        self.grouped = Grouped()
        self.grouped.say(a=primary(1), b=standby(1))
        self.grouped.news()

    def test_disabled(self) -> None:
        """Its sessions go on, new ones wait until it is enabled again."""
        pool = self.grouped.pools[0]
        pool.member("a").enabled = False
        self.assertIsNone(self.grouped.group.member_for(pool))
        self.assertIn("disabled", self.grouped.group.why)
        self.assertEqual(self.grouped.relays[0].at, "a")
        pool.member("a").enabled = True
        self.assertIs(self.grouped.group.member_for(pool), pool.member("a"))
        self.assertIn("open a", self.grouped.relays[0].news())

    def test_renamed(self) -> None:
        """It is the same database: nothing is cut."""
        for pool in self.grouped.pools:
            pool.arrange([evolve(upstream("a"), name="first"), upstream("b")])
        self.assertEqual([relay.at for relay in self.grouped.relays], ["a", "a"])
        self.assertEqual([relay for relay in self.grouped.relays if "keep nobody" in relay.news()], [])
        member = self.grouped.group.member_for(self.grouped.pools[0])
        self.assertEqual(member and member.name, "first")

    def test_removed(self) -> None:
        """Its sessions end with the last pool that had it."""
        self.grouped.pools[0].arrange([upstream("b")])
        self.assertEqual([relay.at for relay in self.grouped.relays], ["a", "a"])
        self.grouped.pools[1].arrange([upstream("b")])
        self.assertEqual([relay.at for relay in self.grouped.relays], ["", ""])
        self.grouped.say(b=primary(1))
        self.assertEqual([relay.at for relay in self.grouped.relays], ["b", "b"])


class Row4OnDiskTests(SynchronousTestCase):
    """The timeline is on disk before the first session goes to a new writer."""

    def setUp(self) -> None:
        self.clock, self.disk = ThreadClock(), MemoryDisk()
        self.grouped = Grouped(self.disk, self.clock)
        # Nobody else writes there.
        self.clock.work()

    def test_row_4_before_the_first_session(self) -> None:
        """Sessions of the old one are cut at once, and new ones wait for the disk."""
        self.grouped.say(a=primary(1), b=standby(1))
        self.assertEqual(self.grouped.news(), ["keep nobody"])
        self.assertIn("kept on disk first that a is", self.grouped.group.why)
        self.clock.work()
        self.assertEqual((self.disk.saved, self.grouped.news()), (ON_A, ["open a"]))
        self.grouped.say(b=primary(2))
        self.assertEqual(self.grouped.news(), ["keep nobody"])
        # Nothing is wrong with a disk that is being written to.
        self.assertTrue(self.grouped.views[0].state().saved)
        self.clock.work()
        self.assertEqual((self.disk.saved, self.grouped.news()), (ON_B, ["open b"]))
        self.assertEqual(self.grouped.made(WriterNotSaved) + self.grouped.made(WriterSaved), [])

    def test_row_4_another_one_meanwhile(self) -> None:
        """Who is no longer the writer once it is written gets no session."""
        self.grouped.say(a=primary(1), b=standby(1))
        self.grouped.say(b=primary(2))
        self.clock.work()
        self.assertEqual(self.disk.saved, ON_A)
        self.clock.work()
        self.assertEqual(self.grouped.news(), ["keep nobody", "keep nobody", "open b"])
        self.assertEqual(self.disk.saved, ON_B)

    def test_row_4_a_disk_that_hangs(self) -> None:
        """After a second it goes on without; one thread waits, and no more."""
        self.grouped.say(a=primary(1), b=standby(1))
        self.clock.pump([0.9])
        self.assertEqual(self.grouped.news(), ["keep nobody"])
        self.clock.pump([0.1])
        self.assertEqual(self.grouped.news(), ["open a"])
        facts = self.grouped.made(WriterNotSaved)
        self.assertEqual(
            facts, [WriterNotSaved("main", "state/main.writer.json", "it takes longer than 1 s")]
        )
        self.clock.pump([1.0])
        self.assertEqual((len(self.clock.waiting), self.grouped.made(WriterNotSaved)), (1, []))

    def test_row_4_a_full_disk(self) -> None:
        """Likewise; writing is tried each second, and a further switch waits for nothing."""
        self.disk.full = True
        self.grouped.say(a=primary(1), b=standby(1))
        self.clock.work()
        self.clock.pump([1.0])
        self.assertEqual(self.grouped.news(), ["keep nobody", "open a"])
        [fact] = self.grouped.made(WriterNotSaved)
        self.assertEqual(fact.reason, "No space left on device")
        self.assertFalse(self.grouped.views[0].state().saved)
        self.clock.work()
        self.grouped.say(b=primary(2))
        self.assertEqual(self.grouped.news(), ["keep nobody", "open b"])
        self.disk.full = False
        self.clock.pump([1.0])
        self.clock.work()
        self.clock.work()
        self.assertEqual((self.disk.saved, self.grouped.made(WriterNotSaved)), (ON_B, []))
        self.assertEqual(self.grouped.made(WriterSaved), [WriterSaved("main", "state/main.writer.json")])
        self.assertTrue(self.grouped.views[0].state().saved)

    def test_row_4_the_disk_is_done_after_a_sleep(self) -> None:
        """What the disk says, good or bad, comes before the timer: its word is too old all the same."""
        for full in (False, True):
            self.disk.full = full
            self.grouped.say(a=primary(1 + full), b=standby(1))
            self.clock.rightNow += LEASE
            self.clock.work()
            self.clock.advance(0)
            self.assertTrue(self.grouped.views[0].state().paused)
            self.assertIsNone(self.grouped.group.member_for(self.grouped.pools[0]))
            self.assertNotIn("open a", self.grouped.news())

    def test_row_4_no_fail_back_after_a_restart(self) -> None:
        """The old primary is alone there."""
        self.grouped.say(a=primary(1), b=primary(2))
        self.clock.work()
        self.clock.work()
        again = Grouped(self.disk)
        again.say(a=primary(1), b=None)
        self.assertEqual(again.news(), [])
        again.say(b=primary(2))
        self.assertEqual(again.news(), ["keep nobody", "open b"])

    def test_row_4_two_processes(self) -> None:
        """While another process writes there nothing of its is overwritten, and an operator is told; once it
        has ended, what it saw last counts here, too.
        """
        self.disk.elsewhere = True
        grouped = Grouped(self.disk)
        grouped.say(a=primary(1), b=standby(1))
        self.assertEqual(grouped.news(), ["keep nobody"])
        grouped.clock.pump([1.0])
        self.assertEqual(grouped.news(), ["open a"])
        [fact] = grouped.made(WriterNotSaved)
        self.assertEqual(fact.reason, IN_USE)
        self.assertIsNone(self.disk.data)
        self.disk.data, self.disk.elsewhere = encoded(ON_B), False
        grouped.clock.pump([1.0])
        self.assertEqual(
            (grouped.news(), grouped.group.decision), (["keep nobody"], Nobody(Cause.OLD, (A,), 2))
        )
        self.assertEqual(self.disk.saved, ON_B)
        grouped.say(a=primary(1), b=primary(2))
        self.assertEqual(grouped.news(), ["keep nobody", "open b"])

    def test_row_4_another_process_knew_less(self) -> None:
        """What was seen here since stays."""
        self.disk.elsewhere = True
        grouped = Grouped(self.disk)
        grouped.say(a=primary(1), b=primary(2))
        grouped.clock.pump([1.0])
        self.disk.data, self.disk.elsewhere = encoded(ON_A), False
        grouped.clock.pump([1.0])
        self.assertEqual((grouped.news()[-1], self.disk.saved), ("open b", ON_B))

    def test_row_4_a_damaged_file(self) -> None:
        """It does not start."""
        self.disk.data = b"\0"
        error = self.assertRaises(ConfigError, Grouped, self.disk)
        self.assertIn("database forget", str(error))

    def test_row_4_a_resumed_writer_waits_for_nothing(self) -> None:
        """Nothing new is to be kept."""
        self.grouped.say(a=primary(1), b=standby(1))
        self.clock.work()
        self.clock.advance(LEASE)
        self.grouped.news()
        self.grouped.say(b=standby(1), a=primary(1))
        self.assertEqual(self.grouped.news(), [f"keep {A}", "open a"])


class ShownTests(SynchronousTestCase):
    """What an operator sees of it."""

    def test_state(self) -> None:
        """Who is written to, since when."""
        grouped = Grouped()
        grouped.clock.advance(7.0)
        grouped.say(a=primary(3), b=standby(3))
        grouped.clock.advance(1.0)
        state = grouped.views[0].state()
        self.assertEqual((state.group, state.upstream, state.timeline), ("main", "a", 3))
        self.assertEqual((state.since, state.cause, state.paused), (WALL + 7.0, "", False))

    def test_roles(self) -> None:
        """What members said, while it is no older than the lease."""
        grouped = Grouped(clock=Clock())
        view, pool = grouped.views[0], grouped.pools[0]
        self.assertEqual(view.role_of(pool.member("a")), MemberRole())
        grouped.say(a=primary(3, synchronous=True), b=standby(3))
        grouped.clock.advance(1.0)
        self.assertEqual(view.role_of(pool.member("a")), MemberRole("primary", 3, True, False, WALL))
        self.assertEqual(view.role_of(pool.member("b")), MemberRole("standby", 3, None, False, WALL))
        grouped.clock.advance(LEASE)
        self.assertEqual(view.role_of(pool.member("a")), MemberRole("unknown", 3, True, False, WALL))
