"""L{OperatorWords}: what an operator said of members while the process runs; kept in a file over a restart.

A word is for a member of a pool, by their names.  It holds until it is taken back, until the member leaves
the configuration, or until C{enabled} of the member is changed there: who changes the file knows better.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from attrs import asdict, define, field, frozen

from quorumha.admin.running import OperatorWord
from quorumha.config.model import Config, UpstreamConfig

#: The file in C{state_directory}.
FILE = "operator.json"

#: Of what is written there.
VERSION = 1
#: Seconds since the epoch that a word may have: the year 5138.
LATEST = 1e11

#: Of a pool, and of a member in it.
Names = tuple[str, str]


@frozen
class _Said:
    """A word, and what the file said of the member then."""

    word: OperatorWord
    configured: bool


def _nothing(data: bytes) -> None:
    """It is kept nowhere."""


@define(eq=False)
class OperatorWords:
    """The words that hold, by pool and member.

    @ivar keep: called with what to write, whenever that has changed.
    """

    keep: Callable[[bytes], object] = _nothing
    _said: dict[Names, _Said] = field(factory=dict, init=False)

    def read(self, kept: bytes) -> None:
        """Begin with what was written last.

        @raise ValueError: it is nothing that was written here.
        """
        try:
            self._said = dict(_parse(json.loads(kept))) if kept else {}
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"not what is written here: {error!r}") from error

    def of(self, pool: str, member: str) -> OperatorWord | None:
        """The word that holds for a member, if there is one."""
        said = self._said.get((pool, member))
        return None if said is None else said.word

    def all(self) -> Iterator[tuple[str, str, OperatorWord]]:
        """Pool, member, and the word."""
        for (pool, member), said in self._said.items():
            yield pool, member, said.word

    def say(self, pool: str, member: str, word: OperatorWord, *, configured: bool) -> None:
        """This holds from now on; the same word twice holds since the first time.

        @param configured: C{enabled} in the file.
        """
        before = self.of(pool, member)
        if before is None or before.enabled != word.enabled:
            self._said[pool, member] = _Said(word, configured)
            self._write()

    def clear(self, pool: str, member: str) -> None:
        """What the file says holds again."""
        if self._said.pop((pool, member), None) is not None:
            self._write()

    def follow(self, config: Config) -> None:
        """Forget the words that a configuration ends."""
        before = len(self._said)
        for (pool, member), said in list(self._said.items()):
            upstream = _upstream(config, pool, member)
            if upstream is None or upstream.enabled != said.configured:
                del self._said[pool, member]
        if len(self._said) != before:
            self._write()

    def _write(self) -> None:
        words = [
            {"pool": pool, "upstream": member, "configured": said.configured, **asdict(said.word)}
            for (pool, member), said in self._said.items()
        ]
        self.keep(json.dumps({"version": VERSION, "words": words}, indent=1).encode())


def _upstream(config: Config, pool: str, member: str) -> UpstreamConfig | None:
    found = config.pools.get(pool)
    return next((one for one in found.upstreams if one.name == member), None) if found is not None else None


def _parse(tree: Any) -> Iterator[tuple[Names, _Said]]:
    if tree["version"] != VERSION:
        raise ValueError(f"not what is written here: of version {tree['version']!r}")
    for one in tree["words"]:
        names = (_name(one["pool"]), _name(one["upstream"]))
        word = OperatorWord(_truth(one["enabled"]), _name(one["who"]), _time(one["since"]))
        yield names, _Said(word, _truth(one["configured"]))


def _name(value: object) -> str:
    if isinstance(value, str) and value.isprintable():
        return value
    raise TypeError("no name")


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError("neither true nor false")


def _time(value: object) -> float:
    # Whoever shows it as a date can: a comparison with NaN is never true.
    if isinstance(value, int | float) and 0 <= value < LATEST:
        return float(value)
    raise TypeError("no time")
