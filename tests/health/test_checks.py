"""Out after so many bad answers, back after so many good ones."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Lack, MemberChecked, Observers
from quorumha.health.checked_member import CheckPlan
from quorumha.health.checks import HealthChecks
from quorumha.health.shared_checks import SharedChecks
from quorumha.health.verdicts import GOOD, Verdict
from quorumha.logs.fact_observer import LogObserver
from quorumha.pool.identity import Node
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Broken, ConnectFailed, Phase, Responded, TimedOut
from quorumha.testing import FactRecorder
from tests.nightly import play
from tests.pool.test_pool import upstream

SICK = Verdict("it is sick")
SILENT = Verdict("no answer within 0.75 s", silent=True)
DEAD = Verdict("its database does not answer", of_node=True)


class ScriptedProbe:
    """Answers at once with what the test says, or hangs.

    @ivar verdicts: by member; None hangs.
    """

    def __init__(self, overrides: bool = True) -> None:
        self.overrides = overrides
        self.verdicts: dict[str, Verdict | None] = {}
        self.asked: list[str] = []
        self.waiting: list[Deferred[Verdict]] = []
        self.stopped = False
        self.noted: list[tuple[Member, Verdict]] = []
        self.forgotten: list[Member] = []

    def ask(self, member: Member) -> Deferred[Verdict]:
        self.asked.append(member.upstream.name)
        verdict = self.verdicts.get(member.upstream.name, GOOD)
        if verdict is None:
            self.waiting.append(Deferred())
            return self.waiting[-1]
        return succeed(verdict)

    def in_pool(self, pool: UpstreamPool, member: Member, verdict: Verdict) -> Verdict:
        self.noted.append((member, verdict))
        return verdict

    def forget(self, member: Member) -> None:
        self.forgotten.append(member)

    def stop(self) -> None:
        self.stopped = True


class ChecksCase(SynchronousTestCase):
    """Two members, checked every 0.4 s."""

    def begin(
        self,
        overrides: bool = True,
        prepare: Callable[[Member], Deferred[None]] = lambda member: succeed(None),
    ) -> None:
        self.clock = Clock()
        self.pool = UpstreamPool("p", [upstream("a"), upstream("b")], observers=Observers(LogObserver()))
        self.a, self.b = self.pool.members
        self.probe = ScriptedProbe(overrides)
        self.checks = HealthChecks(self.pool, self.probe, self.clock, CheckPlan(), lambda: 0.5, prepare)
        self.checks.start()
        self.addCleanup(self.end)

    def end(self) -> None:
        self.successResultOf(self.checks.stop())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)

    def out(self) -> list[str]:
        return [m.upstream.name for m in self.pool.members if m.health.down]


class OutAndBackTests(ChecksCase):
    """Rise and fall."""

    def test_out_and_back(self) -> None:
        """Out after two bad answers, the second one quickly; back after two good ones."""
        self.begin()
        self.pass_time(1)
        self.probe.verdicts["a"] = SICK
        self.pass_time(0.6)
        self.assertEqual(self.out(), ["a"])
        self.assertEqual([self.pool.pick(0, [], usable_only=True) for _ in range(3)], [self.b] * 3)
        self.probe.verdicts["a"] = GOOD
        self.pass_time(0.45)
        self.assertEqual(self.out(), ["a"])
        self.pass_time(0.45)
        self.assertEqual(self.out(), [])

    def test_a_single_bad_answer_is_forgiven(self) -> None:
        self.begin()
        for _ in range(5):
            self.probe.verdicts["a"] = SICK
            before = len(self.probe.asked)
            while "a" not in self.probe.asked[before:]:
                self.pass_time(0.05)
            self.probe.verdicts["a"] = GOOD
            self.pass_time(1)
        self.assertEqual(self.out(), [])

    def test_the_last_is_never_ejected(self) -> None:
        """With all out, they are tried all the same."""
        self.begin()
        self.probe.verdicts = {"a": SICK, "b": SICK}
        self.pass_time(2)
        self.assertEqual(self.out(), ["a", "b"])
        self.assertFalse(self.pool.usable(self.clock.seconds()))
        self.assertIsNotNone(self.pool.pick(0, [], usable_only=False))

    def test_no_flood(self) -> None:
        """One question at a time, and as often as was said."""
        self.begin()
        self.probe.verdicts["a"] = None
        self.pass_time(4)
        self.assertEqual(self.probe.asked.count("a"), 1)
        self.assertLess(self.probe.asked.count("b"), 11)
        self.assertGreater(self.probe.asked.count("b"), 8)

    def test_noted(self) -> None:
        """The probe hears each verdict with its member; whoever leaves is forgotten."""
        self.begin()
        self.probe.verdicts["b"] = DEAD
        self.pass_time(1)
        self.assertEqual(self.out(), ["b"])
        self.assertIn((self.b, DEAD), self.probe.noted)
        self.assertNotIn((self.a, DEAD), self.probe.noted)
        self.successResultOf(self.checks.stop())
        self.assertEqual(self.probe.forgotten, [self.a, self.b])

    def test_silence_is_told_apart_from_refusal(self) -> None:
        """As the last check has it."""
        self.begin()
        for verdict, silent in (SILENT, True), (SICK, False), (SILENT, True), (GOOD, False):
            self.probe.verdicts["a"] = verdict
            self.pass_time(1.5)
            self.assertEqual((self.a.silent, self.b.silent), (silent, False))
            self.assertEqual((self.a.faulty, self.b.faulty), (verdict is not GOOD, False))

    def test_a_response_to_traffic_outweighs_silence(self) -> None:
        """For a while: who answers requests is not asleep, though it is down."""
        self.begin()
        self.probe.verdicts["a"] = SILENT
        self.pass_time(2)
        self.assertTrue(self.a.asleep)
        self.pool.report(self.a, Responded(404), self.clock.seconds())
        self.pass_time(1.8)
        self.assertEqual((self.a.asleep, self.a.faulty, self.a.health.down), (False, False, True))
        self.pass_time(0.8)
        self.assertEqual((self.a.asleep, self.a.faulty), (True, True))

    def test_an_answer_to_traffic_does_not_bring_it_back(self) -> None:
        """A 500 from a member without its database is an answer, too."""
        self.begin()
        self.probe.verdicts["a"] = DEAD
        self.pass_time(1)
        self.pool.report(self.a, Responded(500), self.clock.seconds())
        self.assertEqual(self.out(), ["a"])

    def test_told_once(self) -> None:
        """Every change is one event, with its cause and what happens next."""
        self.begin()
        with capturedLogs() as events:
            self.probe.verdicts["a"] = SICK
            self.pass_time(5)
            self.probe.verdicts["a"] = GOOD
            self.pass_time(5)
        told = [(e["event"], e["upstream"], e["cause"]) for e in events]
        self.assertEqual(
            told, [("upstream-down", "a", "it is sick"), ("upstream-up", "a", "its checks are good")]
        )
        self.assertEqual(events[0]["next"], "used again after 2 good checks, one every 0.4 s")

    def test_first_checks(self) -> None:
        """What the first check of each member says is told once, and so is what we lacked for one."""
        self.begin()
        facts = FactRecorder()
        self.pool.observers.add(facts)
        self.probe.verdicts = {"a": SICK, "b": Verdict(lack="no memory")}
        self.pass_time(1.1)
        self.assertEqual(
            facts.of(MemberChecked),
            [MemberChecked("p", "a", "it is sick"), MemberChecked("p", "b", "no memory")],
        )
        self.assertEqual(facts.of(Lack), [Lack("p", "b", "no memory")] * 3)
        self.assertEqual((self.out(), self.b.faulty), (["a"], False))

    def test_disabled_is_checked_and_not_used(self) -> None:
        self.begin()
        self.a.enabled = False
        self.probe.verdicts["a"] = SICK
        self.pass_time(1)
        self.assertEqual(self.out(), ["a"])
        self.probe.verdicts["a"] = GOOD
        self.pass_time(1)
        self.assertEqual([self.pool.pick(0, [], usable_only=False) for _ in range(2)], [self.b] * 2)


class MembersTests(ChecksCase):
    """They come and go while they are checked."""

    def test_added_and_removed(self) -> None:
        self.begin()
        self.pass_time(1)
        c = self.pool.add(upstream("c"))
        self.probe.verdicts["c"] = SICK
        self.pass_time(1)
        self.assertEqual(self.out(), ["c"])
        self.pool.remove(c)
        self.assertEqual(self.probe.forgotten, [c])
        asked = self.probe.asked.count("c")
        self.pass_time(1)
        self.assertEqual(self.probe.asked.count("c"), asked)
        self.assertEqual(self.out(), [])

    def test_under_another_address(self) -> None:
        """Is another member, and asked anew."""
        self.begin()
        self.probe.verdicts["b"] = SICK
        self.pass_time(1)
        self.pool.arrange([upstream("a"), evolve(upstream("b"), address="tcp:b:2")])
        self.assertEqual(self.out(), [])
        self.pass_time(1)
        self.assertEqual(self.out(), ["b"])
        self.assertEqual(self.probe.forgotten, [self.b])

    def test_what_is_asked_changes(self) -> None:
        """Then it is asked anew; what its checks had come to holds until they say otherwise."""
        self.begin()
        self.successResultOf(self.checks.stop())
        self.checks = HealthChecks(
            self.pool,
            self.probe,
            self.clock,
            CheckPlan(),
            lambda: 0.5,
            probe_key=lambda member: (member.name, member.upstream.authority),
        )
        self.checks.start()
        self.probe.verdicts["b"] = SICK
        self.pass_time(1)
        before = len(self.probe.forgotten)
        self.pool.arrange([evolve(upstream("a"), weight=3), evolve(upstream("b"), authority=b"b")])
        self.assertEqual(self.probe.forgotten[before:], [self.b])
        self.assertEqual(self.out(), ["b"])
        self.probe.verdicts["b"] = GOOD
        self.pass_time(1)
        self.assertEqual(self.out(), [])

    def test_another_node(self) -> None:
        """Then that one's deep check is listened to."""
        self.begin()
        shared = SharedChecks(self.clock)
        self.successResultOf(self.checks.stop())
        other, node = UpstreamPool("o", [upstream("a")]), Node("n")
        other.arrange([evolve(upstream("a"), node=node)])
        sick = ScriptedProbe()
        sick.verdicts["a"] = DEAD
        deep = HealthChecks(other, sick, self.clock, CheckPlan(), lambda: 0.5, shared=shared, deep=True)
        self.checks = HealthChecks(self.pool, self.probe, self.clock, CheckPlan(), lambda: 0.5, shared=shared)
        self.checks.start()
        deep.start()
        self.pass_time(1)
        self.assertEqual(self.out(), [])
        self.pool.arrange([evolve(upstream("a"), node=node), upstream("b")])
        self.pass_time(1)
        self.assertEqual(self.out(), ["a"])
        self.successResultOf(deep.stop())
        self.pass_time(1)
        self.assertEqual(self.out(), [])

    def test_stopped(self) -> None:
        """Nobody is asked who comes afterwards."""
        self.begin()
        self.successResultOf(self.checks.stop())
        before = len(self.probe.asked)
        self.pool.add(upstream("c"))
        self.pass_time(1)
        self.assertEqual(len(self.probe.asked), before)


