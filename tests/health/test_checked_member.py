"""One member, its own check, and the deep check of another port of the same node."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.checked_member import CheckedMember, CheckPlan
from quorumha.health.verdicts import GOOD, Verdict
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Broken
from tests.pool.test_pool import upstream

SICK = Verdict("it is sick")
DEAD = Verdict("its database does not answer", of_node=True)
SILENT = Verdict("no answer within 0.75 s", silent=True)
UNREACHED = Verdict("no answer within 0.75 s", silent=True, reached=False)
REFUSED = Verdict("could not connect (refused)")


class CheckedCase(SynchronousTestCase):
    """Two good ones bring it back, two bad ones put it down."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.pool = UpstreamPool("p", [upstream("a")])
        self.pool.checks_override = True
        (self.member,) = self.pool.members
        self.checked = CheckedMember(self.pool, self.member, CheckPlan(), self.clock)

    def own(self, *verdicts: Verdict) -> None:
        for verdict in verdicts:
            self.clock.advance(0.1)
            self.checked.take(verdict, self.clock.seconds())

    def deep(self, *verdicts: Verdict) -> None:
        for verdict in verdicts:
            self.clock.advance(0.1)
            self.checked.take_deep(verdict, self.clock.seconds())

    @property
    def down(self) -> bool:
        return self.member.health.down


