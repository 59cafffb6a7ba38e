"""LazyTimeout under any sequence of steps: it fires exactly when the last limit set has passed."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.timeout import LazyTimeout
from tests.nightly import play


class _Machine(RuleBasedStateMachine):
    """The model is one number: when it is due."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.fired: list[float] = []
        self.expected: list[float] = []
        self.due: float | None = None
        self.again = 0
        self.limit = LazyTimeout(self.clock, self.call)

    def call(self) -> None:
        self.fired.append(self.clock.seconds())
        if self.again:
            self.limit.set(self.again)

    @rule(seconds=st.integers(0, 6))
    def set(self, seconds: int) -> None:
        self.limit.set(seconds)
        self.due = self.clock.seconds() + seconds if seconds else None

    @rule()
    def clear(self) -> None:
        self.limit.clear()
        self.due = None

    @rule()
    def stop(self) -> None:
        self.limit.stop()
        self.due = None
        assert not self.clock.getDelayedCalls()
        # It is stopped for good; the next limits are another's.
        self.limit = LazyTimeout(self.clock, self.call)

    @rule(seconds=st.integers(0, 3))
    def set_again_when_it_fires(self, seconds: int) -> None:
        self.again = seconds

    @rule(seconds=st.integers(1, 4))
    def advance(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)
            now = self.clock.seconds()
            if self.due is not None and now >= self.due:
                self.expected.append(now)
                self.due = now + self.again if self.again else None

    @invariant()
    def fired_as_expected(self) -> None:
        assert self.fired == self.expected, (self.fired, self.expected)

    @invariant()
    def one_delayed_call_at_most(self) -> None:
        assert len(self.clock.getDelayedCalls()) <= 1


class LazyTimeoutMachineTests(SynchronousTestCase):
    """The machine above."""

    def test_any_sequence(self) -> None:
        play(_Machine, 60, health_checks=True)
