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
from quorumha.pool.identity import Node


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
        self._deep: dict[Node, _DeepChecks] = {}

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

    def announce(self, node: Node, check: RepeatedCheck) -> Callable[[], None]:
        """What this check finds out counts at all ports of a node.

        @return: call it before the last who puts its question ends: it counts no more.
        """
        deep = self._deep.setdefault(node, _DeepChecks())
        deep.announce(check)
        return lambda: self._forget(node, deep.withdraw(check))

    def follow(self, node: Node, taker: Follower) -> Callable[[], None]:
        """Give C{taker} the verdicts of a node's deep check, as long as there is one.

        @return: call it to get no more.
        """
        deep = self._deep.setdefault(node, _DeepChecks())
        deep.follow(taker)
        return lambda: self._forget(node, deep.leave(taker))

    def is_deep(self, node: Node) -> bool:
        """Whether this node has a deep check."""
        deep = self._deep.get(node)
        return deep is not None and deep.current is not None

    def _forget(self, node: Node, empty: bool) -> None:
        if empty:
            self._deep.pop(node, None)


class _DeepChecks:
    """The deep checks of one node, of which the first is listened to, and those who listen."""

    def __init__(self) -> None:
        self._checks: list[RepeatedCheck] = []
        self._takers: list[Follower] = []

    @property
    def current(self) -> RepeatedCheck | None:
        return self._checks[0] if self._checks else None

    def announce(self, check: RepeatedCheck) -> None:
        self._checks.append(check)
        if len(self._checks) == 1:
            for taker in self._takers:
                check.begin(taker)

    def withdraw(self, check: RepeatedCheck) -> bool:
        before = self.current
        self._checks.remove(check)
        if before is check:
            for taker in self._takers:
                check.end(taker)
                if self.current is not None:
                    self.current.begin(taker)
                else:
                    taker.lost()
        return not self._checks and not self._takers

    def follow(self, taker: Follower) -> None:
        self._takers.append(taker)
        if self.current is not None:
            self.current.begin(taker)

    def leave(self, taker: Follower) -> bool:
        self._takers.remove(taker)
        if self.current is not None:
            self.current.end(taker)
        return not self._checks and not self._takers
