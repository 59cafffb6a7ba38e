"""Observers are told of facts; facts are plain and frozen."""

from __future__ import annotations

import inspect

from attrs import has
from attrs.exceptions import FrozenInstanceError
from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.events import ConnectionDone, ConnectionsCut, Observers, RequestDone
from quorumha.pool.upstream import AttemptResult, AttemptState, Broken, Responded, Upstream


class ObserversTests(SynchronousTestCase):
    """Who is told what."""

    def test_all_are_told_in_order(self) -> None:
        told: list[tuple[str, object]] = []
        observers = Observers(lambda fact: told.append(("a", fact)))
        observers.add(lambda fact: told.append(("b", fact)))
        fact = ConnectionsCut("q2t", 3)
        observers.notify(fact)
        self.assertEqual(told, [("a", fact), ("b", fact)])

    def test_remove(self) -> None:
        """The same callable may be added twice; each is an observer of its own."""
        told: list[object] = []
        observers = Observers()
        remove = observers.add(told.append)
        observers.add(told.append)
        remove()
        remove()
        observers.notify(1)
        self.assertEqual(told, [1])

    def test_requests_are_wished_for(self) -> None:
        observers = Observers(lambda fact: None)
        self.assertFalse(observers.requests)
        removes = [observers.add(lambda fact: None, requests=True) for _ in range(2)]
        self.assertTrue(observers.requests)
        removes[0]()
        self.assertTrue(observers.requests)
        removes[1]()
        self.assertFalse(observers.requests)

    def test_usual_requests(self) -> None:
        """They go to those who want them; those that failed go to all."""
        few: list[object] = []
        all_of_them: list[object] = []
        observers = Observers(few.append)
        observers.add(all_of_them.append, requests=True)
        good, bad = (
            RequestDone("l", "c", "p", "1", "GET", 200, error, (), 0, 0, 1, 0) for error in ("", "x")
        )
        done = ConnectionDone("l", "p", "1", "a", "", 0, 0, 1)
        for fact in (good, done, bad):
            observers.notify(fact)
        self.assertEqual((few, all_of_them), ([bad], [good, done, bad]))

    def test_a_bug_of_one(self) -> None:
        """It reaches neither who made the fact nor the next observer."""
        told: list[object] = []
        observers = Observers(lambda fact: 1 / 0, told.append)
        observers.notify(ConnectionsCut("q2t", 3))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(len(told), 1)

    def test_removed_meanwhile(self) -> None:
        """An observer may go while it is told."""
        told: list[object] = []
        observers = Observers()

        def once(fact: object) -> None:
            told.append(fact)
            remove()

        remove = observers.add(once)
        observers.add(told.append)
        observers.notify(1)
        observers.notify(2)
        self.assertEqual(told, [1, 1, 2])


class FactsTests(SynchronousTestCase):
    """What all facts have in common."""

    facts = [one for _, one in inspect.getmembers(events, inspect.isclass) if has(one)]

    def test_frozen(self) -> None:
        self.assertGreater(len(self.facts), 15)
        fact = ConnectionsCut("q2t", 3)
        with self.assertRaises(FrozenInstanceError):
            fact.count = 4  # type: ignore[misc]  # what is tested
        for one in self.facts:
            self.assertIs(one.__setattr__, ConnectionsCut.__setattr__, one)

    def test_documented(self) -> None:
        for one in self.facts:
            self.assertTrue(one.__doc__, one)

    def test_failovers(self) -> None:
        """A member that is asked again at once is no other member."""
        endpoint = object()
        a, b = (Upstream(name, endpoint) for name in "ab")  # type: ignore[arg-type]  # never dialled
        tried = [
            AttemptResult(a, Broken("x"), AttemptState.SENT_ALL),
            AttemptResult(a, Broken("x"), AttemptState.SENT_ALL),
            AttemptResult(b, Responded(404), AttemptState.HEAD_SEEN),
            AttemptResult(a, Responded(200), AttemptState.PASSED_DOWN),
        ]
        done = [RequestDone("l", "c", "p", "1", "GET", 200, "", tried[:n], 0, 0, 1, 0) for n in range(5)]
        self.assertEqual([one.failovers for one in done], [0, 0, 0, 1, 2])
