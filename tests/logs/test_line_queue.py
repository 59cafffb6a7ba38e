"""Tests for L{quorumha.logs.line_queue}."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.logs.line_queue import LineQueue, Taken

BOUND = 100


class LineQueueTests(SynchronousTestCase):
    """By hand."""

    def test_missing_in_their_place(self) -> None:
        """What does not fit is counted behind what fitted, and before what fits again."""
        queue = LineQueue(10)
        for line in (b"12345", b"123456", b"1234567", b"12345"):
            queue.put(line)
        self.assertEqual(queue.take(100), Taken([b"12345"], missing=2))
        self.assertEqual(queue.take(100), Taken([b"12345"]))
        queue.put(b"1")
        self.assertEqual(queue.take(100), Taken([], missing=1), "what is under way takes room, too")
        queue.done([b"12345", b"12345"])
        queue.put(b"1")
        self.assertEqual(queue.take(100), Taken([b"1"]))
        self.assertFalse(queue)

    def test_pieces(self) -> None:
        """No more at once than is asked for, and one line more."""
        queue = LineQueue(100)
        for _ in range(4):
            queue.put(b"12345")
        self.assertEqual(queue.take(6), Taken([b"12345"] * 2))

    def test_marks(self) -> None:
        """A mark stays between the lines that were put before and after it."""
        queue = LineQueue(100)
        queue.put(b"1")
        queue.mark()
        queue.put(b"2")
        self.assertEqual(queue.take(6), Taken([b"1"], marked=True))
        self.assertEqual(queue.take(6), Taken([b"2"]))


class LineQueueMachine(RuleBasedStateMachine):
    """Whatever is put and taken: nothing is lost uncounted, the order stays, the bound holds."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = LineQueue(BOUND)
        self.put: list[int] = []
        self.out: list[int] = []
        self.missing = 0
        self.under_way: list[bytes] = []

    @rule(size=st.integers(3, 60))
    def add(self, size: int) -> None:
        self.put.append(len(self.put))
        self.queue.put(str(self.put[-1]).encode().ljust(size))

    @rule(most=st.integers(1, 80))
    def take(self, most: int) -> None:
        self.queue.done(self.under_way)
        before = len(self.out) + self.missing
        taken = self.queue.take(most)
        self.under_way, missing = taken.lines, taken.missing
        numbers = [int(line) for line in self.under_way]
        if numbers:
            assert numbers[0] == before, "those that are missing stand where they are counted"
        self.out += numbers
        self.missing += missing

    @invariant()
    def holds(self) -> None:
        assert self.queue.size <= BOUND
        assert self.out == sorted(self.out)

    def teardown(self) -> None:
        while self.queue:
            self.take(1000)
        assert len(self.out) + self.missing == len(self.put)


MachineTests = LineQueueMachine.TestCase
