"""A check whose words a test says itself, and configurations that have it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.app.kinds import KINDS, parse_config
from quorumha.config.kind import CheckKind, Kinds
from quorumha.config.model import CheckConfig, Config
from quorumha.errors import ConfigError
from quorumha.health.probes import Probe
from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.postgresql.pools_writer import RoleProbe
from quorumha.postgresql.role_word import RoleVerdict, RoleWord


class SaidRole(CheckKind):
    """Asks nobody: the test says what each member would."""

    name = "said-role"
    says_role = True
    finds_hangs = True

    def __init__(self) -> None:
        #: What each member says, by name; nothing: it is silent.
        self.words: dict[str, Callable[[float], Verdict]] = {}

    def say(self, **words: RoleWord | None) -> None:
        """From now on members say this, or nothing."""
        for name, word in words.items():
            self.words[name] = partial(_verdict, word)

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        return "nothing"

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        return _SaidProbe(self, clock)


def _verdict(word: RoleWord | None, asked_at: float) -> Verdict:
    if word is None:
        return Verdict("no response", silent=True)
    return RoleVerdict(word=word, asked_at=asked_at)


class _SaidProbe(RoleProbe):
    def __init__(self, said: SaidRole, clock: Any) -> None:
        self._said = said
        self._clock = clock

    def ask(self, member: Member) -> Deferred[Verdict]:
        asked: Deferred[Verdict] = Deferred()
        word = self._said.words.get(member.name)
        if word is not None:
            asked.callback(word(self._clock.seconds()))
        return asked


#: Two databases, and who relays to the writer among them.
POOL = """state_directory = "/var/lib/quorumha"
[pools.db]
upstreams = [{ name = "a", endpoint = "tcp:10.0.0.1:5432" }, { name = "b", endpoint = "tcp:10.0.0.2:5432" }]
check = { kind = "said-role", interval = "500ms", timeout = "1s" }
"""
LISTENER = '[listeners.db]\nlisten = "tcp:5432"\nserve = "postgresql"\npool = "db"\n'


def kinds(said: SaidRole | None = None) -> Kinds:
    """Those of the program, and such a check."""
    return evolve(KINDS, checks=(*KINDS.checks, said or SaidRole()))


def config(text: str, said: SaidRole | None = None) -> Config:
    """A configuration that may have that check.

    @raise ConfigError: with every problem.
    """
    return parse_config(text, "q.toml", {}, kinds(said))


def problems_of(text: str) -> list[str]:
    """What is wrong with it, without the excerpts."""
    try:
        config(text)
    except ConfigError as error:
        return [one.partition("\n")[0] for one in error.problems]
    return []
