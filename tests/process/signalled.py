"""A process that is none, for tests of what signals do."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from quorumha.process.signals import Process


class FakeProcess(Process):
    """Signals are calls of C{get}.

    @ivar ended: what it was ended by.
    """

    def __init__(self) -> None:
        self.treatments: dict[int, Any] = {
            signal.SIGTERM: self._twisted,
            signal.SIGINT: self._twisted,
            signal.SIGHUP: signal.SIG_DFL,
            signal.SIGUSR1: signal.SIG_DFL,
            signal.SIGUSR2: signal.SIG_DFL,
        }
        self.stops: list[int] = []
        self.let: list[int] = []
        self.ended: list[int] = []
        self.late: list[tuple[int, float]] = []

    def _twisted(self, number: int, frame: object) -> None:
        self.stops.append(number)

    def treat(self, number: int, action: Any) -> Any:
        before, self.treatments[number] = self.treatments[number], action
        return before

    def release(self, number: int) -> None:
        self.let.append(number)

    def action(self, number: int) -> Any:
        return self.treatments[number]

    def end_by(self, number: int) -> None:
        self.ended.append(number)

    def end_later(self, number: int, seconds: float) -> None:
        self.late.append((number, seconds))

    def get(self, number: int) -> None:
        action = self.treatments[number]
        assert callable(action), f"the process is ended by {action}"
        action(number, None)


class FakeReactor:
    """Takes calls, and makes them when it is told to."""

    def __init__(self) -> None:
        self.begin: list[Callable[[], None]] = []
        self.stops = 0
        self.calls: list[tuple[Callable[..., object], tuple[object, ...], dict[str, object]]] = []

    def callWhenRunning(self, call: Callable[[], None]) -> None:
        self.begin.append(call)

    def callFromThread(self, call: Callable[..., object], *args: object, **named: object) -> None:
        self.calls.append((call, args, named))

    def stop(self) -> None:
        self.stops += 1

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for call, args, named in calls:
            call(*args, **named)
