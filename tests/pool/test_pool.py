"""A pool: candidates, reports, what is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.testing import MemoryReactor
from twisted.logger import LogLevel, capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import MemberChanged, Observers
from quorumha.logs.fact_observer import LogObserver
from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Broken, ConnectFailed, Phase, Responded, TimedOut, Upstream
from quorumha.testing import FactRecorder
from tests.logs.lines import lines

REFUSED = ConnectFailed("refused")


def upstream(name: str, backup: bool = False, max_fails: int = 1) -> Upstream:
    endpoint = TCP4ClientEndpoint(MemoryReactor(), "10.0.0.1", 1)
    return Upstream(name, endpoint, backup=backup, max_fails=max_fails, fail_timeout=10)


def pool_of(*upstreams: Upstream) -> UpstreamPool:
    return UpstreamPool("p", upstreams, PrimaryFirst(), observers=Observers(LogObserver()))


def walk(pool: UpstreamPool, now: float = 0, usable_only: bool = False) -> str:
    candidates = pool.candidates()
    names = []
    while (member := candidates.take(now, usable_only=usable_only)) is not None:
        names.append(member.upstream.name)
    return "".join(names)


def member(pool: UpstreamPool, name: str) -> Member:
    return next(m for m in pool.members if m.upstream.name == name)


class CandidateTests(SynchronousTestCase):
    """Whom to try, in order."""

    def test_backups_last(self) -> None:
        self.assertEqual(walk(pool_of(upstream("x", backup=True), upstream("a"), upstream("b"))), "abx")

    def test_those_put_aside_come_after_all_others(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"), upstream("x", backup=True))
        pool.report(member(pool, "a"), REFUSED, 0)
        self.assertEqual(walk(pool), "bxa")
        self.assertEqual(walk(pool, usable_only=True), "bx")

    def test_the_last_is_never_ejected(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        for one in pool.members:
            pool.report(one, REFUSED, 0)
        self.assertEqual(walk(pool), "ab")

    def test_of_those_left_out_the_last_to_fail_comes_last(self) -> None:
        """And who is only put aside before who is out by its checks."""
        pool = pool_of(upstream("a"), upstream("b"), upstream("x", backup=True))
        for at, name in enumerate("xba"):
            pool.report(member(pool, name), REFUSED, at)
        self.assertEqual(walk(pool, 3), "xba")
        pool.checked(member(pool, "x"), "it is sick", 3, "")
        self.assertEqual(walk(pool, 3), "bax")

    def test_disabled_is_no_candidate(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        member(pool, "a").enabled = False
        self.assertEqual(walk(pool), "b")
        member(pool, "b").enabled = False
        self.assertEqual(walk(pool), "")

    def test_picks_are_counted(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        walk(pool)
        pool.candidates().take(0)
        self.assertEqual([one.picked for one in pool.members], [2, 1])

    def test_trial_is_one(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        pool.report(member(pool, "a"), REFUSED, 0)
        first = pool.candidates().take(10)
        second = pool.candidates().take(10)
        assert first is not None and second is not None
        self.assertEqual((first.upstream.name, second.upstream.name), ("a", "b"))
        pool.report(first, Responded(404), 10)
        self.assertEqual(walk(pool, 10), "ab")

    @given(
        st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=6),
        st.booleans(),
    )
    def test_each_once(self, shape: list[tuple[bool, bool, bool]], usable_only: bool) -> None:
        pool = pool_of(*(upstream(str(n), backup) for n, (backup, _, _) in enumerate(shape)))
        for one, (_, enabled, failed) in zip(pool.members, shape, strict=True):
            one.enabled = enabled
            if failed:
                pool.report(one, REFUSED, 0)
        got = walk(pool, 1, usable_only)
        expected = {str(n) for n, (_, on, bad) in enumerate(shape) if on and not (bad and usable_only)}
        self.assertEqual(sorted(got), sorted(expected))


class ReportTests(SynchronousTestCase):
    """What attempts tell."""

    def test_any_answer_is_a_sign_of_life(self) -> None:
        pool = pool_of(upstream("a"))
        one = pool.members[0]
        for status in (200, 404, 500):
            pool.report(one, REFUSED, 0)
            pool.report(one, Responded(status), 0)
            self.assertTrue(one.health.usable(0))
        self.assertEqual(one.failed, 3)

    def test_trial_without_an_outcome(self) -> None:
        """The client left: the next request makes another trial, not one after all that time."""
        pool = pool_of(upstream("a"), upstream("b"))
        pool.report(member(pool, "a"), REFUSED, 0)
        trial = pool.candidates().take(10)
        assert trial is not None
        self.assertEqual(trial.upstream.name, "a")
        pool.left_open(trial, 11)
        again = pool.candidates().take(11)
        self.assertIs(again, trial)
        self.assertFalse(trial.health.usable(12))

    def test_earlier_request_without_an_outcome(self) -> None:
        """The client of a request that began before the member was ejected leaves: that ends no ejection."""
        pool = pool_of(upstream("a"), upstream("b"))
        one = member(pool, "a")
        pool.report(one, REFUSED, 0)
        pool.left_open(one, 1)
        self.assertEqual([one.health.usable(now) for now in (1, 9, 10)], [False, False, True])

    def test_to_and_fro(self) -> None:
        """Nodes that break off every other request do not fill the log."""
        pool = pool_of(upstream("a"), upstream("b"))
        with capturedLogs() as events:
            for _ in range(100):
                for one in pool.members:
                    pool.report(one, REFUSED, 0)
                    pool.report(one, Responded(200), 0)
        self.assertEqual(len(events), 400)
        written = lines(events)
        self.assertEqual(len(written), 24, "of each kind and member five, and a count")
        self.assertIn("(95 more of these", written[-1])

    def test_failures(self) -> None:
        for outcome in (REFUSED, Broken("cut"), TimedOut(Phase.FIRST_BYTE)):
            pool = pool_of(upstream("a"))
            pool.report(pool.members[0], outcome, 0)
            self.assertFalse(pool.members[0].health.usable(9.9))
            self.assertTrue(pool.members[0].health.usable(10))

    def test_changes_are_told_once(self) -> None:
        pool = pool_of(upstream("a"))
        one = pool.members[0]
        with capturedLogs() as events:
            pool.report(one, REFUSED, 0)
            pool.report(one, REFUSED, 1)
            pool.report(one, Responded(200), 2)
            pool.report(one, Responded(200), 3)
        told = [(e["event"], e["upstream"], e["log_level"]) for e in events]
        self.assertEqual(
            told, [("upstream-ejected", "a", LogLevel.warn), ("upstream-up", "a", LogLevel.info)]
        )
        self.assertEqual(events[0]["cause"], "could not connect (refused)")


class BackupTests(SynchronousTestCase):
    """That backups are used is told once, and once that they are no more."""

    def setUp(self) -> None:
        self.facts = FactRecorder()
        members = [upstream("a"), upstream("b"), upstream("c", backup=True), upstream("d", backup=True)]
        self.pool = UpstreamPool("p", members, PrimaryFirst(), observers=self.facts.observers)

    def told(self) -> list[tuple[str, str]]:
        """What was told of backups since the last time."""
        found = self.facts.of(MemberChanged)
        self.facts.facts.clear()
        return [(fact.upstream, fact.change) for fact in found if "backup" in fact.change]

    def test_failed_over_and_back(self) -> None:
        pool = self.pool
        for name in "ab":
            self.assertEqual(walk(pool)[0], "a" if name == "a" else "b")
            self.assertEqual(self.told(), [], "another member can be used")
            pool.report(member(pool, name), REFUSED, 0)
        self.assertEqual(walk(pool)[0], "c")
        self.assertEqual(self.told(), [("c", "backup in use")])
        walk(pool, 1)
        pool.report(member(pool, "c"), REFUSED, 1)
        pool.report(member(pool, "c"), Responded(200), 2)
        self.assertEqual(self.told(), [], "only what changes is told")
        pool.report(member(pool, "b"), Responded(200), 3)
        pool.report(member(pool, "a"), Responded(200), 4)
        self.assertEqual(self.told(), [("b", "back from backup")])

    def test_after_others_were_tried(self) -> None:
        """A request that goes on to a backup though others can be used is no failover."""
        self.assertEqual(walk(self.pool), "abcd")
        self.assertEqual(self.told(), [])

    def test_none_can_be_used(self) -> None:
        """A guess at an ejected backup is no failover; nor is trying it once when that is over."""
        pool = self.pool
        for one in pool.members:
            pool.report(one, REFUSED, 0)
        for now in (1, 20, 40):
            walk(pool, now)
        self.assertEqual(self.told(), [])
        pool.report(member(pool, "c"), Responded(200), 41)
        self.assertEqual(walk(pool, 41)[0], "c")
        self.assertEqual(self.told(), [("c", "backup in use")])

    def test_disabled(self) -> None:
        """Whoever is enabled again takes over; not one that recovers while it is disabled."""
        pool = self.pool
        for name in "ab":
            member(pool, name).enabled = False
        walk(pool)
        self.assertEqual(self.told(), [("c", "backup in use")])
        pool.report(member(pool, "a"), REFUSED, 0)
        pool.report(member(pool, "a"), Responded(200), 1)
        self.assertEqual(self.told(), [])
        member(pool, "a").enabled = True
        self.assertEqual(self.told(), [("a", "back from backup")])


class MakeTests(SynchronousTestCase):
    """Pools that cannot be."""

    def test_empty(self) -> None:
        with self.assertRaises(ValueError):
            pool_of()

    def test_one_name_twice(self) -> None:
        with self.assertRaises(ValueError):
            pool_of(upstream("a"), upstream("a"))


class WatchTests(SynchronousTestCase):
    """Who wants to know that a member is back."""

    def test_told_once_for_each_return(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        told: list[str] = []
        stop = pool.watch(lambda one: told.append(one.upstream.name))
        pool.report(member(pool, "a"), REFUSED, 0)
        self.assertTrue(pool.usable(0))
        pool.report(member(pool, "b"), REFUSED, 0)
        self.assertFalse(pool.usable(0))
        pool.report(member(pool, "a"), Responded(200), 1)
        pool.report(member(pool, "a"), Responded(200), 1)
        self.assertEqual(told, ["a"])
        self.assertTrue(pool.usable(1))
        stop()
        stop()
        pool.report(member(pool, "b"), Responded(200), 1)
        self.assertEqual(told, ["a"])

    def test_since_when_it_may_know_nothing(self) -> None:
        """A process that may have been started anew; not one that traffic alone has something against."""
        for checks_override, outcome, noted in (
            (True, TimedOut(Phase.FIRST_BYTE), False),
            (True, ConnectFailed("refused"), True),
            (None, TimedOut(Phase.FIRST_BYTE), True),
            (False, TimedOut(Phase.FIRST_BYTE), True),
        ):
            pool = UpstreamPool("p", [upstream("a")])
            (member,) = pool.members
            pool.checks_override = checks_override
            pool.report(member, outcome, 1.0)
            pool.succeeded(member, 2.0)
            self.assertEqual(member.up_since == 2.0, noted, (checks_override, outcome))
        pool.checked(member, "bad", 3.0, "")
        pool.checked(member, None, 4.0, "")
        self.assertEqual(member.up_since, 4.0)

    def test_down(self) -> None:
        """Since when; a response to a request says more than what the last check had."""
        pool = UpstreamPool("p", [upstream("a")])
        (member,) = pool.members
        member.silent = member.faulty = True
        self.assertFalse(member.asleep, "not down yet")
        pool.checked(member, "no answer", 3.0, "")
        pool.checked(member, "no answer", 4.0, "")
        self.assertEqual((member.asleep, member.down_since), (True, 3.0))
        pool.succeeded(member, 5.0)
        self.assertEqual(
            (member.asleep, member.silent, member.faulty, member.health.down), (*[False] * 3, True)
        )

    def test_no_checks_any_more(self) -> None:
        """Who was down by them alone is up; what traffic ejected stays ejected."""
        pool = pool_of(upstream("a"), upstream("b"))
        b = pool.members[1]
        pool.checks_override = True
        pool.report(b, REFUSED, 1.0)
        for one in pool.members:
            one.silent = one.faulty = one.deep = True
            pool.checked(one, "no answer", 2.0, "")
        with capturedLogs() as events:
            pool.unchecked(3.0)
        self.assertEqual(
            [(event["event"], event["cause"]) for event in events],
            [
                ("upstream-up", "nothing checks it any more"),
                ("upstream-ejected", "nothing checks it any more, but not what it did with requests"),
            ],
        )
        self.assertEqual([one.usable(3.0) for one in pool.members], [True, False])
        self.assertTrue(b.usable(20.0))
        self.assertFalse(any(one.silent or one.faulty or one.deep for one in pool.members))

    def test_enabled(self) -> None:
        """The operator's word alone kept it out of use; who is away is told of when it is back."""
        pool = pool_of(upstream("a"), upstream("b"))
        told: list[str] = []
        pool.watch(lambda one: told.append(one.upstream.name))
        for name in "ab":
            member(pool, name).enabled = False
        self.assertEqual(told, [])
        pool.report(member(pool, "b"), REFUSED, 0)
        for name in "ab":
            member(pool, name).enabled = True
        self.assertEqual(told, ["a"])
        pool.report(member(pool, "b"), Responded(200), 1)
        self.assertEqual(told, ["a", "b"])

    def test_a_bug_of_one_harms_no_other(self) -> None:
        pool = pool_of(upstream("a"))
        told: list[Member] = []
        pool.watch(lambda one: 1 / 0)  # type: ignore[arg-type,return-value]
        pool.watch(told.append)
        pool.report(member(pool, "a"), REFUSED, 0)
        pool.report(member(pool, "a"), Responded(200), 1)
        self.assertEqual(len(told), 1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class WatchDownTests(SynchronousTestCase):
    """Who wants to know that the checks put a member down."""

    def test_told_once_and_not_of_traffic(self) -> None:
        pool = pool_of(upstream("a"), upstream("b"))
        told: list[str] = []
        stop = pool.watch_down(lambda one: told.append(one.upstream.name))
        a, b = pool.members
        pool.report(a, REFUSED, 0)
        self.assertEqual(told, [])
        pool.checked(b, "no answer", 1, "")
        pool.checked(b, "no answer", 2, "")
        self.assertEqual(told, ["b"])
        pool.checked(b, "no answer", 2, "", fell_silent=True)
        self.assertEqual(told, ["b", "b"])
        stop()
        pool.checked(a, "no answer", 3, "", fell_silent=True)
        self.assertEqual(told, ["b", "b"])
