"""What is told of a configuration: for tests of every part that reads it."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.errors import ConfigError

#: Two lines that define the pool C{a}, and three that use it.
POOL = '[pools.a]\nupstreams = ["http://h:1", "http://i:1"]\n'
LISTENER = '[listeners.l]\nlisten = "tcp:80"\npool = "a"\n'


def problems_of(text: str, source: str = "q.toml") -> list[str]:
    """Every problem of a text; none when it can be used."""
    try:
        parse_config(text, source, {})
    except ConfigError as error:
        return error.problems
    return []


class ToldTestCase(SynchronousTestCase):
    """Tests of what is told."""

    def check(self, text: str, *told: str) -> None:
        """These problems and no others, each by the beginning of what is told."""
        self._begin(problems_of(text), told)

    def warns(self, text: str, *told: str) -> None:
        """No problem, and these warnings and no others, each by its beginning."""
        self._begin(parse_config(text, "q.toml", {}).warnings, told)

    def _begin(self, found: Sequence[str], told: Sequence[str]) -> None:
        self.assertEqual(len(found), len(told), found)
        for one, beginning in zip(found, told, strict=True):
            self.assertTrue(one.startswith(beginning), f"{one!r} does not begin with {beginning!r}")
