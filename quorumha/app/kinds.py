"""The kinds that this program has, in the order in which messages name them; a new kind is a line here."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

from quorumha.config import load
from quorumha.config.kind import Kinds
from quorumha.config.model import Config, ListenerConfig
from quorumha.goquorum.kind import CHECK, RPC
from quorumha.health.kind import CONNECT, HTTP_CHECK
from quorumha.http.server.kind import HTTP
from quorumha.postgresql.check_kinds import PATRONI_CHECK, POSTGRESQL_CHECK
from quorumha.postgresql.kind import POSTGRESQL
from quorumha.relay.kind import TCP
from quorumha.tessera.kind import DEEP_CHECK, P2P, Q2T, THIRD_PARTY

if TYPE_CHECKING:
    from quorumha.app.assembly import Assembly
    from quorumha.logs.log_lines import LogLines
    from quorumha.net.listener_part import Part


class _Builds(Protocol):
    """What a type checker is to see of each: that it takes what there is, and gives what is wanted."""

    def build(self, listener: ListenerConfig, parts: Assembly) -> Part[Any]: ...


_LISTENERS = (HTTP, TCP, Q2T, P2P, THIRD_PARTY, RPC, POSTGRESQL)
_BUILD: tuple[_Builds, ...] = _LISTENERS

KINDS = Kinds(
    listeners=_LISTENERS, checks=(CONNECT, HTTP_CHECK, DEEP_CHECK, CHECK, POSTGRESQL_CHECK, PATRONI_CHECK)
)


def log_lines(kinds: Kinds = KINDS) -> LogLines:
    """What the log says of facts: of those of the house, and of those of each kind."""
    from quorumha.admin.admin_facts import LINES
    from quorumha.logs import certificate_lines
    from quorumha.logs.log_lines import EVENT_LINES

    found = EVENT_LINES | LINES | certificate_lines.LINES
    for kind in kinds.listeners:
        brought = kind.log_lines()
        found = found if brought is None else found | brought
    return found


def load_config(
    path: str | PathLike[str],
    environ: Mapping[str, str],
    kinds: Kinds = KINDS,
    *,
    folders: bool = False,
    serves: Config | None = None,
) -> Config:
    """Read and check a file, with the kinds that this program has.

    @param path: TOML, or JSON where the name ends in C{.json}.
    @param environ: the variables that C{${NAME}} means.
    @param folders: look also whether the folders that it names can be used by this process.
    @param serves: what this process does already: that is not looked at once more.
    @raise ConfigError: with every problem.
    """
    return load.load_config(path, environ, kinds, folders=folders, serves=serves)


def parse_config(
    text: str, source: str, environ: Mapping[str, str], kinds: Kinds = KINDS, *, folders: bool = False
) -> Config:
    """Read and check a text, as L{load_config} does a file; C{source}: what messages call it.

    @raise ConfigError: with every problem.
    """
    return load.parse_config(text, source, environ, kinds, folders=folders)
