"""L{Turns}: long work of the reactor's thread, in turns that nobody notices; and L{Afterwards}."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import Factory, define, field
from twisted.internet.task import deferLater
from twisted.logger import Logger

log = Logger()

#: Seconds after which a turn ends where it can.
MOST = 0.005


@define(eq=False)
class Turns:
    """C{await turns.pause()} stands between two pieces of the work."""

    _clock: Any
    _most: float = MOST
    _began: float = Factory(lambda self: self._clock.seconds(), takes_self=True)

    async def pause(self) -> None:
        """Let the reactor have its turn, if this one took long already."""
        if self.over:
            await self.begin()

    @property
    def over(self) -> bool:
        """Whether this turn took long already."""
        now: float = self._clock.seconds()
        return now - self._began >= self._most

    async def begin(self) -> None:
        """Begin a new turn of the reactor, unless this one has only begun."""
        if self._clock.seconds() > self._began:
            await deferLater(self._clock, 0)
            self._began = self._clock.seconds()


@define(eq=False)
class Afterwards:
    """What is still to be done, in order.  What fails is logged, and the next is done."""

    _calls: deque[Callable[[], object]] = field(factory=deque, init=False)

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, call: Callable[[], object]) -> None:
        """Do this, too."""
        self._calls.append(call)

    def do_some(self, turns: Turns) -> None:
        """Do what there is time for in this turn, and one at least, if there is any."""
        if self._calls:
            self._do_next()
        while self._calls and not turns.over:
            self._do_next()

    def do_all(self) -> None:
        """Do all of it now."""
        while self._calls:
            self._do_next()

    def _do_next(self) -> None:
        try:
            self._calls.popleft()()
        except Exception:
            log.failure("something that follows a change failed")