class TrafficTests(ChecksCase):
    """Checks and what traffic says."""

    def test_checks_that_vouch_bring_it_back(self) -> None:
        """Put aside by traffic: back after two good answers to questions put after that."""
        self.begin()
        self.pass_time(0.8)
        self.pool.report(self.a, ConnectFailed("refused"), self.clock.seconds())
        self.assertFalse(self.a.usable(self.clock.seconds()))
        self.pass_time(0.45)
        self.assertFalse(self.a.usable(self.clock.seconds()), "one good answer")
        self.pass_time(0.45)
        self.assertTrue(self.a.usable(self.clock.seconds()))

    def test_a_connection_vouches_for_no_answers(self) -> None:
        """A process that hangs still takes connections."""
        for outcome in (TimedOut(Phase.FIRST_BYTE), Broken("lost")):
            self.begin(overrides=False)
            self.pool.report(self.a, outcome, self.clock.seconds())
            self.pool.report(self.a, ConnectFailed("refused"), self.clock.seconds())
            self.pass_time(5)
            self.assertFalse(self.a.usable(self.clock.seconds()))

    def test_but_for_connections(self) -> None:
        """If that was all that traffic had against it."""
        for outcome in (ConnectFailed("refused"), TimedOut(Phase.CONNECT)):
            self.begin(overrides=False)
            self.pool.report(self.a, outcome, self.clock.seconds())
            self.pass_time(1)
            self.assertTrue(self.a.usable(self.clock.seconds()))

    def test_what_the_checks_do_not_see(self) -> None:
        """Put aside again and again soon after its checks were good: each time it takes longer."""
        self.begin()
        self.pass_time(0.8)
        took = []
        for _ in range(6):
            self.pool.report(self.a, TimedOut(Phase.FIRST_BYTE), self.clock.seconds())
            before = self.clock.seconds()
            while not self.a.usable(self.clock.seconds()):
                self.clock.advance(0.05)
            took.append(round((self.clock.seconds() - before) / 0.8))
        self.assertEqual(took, [1, 2, 4, 8, 8, 8])
        self.pass_time(11)
        self.pool.report(self.a, TimedOut(Phase.FIRST_BYTE), self.clock.seconds())
        self.pass_time(0.9)
        self.assertTrue(self.a.usable(self.clock.seconds()), "it was well for long")

    def test_failures_while_it_is_made_ready(self) -> None:
        """Good answers before a failure say nothing of what comes after it."""
        ready: Deferred[None] = Deferred()
        self.begin(prepare=lambda member: ready)
        self.pool.report(self.a, Broken("lost"), self.clock.seconds())
        self.pass_time(1)
        self.pool.report(self.a, Broken("lost"), self.clock.seconds())
        ready.callback(None)
        self.assertFalse(self.a.usable(self.clock.seconds()))
        self.pass_time(1.2)
        self.assertTrue(self.a.usable(self.clock.seconds()))

    def test_a_bug_ends_no_checks(self) -> None:
        """It is logged once, says nothing of the member, and the questions go on."""
        self.begin()
        self.probe.verdicts["a"] = SICK
        self.pass_time(1)
        ask = self.probe.ask
        self.probe.ask = lambda member: fail(ZeroDivisionError())  # type: ignore[method-assign]
        self.pass_time(3)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2, "once for each member")
        self.assertEqual(self.out(), ["a"])
        self.probe.ask = ask  # type: ignore[method-assign]
        self.probe.verdicts["a"] = GOOD
        self.pass_time(1.5)
        self.assertEqual(self.out(), [])

    def test_but_takes_back_its_own_word(self) -> None:
        self.begin(overrides=False)
        self.probe.verdicts["a"] = SICK
        self.pass_time(2)
        self.assertEqual(self.out(), ["a"])
        self.probe.verdicts["a"] = GOOD
        self.pass_time(2)
        self.assertTrue(self.a.usable(self.clock.seconds()))

    def test_slow_start(self) -> None:
        """The share of a member that came back grows."""
        self.begin()
        self.pool = UpstreamPool("p", [upstream("a"), upstream("b")], slow_start=10, random=lambda: 0.5)
        one, other = self.pool.members
        self.pool.report(one, ConnectFailed("refused"), 0)
        self.pool.report(one, Responded(200), 100)
        picked = [self.pool.pick(102, [], usable_only=True) for _ in range(4)]
        self.assertEqual(picked, [other] * 4)
        picked = [self.pool.pick(106, [], usable_only=True) for _ in range(4)]
        self.assertEqual(picked.count(one), 2)
        picked = [self.pool.pick(111, [], usable_only=True) for _ in range(4)]
        self.assertEqual(picked.count(one), 2)
        self.assertIsNone(one.slow_since)

    def test_slow_start_ends_for_one_alone(self) -> None:
        """Nobody else takes what it does not."""
        pool = UpstreamPool("p", [upstream("a")], slow_start=10)
        (one,) = pool.members
        pool.report(one, ConnectFailed("refused"), 0)
        pool.report(one, Responded(200), 100)
        for now, starting in (101, True), (109, True), (110, False):
            self.assertIs(pool.pick(now, [], usable_only=True), one)
            self.assertEqual(one.slow_since is not None, starting)