class DeepTests(CheckedCase):
    """What a node's deep check says counts where its own check does not see it."""

    def test_dead_database(self) -> None:
        """Known at once; down after two, though the port itself is well."""
        self.own(GOOD, GOOD)
        self.deep(GOOD, GOOD, DEAD)
        self.own(GOOD)
        self.assertFalse(self.down)
        self.deep(DEAD)
        self.own(GOOD, GOOD)
        self.assertEqual((self.down, self.member.silent), (True, False))
        self.deep(GOOD)
        self.own(GOOD, GOOD)
        self.assertTrue(self.down)
        self.deep(GOOD)
        self.assertFalse(self.down)

    def test_silent_database(self) -> None:
        """A Tessera whose database is away does not respond for 30 s."""
        self.own(GOOD)
        self.deep(SILENT, SILENT)
        self.assertEqual((self.down, self.member.silent), (True, True))
        self.own(GOOD, GOOD)
        self.assertEqual((self.down, self.member.silent), (True, True))
        self.deep(GOOD, GOOD)
        self.assertEqual((self.down, self.member.silent), (False, False))

    def test_noted(self) -> None:
        """What its own check says, before anything follows from it; not what another port's does."""
        noted: list[tuple[Verdict, bool]] = []

        def note(_: UpstreamPool, __: Member, verdict: Verdict) -> Verdict:
            noted.append((verdict, self.down))
            return verdict

        self.checked = CheckedMember(self.pool, self.member, CheckPlan(), self.clock, in_pool=note)
        self.own(GOOD, SICK, SICK)
        self.deep(DEAD, GOOD)
        self.assertEqual(noted, [(GOOD, False), (SICK, False), (SICK, False)])

    def test_in_its_pool(self) -> None:
        """What a verdict comes to beside the other members counts."""
        comes_to = {SICK: GOOD, GOOD: SICK}
        self.checked = CheckedMember(
            self.pool, self.member, CheckPlan(), self.clock, in_pool=lambda pool, member, one: comes_to[one]
        )
        self.own(SICK, SICK)
        self.assertFalse(self.down)
        self.own(GOOD, GOOD)
        self.assertTrue(self.down)

    def test_the_other_check_ends(self) -> None:
        """What it said is forgotten."""
        self.own(GOOD)
        self.deep(DEAD, DEAD)
        self.assertTrue(self.down)
        self.checked.deep_check_ended()
        self.own(GOOD, GOOD)
        self.assertEqual((self.down, self.member.silent), (False, False))

    def test_what_a_response_outweighs(self) -> None:
        """A response that needs no database says nothing against a check that does."""
        for asks_deep, say, deep, asleep in (
            (False, self.own, False, False),
            (True, self.own, False, True),
            (True, self.own, True, False),
            (False, self.deep, False, True),
            (False, self.deep, True, False),
        ):
            self.setUp()
            self.checked = CheckedMember(self.pool, self.member, CheckPlan(), self.clock, asks_deep=asks_deep)
            self.own(GOOD)
            say(SILENT, SILENT)
            self.assertTrue(self.member.asleep)
            self.pool.succeeded(self.member, self.clock.seconds(), deep=deep)
            say(SILENT)
            self.assertEqual((self.member.asleep, self.member.faulty), (asleep, asleep))

    def test_falls_silent_while_it_is_down(self) -> None:
        """Once more, and once only, those hear of it who wait for it: as the last resort it was asked."""
        for say in (self.own, self.deep):
            self.setUp()
            told: list[bool] = []
            self.pool.watch_down(lambda member, told=told: told.append(member.silent))
            self.own(GOOD)
            say(GOOD, DEAD, DEAD, DEAD, SILENT)
            self.assertEqual(told, [False])
            say(SILENT, SILENT, SILENT, DEAD)
            self.assertEqual(told, [False, True])
            say(SILENT, SILENT)
            self.assertEqual(told, [False, True, True])

    def test_a_port_that_cannot_be_reached(self) -> None:
        """Says nothing of another port, and takes back what was said before."""
        for verdict in (REFUSED, UNREACHED, SICK):
            self.setUp()
            self.own(GOOD, GOOD)
            self.deep(verdict, verdict, verdict)
            self.assertFalse(self.down, verdict)
            self.deep(DEAD, DEAD)
            self.assertTrue(self.down)
            self.deep(verdict)
            self.assertFalse(self.down, verdict)

    def test_stopped(self) -> None:
        """What was on its way is not told any more."""
        self.checked.stop()
        self.own(SICK, SICK)
        self.deep(DEAD, DEAD)
        self.assertFalse(self.down)

    def test_both_must_be_good(self) -> None:
        """The port's own check is not outweighed."""
        self.deep(GOOD, GOOD)
        self.own(SICK, SICK)
        self.deep(GOOD, GOOD, GOOD)
        self.assertTrue(self.down)
        self.own(GOOD, GOOD)
        self.assertFalse(self.down)

    def test_traffic_failed_since(self) -> None:
        """A good deep check does not bring back what failed after the last good check of the port."""
        self.own(GOOD, GOOD)
        self.clock.advance(1)
        self.pool.report(self.member, Broken("lost"), self.clock.seconds())
        self.deep(GOOD, GOOD, GOOD)
        self.assertFalse(self.member.usable(self.clock.seconds()))
        self.own(GOOD, GOOD)
        self.assertTrue(self.member.usable(self.clock.seconds()))

    @given(
        st.lists(
            st.tuples(st.booleans(), st.sampled_from([GOOD, GOOD, SICK, SILENT, UNREACHED, REFUSED, DEAD])),
            max_size=40,
        )
    )
    def test_whatever_they_say(self, told: list[tuple[bool, Verdict]]) -> None:
        """Down from two bad ones of either on; up from two good ones of both on."""
        self.setUp()
        for of_own, verdict in told:
            (self.own if of_own else self.deep)(verdict)
        dead = [v for of_own, v in told if not of_own]
        own = [v for of_own, v in told if of_own]
        objects = [v.of_node or (v.silent and v.reached) for v in dead[-2:]]
        if len(own) > 1 and all(v.fault for v in own[-2:]):
            self.assertTrue(self.down)
        if len(objects) > 1 and all(objects):
            self.assertTrue(self.down)
        self.own(GOOD, GOOD)
        self.deep(GOOD, GOOD)
        self.assertEqual((self.down, self.member.silent), (False, False))
