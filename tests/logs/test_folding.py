"""Tests for L{quorumha.logs.folding}."""

from __future__ import annotations

import sys
import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.logger import LogEvent, LogLevel, LogPublisher, formatEvent, formatEventAsClassicLogText
from twisted.logger import Logger as AnyLogger
from twisted.trial.unittest import SynchronousTestCase

from quorumha.logs.folding import MOST, OTHERS, SECONDS, Folding, FoldingObserver


class FoldingTests(SynchronousTestCase):
    """The pure part."""

    def test_one_then_counts(self) -> None:
        """The first is written at once, the others are counted, until none came."""
        folding = Folding()
        self.assertTrue(folding.see("a", {"n": 0}, 0.0))
        for number in range(1, 6):
            self.assertFalse(folding.see("a", {"n": number}, 1.0))
        self.assertEqual(list(folding.due(9.9)), [])
        self.assertEqual(list(folding.due(SECONDS)), [(5, {"n": 5})])
        self.assertFalse(folding.see("a", {"n": 6}, 11.0), "it goes on")
        self.assertEqual(list(folding.due(2 * SECONDS)), [(1, {"n": 6})])
        self.assertEqual(list(folding.due(3 * SECONDS)), [])
        self.assertEqual(len(folding), 0)
        self.assertTrue(folding.see("a", {}, 31.0), "it begins anew")

    def test_some_then_counts(self) -> None:
        """So many are written as the event says; where it goes on, none but the counts."""
        folding = Folding()
        event = {"fold_first": 3}
        self.assertEqual([folding.see("a", event, 0.0) for _ in range(5)], [True, True, True, False, False])
        self.assertEqual(list(folding.due(SECONDS)), [(2, event)])
        self.assertFalse(folding.see("a", event, 11.0))
        self.assertEqual(list(folding.due(2 * SECONDS)), [(1, event)])
        self.assertEqual(list(folding.due(3 * SECONDS)), [])
        self.assertTrue(folding.see("a", event, 31.0), "it begins anew")

    def test_causes_are_apart(self) -> None:
        """One does not keep another from being told."""
        folding = Folding()
        self.assertTrue(folding.see("a", {}, 0.0))
        self.assertTrue(folding.see("b", {}, 0.0))
        self.assertEqual(folding.next_due(), SECONDS)

    @given(st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 5)), max_size=300))
    def test_bounded_and_exact(self, events: list[tuple[int, float]]) -> None:
        """However many causes: few are remembered, and each event is written or counted, once."""
        folding = Folding(most=5)
        now, written, told = 0.0, 0, 0
        for cause, later in events:
            now += later
            told += sum(count for count, _ in folding.due(now))
            written += folding.see(str(cause), {}, now)
            self.assertLessEqual(len(folding), 6)
        told += sum(count for count, _ in folding.due(float("inf")))
        self.assertEqual(written + told, len(events))

    def test_other_threads(self) -> None:
        """Threads may log while the reactor's asks when the next count is due."""
        folding = Folding(most=10**6)
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-6)

        def see() -> None:
            for number in range(20_000):
                folding.see(str(number), {}, 0.0)

        thread = threading.Thread(target=see)
        thread.start()
        self.addCleanup(thread.join)
        while thread.is_alive():
            self.assertIn(folding.next_due(), (None, SECONDS))

    def test_on_top(self) -> None:
        """Causes above the bound are one."""
        folding = Folding(most=1)
        self.assertTrue(folding.see("a", {}, 0.0))
        self.assertTrue(folding.see("b", {}, 0.0))
        self.assertFalse(folding.see("c", {}, 0.0))
        self.assertFalse(folding.see(OTHERS, {}, 0.0))
        self.assertLess(MOST, 1000)


class ObserverTests(SynchronousTestCase):
    """In front of an observer."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.events: list[LogEvent] = []
        self.observer = FoldingObserver(self.events.append, self.clock)
        self.log: Any = AnyLogger("there", observer=LogPublisher(self.observer))

    def said(self) -> list[str]:
        return [formatEvent(event) for event in self.events]

    def test_folds(self) -> None:
        """A line, then one with the count; the second is an event of the same kind."""
        for number in range(1000):
            self.log.warn("{a}: no {b}", a=number, b="luck", event="luck", fold="luck")
        self.log.info("{b}", b="unfolded")
        self.log.info("{b}", b="unfolded")
        self.assertEqual(self.said(), ["0: no luck", "unfolded", "unfolded"])
        self.clock.advance(SECONDS)
        self.assertEqual(self.said()[-1], "999: no luck (999 more of these in 10 s)")
        told = self.events[-1]
        self.assertEqual((told["event"], told["more"], told["log_level"]), ("luck", 999, LogLevel.warn))
        self.assertEqual(told["within"], SECONDS)
        self.assertLessEqual({"count", "seconds"} & told.keys(), set(), "events may have these themselves")
        self.assertIn("[there#warn] 999: no luck (999 more", formatEventAsClassicLogText(told) or "")
        self.clock.advance(SECONDS)
        self.assertEqual(
            (len(self.events), self.clock.getDelayedCalls()), (4, []), "nothing goes on for ever"
        )

    def test_failures(self) -> None:
        """A bug is told with one traceback."""
        for error in (ValueError, ValueError, KeyError):
            try:
                raise error("x")
            except Exception:
                self.log.failure("it broke")
        self.assertEqual([event["log_failure"].type for event in self.events], [ValueError, KeyError])
        self.clock.advance(SECONDS)
        self.assertEqual(self.said()[-1], "it broke (1 more of these in 10 s)")

    def test_other_threads(self) -> None:
        """They fold, and leave the clock alone, which is not theirs."""
        for _ in range(2):
            thread = threading.Thread(target=self.log.warn, args=("no",), kwargs={"fold": "no"})
            thread.start()
            thread.join()
        self.assertEqual((self.said(), self.clock.getDelayedCalls()), (["no"], []))
        self.log.warn("no", fold="no")
        self.clock.advance(SECONDS)
        self.assertEqual(self.said()[-1], "no (2 more of these in 10 s)")

    def test_at_the_end(self) -> None:
        """What is counted so far is told."""
        for _ in range(3):
            self.log.warn("no", fold="no")
        self.observer.write_counts()
        self.assertEqual(self.said(), ["no", "no (2 more of these in 10 s)"])
