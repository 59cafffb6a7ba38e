"""L{FactRecorder}: keeps the facts that were made, for tests."""

from __future__ import annotations

from typing import TypeVar

from twisted.logger import formatEvent

from quorumha.app.kinds import log_lines
from quorumha.events import Observers

Fact = TypeVar("Fact")


class FactRecorder:
    """An observer that keeps every fact, in order.

    Give its C{observers} to what is tested, or add it to the observers that this has.

    @ivar facts: all of them.
    @ivar observers: it alone, told of each request.
    """

    def __init__(self) -> None:
        self.facts: list[object] = []
        self.observers = Observers()
        self.observers.add(self, requests=True)

    def __call__(self, fact: object) -> None:
        """Keep a fact."""
        self.facts.append(fact)

    def of(self, kind: type[Fact]) -> list[Fact]:
        """Those of one kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def lines(self) -> list[str]:
        """What the log would say of them, if nothing were folded: C{"event: sentence"}."""
        line_of = log_lines().line_of
        found = [(line, line.keys(fact)) for fact in self.facts if (line := line_of(fact)) is not None]
        return [f"{line.event}: {formatEvent({**keys, 'log_format': line.text})}" for line, keys in found]
