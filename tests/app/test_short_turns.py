"""Long work in short turns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.short_turns import Afterwards, Turns


class Reactor:
    """Time that moves while work is done, and calls for the next turn."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[Callable[[], object]] = []

    def seconds(self) -> float:
        return self.now

    def callLater(self, delay: float, call: Callable[..., object], *args: Any) -> None:
        assert delay == 0
        self.calls.append(partial(call, *args))


class TurnsTests(SynchronousTestCase):
    """Ten pieces of 2 ms, of which 5 ms are done at once."""

    def setUp(self) -> None:
        self.clock = Reactor()
        self.done: list[float] = []

    def piece(self) -> None:
        self.clock.now += 0.002
        self.done.append(self.clock.seconds())

    def counts(self) -> list[int]:
        """How many pieces are done after each turn but the last."""
        found = []
        while self.clock.calls:
            found.append(len(self.done))
            self.clock.calls.pop()()
        return found

    def test_turns(self) -> None:
        async def work() -> None:
            turns = Turns(self.clock, 0.005)
            for _ in range(10):
                self.piece()
                await turns.pause()

        working = Deferred.fromCoroutine(work())
        self.assertEqual(self.counts(), [3, 6, 9])
        self.successResultOf(working)

    def test_begin(self) -> None:
        """A turn of its own, however short the one before was; none where nothing was done in it."""

        async def work() -> None:
            turns = Turns(self.clock, 0.005)
            await turns.begin()
            self.piece()
            await turns.begin()
            self.piece()

        working = Deferred.fromCoroutine(work())
        self.assertEqual(self.counts(), [1])
        self.successResultOf(working)

    def test_at_once(self) -> None:
        """What takes no time takes one turn."""

        async def work() -> int:
            turns = Turns(self.clock)
            for _ in range(10):
                await turns.pause()
            return 1

        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(work())), 1)

    def test_afterwards(self) -> None:
        """In order; a part of it in each turn; what fails holds up nothing."""
        after = Afterwards()
        self.assertFalse(after)
        for call in (self.piece, lambda: 1 / 0, *[self.piece] * 4):
            after.add(call)
        after.do_some(Turns(self.clock, 0.003))
        self.assertEqual((len(self.done), bool(after)), (2, True))
        after.do_some(Turns(self.clock, 0.0))
        self.assertEqual(len(self.done), 3)
        after.do_all()
        # Who stops has done it all meanwhile.
        after.do_some(Turns(self.clock, 0.003))
        self.assertEqual((len(self.done), bool(after)), (5, False))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