class PrepareTests(ChecksCase):
    """What is done before a member is used again."""

    def begin_preparing(self, prepared: Deferred[None]) -> None:
        self.prepared: list[str] = []

        def prepare(member: Member) -> Deferred[None]:
            self.prepared.append(member.upstream.name)
            return prepared

        self.begin(prepare=prepare)
        self.probe.verdicts["a"] = SICK
        self.pass_time(1)
        self.probe.verdicts["a"] = GOOD
        self.pass_time(0.95)

    def test_before(self) -> None:
        prepared: Deferred[None] = Deferred()
        self.begin_preparing(prepared)
        self.assertEqual((self.prepared, self.out()), (["a"], ["a"]))
        prepared.callback(None)
        self.assertEqual(self.out(), [])

    def test_not_for_ever(self) -> None:
        self.begin_preparing(Deferred())
        self.pass_time(1.6)
        self.assertEqual(self.out(), ["a"])
        with capturedLogs() as events:
            self.pass_time(0.5)
        self.assertEqual(self.out(), [])
        self.assertEqual([e["event"] for e in events], ["upstream-unprepared", "upstream-up"])

    def test_cancelled_and_ends_well(self) -> None:
        """The wait is over all the same, and it is said that not all was done; after a stop nothing is."""
        for stopped in (False, True):
            self.setUp()
            self.begin_preparing(Deferred(lambda preparing: preparing.callback(None)))
            with capturedLogs() as events:
                if stopped:
                    self.successResultOf(self.checks.stop())
                self.pass_time(2.1)
            expected = [] if stopped else ["upstream-unprepared", "upstream-up"]
            self.assertEqual([e["event"] for e in events], expected)

    def test_failure_is_logged(self) -> None:
        self.begin_preparing(fail(ZeroDivisionError()))
        self.assertEqual(self.out(), [])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_stop_meanwhile(self) -> None:
        self.begin_preparing(Deferred())


