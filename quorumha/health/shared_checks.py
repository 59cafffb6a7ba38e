"""L{SharedChecks}: the checks of one process, each made once, whoever wants to know.

A deep check finds out what concerns a node at all its ports.  So whoever checks another port of the node
follows it, whichever begins first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from twisted.internet.interfaces import IReactorTime

from quorumha.health.repeated_check import Ask, RepeatedCheck, Take
from quorumha.health.ticks import ticks_of


class SharedChecks:
    """The checks of the process: equal ones are made once."""

    def __init__(self, clock: IReactorTime) -> None:
        self.ticks = ticks_of(clock)
        self._checks: dict[Hashable, RepeatedCheck] = {}

    def begin(
        self, key: Hashable, make: Callable[[], RepeatedCheck], take: Take, ask: Ask
    ) -> tuple[RepeatedCheck, Callable[[], None]]:
        """Call C{take} with every verdict of the check that asks this.

        @param key: the question: who is asked, what, how often, how long it may take.
        @param make: makes the check if nobody wanted to know before.
        @return: the check, and what ends that.
        """
        check = self._checks.get(key)
        if check is None:
            check = self._checks[key] = make()
        check.begin(take, ask)

        def end() -> None:
            if check.end(take):
                del self._checks[key]

        return check, end


class DeepChecks:
    """A fact of a node: its deep checks, of which the first is listened to, and those who listen."""

    def __init__(self) -> None:
        self._checks: list[RepeatedCheck] = []
        #: Who takes its verdicts, and what is called when there is none any more.
        self._followers: dict[Take, Callable[[], None]] = {}

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self._checks)

    def announce(self, check: RepeatedCheck) -> Callable[[], None]:
        """What this check finds out counts at all ports of the node.

        @return: call it before the last who puts its question ends: it counts no more.
        """
        self._checks.append(check)
        if len(self._checks) == 1:
            for take in self._followers:
                check.begin(take)
        return lambda: self._withdraw(check)

    def _withdraw(self, check: RepeatedCheck) -> None:
        before = self._checks[0]
        self._checks.remove(check)
        if before is check:
            for take, lost in self._followers.items():
                check.end(take)
                if self._checks:
                    self._checks[0].begin(take)
                else:
                    lost()

    def follow(self, take: Take, lost: Callable[[], None]) -> Callable[[], None]:
        """Call C{take} with every verdict of the node's deep check, as long as there is one.

        @param lost: called when there is none any more.
        @return: call it to follow no more.
        """
        self._followers[take] = lost
        if self._checks:
            self._checks[0].begin(take)
        return lambda: self._leave(take)

    def _leave(self, take: Take) -> None:
        del self._followers[take]
        if self._checks:
            self._checks[0].end(take)
