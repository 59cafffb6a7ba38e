"""The verdict and the exit status; tests/integration/test_demo.py sees a real process end."""

from __future__ import annotations

import signal
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.exit_status import leave_with, on_interrupt


class LeaveTests(SynchronousTestCase):
    def left(self, status: int) -> list[int]:
        hooks: list[Callable[[], None]] = []
        left: list[int] = []
        leave_with(lambda: status, hooks.append, left.append)
        self.assertEqual(left, [])
        (hook,) = hooks
        hook()
        return left

    def test_a_bad_one_is_given(self) -> None:
        self.assertEqual(self.left(1), [1])

    def test_a_good_one_leaves_the_end_alone(self) -> None:
        self.assertEqual(self.left(0), [])


class InterruptTests(SynchronousTestCase):
    def test_called_in_the_reactor(self) -> None:
        class Reactor:
            def __init__(self) -> None:
                self.calls: list[Callable[[], object]] = []

            def callFromThread(self, call: Callable[[], object]) -> None:
                self.calls.append(call)

        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        reactor, call = Reactor(), list
        on_interrupt(reactor, call)
        signal.raise_signal(signal.SIGINT)
        self.assertEqual(reactor.calls, [call])
