"""A study: a measurement that is more than one work done by every arm in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import frozen

from bench.rows import Row


@frozen
class Frame:
    """How much a study may do.

    @ivar directory: for its files; its own.
    @ivar seconds: of each timed run.
    @ivar repeat: rounds.
    @ivar arms: those asked for.
    """

    directory: Path
    seconds: float
    repeat: int
    arms: tuple[str, ...]

    def folder(self, *parts: object) -> Path:
        """A directory below C{directory}, made."""
        made = self.directory.joinpath(*map(str, parts))
        made.mkdir(parents=True, exist_ok=True)
        return made

    def among(self, *names: str) -> list[str]:
        """Those of C{names} that were asked for."""
        return [name for name in names if name in self.arms]


#: Gives the lines of its tables.
Study = Callable[[Frame], Iterable[Row]]


def say(text: str) -> None:
    """Tell on standard error how far it is."""
    print(text, file=sys.stderr, flush=True)
