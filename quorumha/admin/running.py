"""What the admin knows of the process: the values it gets, and the interfaces of what it asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress

from quorumha.config.model import Config
from quorumha.errors import QuorumhaError
from quorumha.net.listener_part import Part
from quorumha.numbers import ListenerNumbers, ProcessNumbers
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.recent_changes import StateChange


@frozen
class ReloadResult:
    """What came of a reload.

    @ivar taken: the configuration serves, or would, where nothing was to be changed.
    @ivar changes: what it changes, a line each; empty: nothing.
    @ivar problems: why it was refused, a line each.
    """

    taken: bool
    changes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@frozen
class LastReload:
    """The last reload that there was; C{at}: when, in seconds since the epoch."""

    at: float
    result: ReloadResult


@frozen
class Switched:
    """What came of a word for a member.

    @ivar left: requests and connections that it has yet.
    """

    pool: str
    upstream: str
    state: str
    left: int = 0


@frozen
class OperatorWord:
    """What an operator said of a member while the process runs.

    @ivar enabled: whether it may be used.
    @ivar who: who said so: C{"admin"}.
    @ivar since: when, in seconds since the epoch.
    """

    enabled: bool
    who: str
    since: float


class UnknownName(QuorumhaError):
    """There is no pool, or no member, of this name; the text names the nearest."""


class NotNow(QuorumhaError):
    """It would do harm; the text says which, and how to insist."""


class Operations(Protocol):
    """What may be asked of the process."""

    def reload(self, *, dry_run: bool = False) -> Deferred[ReloadResult]:
        """Take the configuration file as it is now.  Never fails."""

    def enable(self, pool: str, upstream: str) -> Switched:
        """Let a member be used.

        @raise UnknownName: there is none.
        """

    def disable(self, pool: str, upstream: str, *, force: bool = False) -> Switched:
        """Let it get nothing new.

        @param force: also if nobody would respond then.
        @raise UnknownName: there is none.
        @raise NotNow: no other one is enabled, or no other one serves.
        """

    def drain_member(
        self, pool: str, upstream: str, *, within: float = 30.0, force: bool = False
    ) -> Switched:
        """Likewise; and end its relayed connections as soon as they are idle, at the latest after C{within}
        seconds."""

    def use(self, pool: str, upstream: str) -> None:
        """Let a member be the one that is written to: a person has decided.

        @raise UnknownName: there is none, or the pool's members may all be written to.
        @raise NotNow: it is none that could be, and why.
        """

    def forget_writer(self, pool: str) -> None:
        """Forget what the one was that was written to: a person says that it is another database now.

        @raise UnknownName: there is no such pool, or its members may all be written to.
        @raise NotNow: why that cannot be.
        """

    def word(self, pool: str, upstream: str) -> OperatorWord | None:
        """What was said of a member, and holds; None: the file's word does."""

    def drain(self) -> None:
        """Take no new clients soon, and let those who are there go; say first that it is not ready."""

    def undrain(self) -> None:
        """Take all that back.

        @raise NotNow: it stops already.
        """


class Running(Protocol):
    """What may be seen of the process.

    @ivar started_at: in seconds since the epoch.
    @ivar version: of quorumha.
    @ivar process_numbers: of the process as a whole.
    @ivar last_reload: None: there was none yet.
    """

    started_at: float
    version: str
    process_numbers: ProcessNumbers
    last_reload: LastReload | None

    @property
    def config(self) -> Config:
        """What it does."""

    @property
    def pools(self) -> Mapping[str, UpstreamPool]:
        """By name."""

    @property
    def listening(self) -> Mapping[str, IAddress]:
        """By the listener's name."""

    @property
    def not_listening(self) -> Collection[str]:
        """Those that take nobody, and should, by name."""

    @property
    def numbers(self) -> Mapping[str, ListenerNumbers]:
        """By the listener's name."""

    @property
    def changes(self) -> Sequence[StateChange]:
        """The last changes of members' states, the newest first."""

    @property
    def parts(self) -> Mapping[str, Part[Any]]:
        """By the listener's name."""

    @property
    def open_connections(self) -> Mapping[str, int]:
        """How many clients each has, by the listener's name."""

    @property
    def replay_bytes(self) -> int:
        """What the bodies hold that are kept to be sent again."""

    @property
    def digest(self) -> str:
        """Of the configuration file, as it was taken; empty: there is none."""

    @property
    def draining(self) -> bool:
        """Whether it is to be left alone."""

    @property
    def drained(self) -> bool:
        """Whether it takes nobody new for that."""

    @property
    def operations(self) -> Operations:
        """What may be asked of it."""

    @property
    def first_checks_done(self) -> bool:
        """Whether each member that is checked was checked once, or that was waited for long enough."""