class ChecksMachine(RuleBasedStateMachine):
    """Whatever members and traffic do; members come and go."""

    @initialize(overrides=st.booleans())
    def build(self, overrides: bool) -> None:
        self.clock = Clock()
        self.pool = UpstreamPool("p", [upstream(n, backup=n == "c") for n in "abc"])
        self.probe = ScriptedProbe(overrides)
        self.checks = HealthChecks(self.pool, self.probe, self.clock, CheckPlan(), lambda: 0.3)
        self.checks.start()
        self.since = dict.fromkeys("abc", 0.0)
        self.ejected = dict.fromkeys("abc", 0.0)
        self.count = 0

    @rule(name=st.sampled_from("abc"), verdict=st.sampled_from([GOOD, SICK, DEAD]))
    def become(self, name: str, verdict: Verdict) -> None:
        if (self.probe.verdicts.get(name) or GOOD) != verdict:
            self.since[name] = self.clock.seconds()
        self.probe.verdicts[name] = verdict

    @rule(name=st.sampled_from("abc"), enabled=st.booleans())
    def operator(self, name: str, enabled: bool) -> None:
        for member in self.pool.members:
            if member.name == name:
                member.enabled = enabled

    @rule(name=st.sampled_from("abc"), backup=st.booleans(), moved=st.booleans())
    def come_or_go(self, name: str, backup: bool, moved: bool) -> None:
        """One that is there goes, or comes to another address; one that is not comes."""
        before = {member.name: member for member in self.pool.members}
        self.count += 1
        new = evolve(upstream(name, backup), address=str(self.count))
        if name not in before or moved:
            self.pool.arrange([*(m.upstream for m in self.pool.members if m.name != name), new])
        elif len(before) > 1:
            self.pool.remove(before[name])
        self.since[name] = self.ejected[name] = self.clock.seconds()
        if name in before and before[name] not in self.pool.members:
            assert before[name] in self.probe.forgotten

    @rule(good=st.booleans(), usable_only=st.booleans())
    def request(self, good: bool, usable_only: bool) -> None:
        now = self.clock.seconds()
        candidates = self.pool.candidates()
        usable = self.pool.usable(now)
        member = candidates.take(now, usable_only=usable_only)
        assert usable or not usable_only or member is None
        assert (member is not None) == (usable if usable_only else any(m.enabled for m in self.pool.members))
        if member is not None:
            assert member.enabled
            assert member.health.down is False or not usable
            self.pool.report(member, Responded(200) if good else ConnectFailed("refused"), now)

    @rule(steps=st.integers(1, 60))
    def wait(self, steps: int) -> None:
        for _ in range(steps):
            self.clock.advance(0.05)

    @invariant()
    def out_and_in(self) -> None:
        if not hasattr(self, "pool"):
            return
        now = self.clock.seconds()
        for member in self.pool.members:
            name = member.upstream.name
            if now - self.since[name] > 1.5:
                sick = (self.probe.verdicts.get(name) or GOOD).fault is not None
                if member.health.ejected_until:
                    # Who is ejected again and again has to be good for longer.
                    self.ejected[name] = now
                if sick or now - self.ejected[name] > 1.5:
                    assert member.health.down == sick, name
                if not sick and self.probe.overrides and member.health.ejected_until:
                    # Traffic ejected it a moment ago, or again and again; or it was sick a moment ago.
                    assert now - max(member.health.first_fail, self.since[name]) <= 8.0, name

    def teardown(self) -> None:
        if hasattr(self, "pool"):
            self.checks.stop()
            assert self.clock.getDelayedCalls() == []
            assert set(self.probe.forgotten) >= set(self.pool.members)


class MachineTests(SynchronousTestCase):
    """See L{ChecksMachine}."""

    def test_machine(self) -> None:
        play(ChecksMachine, 100, steps=50)
