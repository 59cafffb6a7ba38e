"""L{SharedChecks}: the checks of one process, each made once, whoever wants to know.

A deep check finds out what concerns a node at all its ports.  So whoever checks another port of the node
follows it, whichever begins first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from twisted.internet.interfaces import IReactorTime

from quorumha.health.repeated_check import Ask, RepeatedCheck, Taker
from quorumha.health.ticks import Ticks


class Follower(Taker, Protocol):
    """Who takes what a deep check of another port finds out."""

    def lost(self) -> None:
        """There is no such check any more."""


class SharedChecks:
    """The checks of the process: equal ones are made once.

    @ivar ticks: for all of them.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.ticks = Ticks(clock)
        self._checks: dict[Hashable, RepeatedCheck] = {}

    def begin(
        self, key: Hashable, make: Callable[[], RepeatedCheck], taker: Taker, ask: Ask
    ) -> tuple[RepeatedCheck, Callable[[], None]]:
        """Give C{taker} every verdict of the check that asks this.

        @param key: the question: who is asked, what, how often, how long it may take.
        @param make: makes the check if nobody wanted to know before.
        @param ask: puts the question once.
        @return: the check, and what ends that.
        """
        check = self._checks.get(key)
        if check is None:
            check = self._checks[key] = make()
        check.begin(taker, ask)

        def end() -> None:
            if check.end(taker):
                del self._checks[key]

        return check, end


class DeepChecks:
    """A fact of a node: its deep checks, of which the first is listened to, and those who listen."""

    def __init__(self) -> None:
        self._checks: list[RepeatedCheck] = []
        self._takers: list[Follower] = []

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._checks)

    def announce(self, check: RepeatedCheck) -> Callable[[], None]:
        """What this check finds out counts at all ports of the node.

        @return: call it before the last who puts its question ends: it counts no more.
        """
        self._checks.append(check)
        if len(self._checks) == 1:
            for taker in self._takers:
                check.begin(taker)
        return lambda: self._withdraw(check)

    def _withdraw(self, check: RepeatedCheck) -> None:
        before = self._checks[0]
        self._checks.remove(check)
        if before is check:
            for taker in self._takers:
                check.end(taker)
                if self._checks:
                    self._checks[0].begin(taker)
                else:
                    taker.lost()

    def follow(self, taker: Follower) -> Callable[[], None]:
        """Give C{taker} every verdict of the node's deep check, as long as there is one.

        @return: call it to give it no more.
        """
        self._takers.append(taker)
        if self._checks:
            self._checks[0].begin(taker)
        return lambda: self._leave(taker)

    def _leave(self, taker: Follower) -> None:
        self._takers.remove(taker)
        if self._checks:
            self._checks[0].end(taker)
