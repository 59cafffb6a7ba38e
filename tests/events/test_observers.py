"""Observers are told of facts."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import ConnectionDone, ConnectionsCut, Observers, RequestDone


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

    def test_what_was_asked_for(self) -> None:
        """It may hold a key: it is not said unless somebody wants to know it."""
        observers = Observers()
        self.assertEqual(observers.shown_target(b"/x?\xff"), "")
        observers.targets = True
        self.assertEqual(observers.shown_target(b"/x?\xff"), "/x?\xff")

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
