"""One question, put again and again."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.repeated_check import LATE_IN_A_ROW, RepeatedCheck
from quorumha.health.ticks import Ticks
from quorumha.health.verdicts import GOOD, LATE, Verdict

SICK = Verdict("it is sick")


class Taking:
    """Keeps what it is told."""

    def __init__(self, urgent: bool = False) -> None:
        self.taken: list[tuple[Verdict, float]] = []
        self.urgent = urgent

    def take(self, verdict: Verdict, begun: float) -> bool:
        self.taken.append((verdict, begun))
        return self.urgent


class RepeatedCase(SynchronousTestCase):
    """Every 0.4 s."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.answers: list[Deferred[Verdict]] = []
        self.asked: list[float] = []
        self.usual: Verdict | None = GOOD
        self.check = RepeatedCheck("a", 0.4, self.clock, Ticks(self.clock), lambda: 0.5)

    def ask(self) -> Deferred[Verdict]:
        self.asked.append(round(self.clock.seconds(), 1))
        if self.usual is not None:
            return succeed(self.usual)
        self.answers.append(Deferred())
        return self.answers[-1]

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.01)):
            self.clock.advance(0.01)


class RepeatedTests(RepeatedCase):
    """When it is asked, and who is told."""

    def test_told_to_all(self) -> None:
        """One question for all who want to know; nobody asks once nobody does."""
        first, second = Taking(), Taking()
        self.check.begin(first.take, self.ask)
        self.check.begin(second.take, self.ask)
        self.pass_time(2)
        self.assertEqual(len(self.asked), len(first.taken))
        self.assertEqual(first.taken, second.taken)
        self.check.end(first.take)
        before = len(first.taken)
        self.pass_time(1)
        self.assertEqual(len(first.taken), before)
        self.assertGreater(len(second.taken), before)
        self.check.end(second.take)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_given_up(self) -> None:
        """The question under way is, when the last one leaves."""
        self.usual = None
        taking = Taking()
        self.check.begin(taking.take, self.ask)
        self.pass_time(1)
        cancelled: list[object] = []
        self.answers[0].addErrback(cancelled.append)
        self.check.end(taking.take)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual((len(self.asked), taking.taken), (1, []))

    def test_another_one_asks(self) -> None:
        """When who asked leaves in the midst of a question, the next one puts it, and listeners stay."""
        self.usual = None
        first, second, listener = Taking(), Taking(), Taking()
        self.check.begin(first.take, self.ask)
        self.check.begin(listener.take)
        self.pass_time(1)
        self.answers[0].addErrback(lambda _: None)
        self.check.begin(second.take, lambda: succeed(SICK))
        self.assertFalse(self.check.end(first.take))
        self.pass_time(0.3)
        self.answers[0].addErrback(lambda _: None)
        self.assertEqual([verdict for verdict, _ in listener.taken], [SICK])
        self.assertEqual((listener.taken, first.taken), (second.taken, []))
        self.assertFalse(self.check.end(second.take))
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertTrue(self.check.end(listener.take))

    def test_answered_at_once(self) -> None:
        """From question to question; what else waits for that moment is not kept waiting by the answer."""
        self.usual = None
        self.check.begin(Taking().take, self.ask)
        self.pass_time(0.21)
        self.answers[0].callback(GOOD)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.pass_time(0.4)
        self.assertEqual(self.asked, [0.2, 0.6])

    def test_answered_late(self) -> None:
        """From the answer to the next question, however long it took; one at a time."""
        for took in (0.2, 1.0):
            self.setUp()
            self.usual = None
            self.check.begin(Taking().take, self.ask)
            self.pass_time(0.2 + took)
            self.assertEqual(self.asked, [0.2])
            self.answers[0].callback(GOOD)
            self.pass_time(0.41)
            self.assertEqual(self.asked, [0.2, round(0.6 + took, 1)])

    def test_urgent(self) -> None:
        """Soon again where one who was told is in doubt, though others are not."""
        doubtful = Taking(urgent=True)
        self.check.begin(Taking().take, self.ask)
        self.check.begin(doubtful.take, self.ask)
        self.pass_time(0.54)
        self.assertEqual(self.asked, [0.2, 0.3, 0.4, 0.5])

    def test_no_verdict(self) -> None:
        """Who is told makes nothing of it; the question is put again as usual."""
        taking = Taking()
        self.check.begin(taking.take, self.ask)
        self.usual = Verdict(lack="no memory")
        self.pass_time(0.8)
        self.assertEqual(self.asked, [0.2, 0.6])
        self.assertEqual([verdict.lack for verdict, _ in taking.taken], ["no memory"] * 2)

    def test_a_bug(self) -> None:
        """Is logged once."""
        self.check.begin(Taking().take, lambda: fail(ZeroDivisionError()))
        self.pass_time(3)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class NotScheduledInTimeTests(RepeatedCase):
    """A check during which this process did not run is no verdict."""

    def test_asked_again_at_once(self) -> None:
        """And nobody is told of it."""
        self.usual = None
        taking = Taking()
        self.check.begin(taking.take, self.ask)
        self.pass_time(0.3)
        self.usual = GOOD
        self.answers[0].callback(LATE)
        self.clock.advance(0)
        self.assertEqual([verdict for verdict, _ in taking.taken], [GOOD])

    def test_not_for_ever(self) -> None:
        """A process that never runs in time learns of silence all the same; one good answer begins anew."""
        self.usual = None
        taking = Taking()
        self.check.begin(taking.take, self.ask)
        self.pass_time(0.3)
        for _ in range(LATE_IN_A_ROW):
            self.assertEqual(taking.taken, [])
            self.answers[-1].callback(LATE)
            self.clock.advance(0)
        self.answers[-1].callback(LATE)
        ((verdict, _),) = taking.taken
        self.assertTrue(verdict.silent)
        self.pass_time(0.5)
        self.answers[-1].callback(LATE)
        self.assertEqual(len(taking.taken), 1)
