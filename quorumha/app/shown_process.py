"""L{ShownProcess}: what an operator, and metrics, see of a running service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.interfaces import IAddress

from quorumha.admin.running import LastReload
from quorumha.app.assembly import Assembly
from quorumha.app.listener import Listener
from quorumha.app.operations import ProcessOperations
from quorumha.app.process_parts import ProcessParts
from quorumha.app.start_report import StartReport
from quorumha.app.version import installed_version
from quorumha.config.model import Config
from quorumha.net.listener_part import Part
from quorumha.numbers import ListenerNumbers, ProcessNumbers
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.recent_changes import RecentChanges, StateChange


class ShownProcess(Service):
    """The seen side of a service: an implementation of L{Running<quorumha.admin.running.Running>}.

    @ivar listening: the address of each listener, by name; filled when it is started.
    @ivar process_numbers: what it has done as a whole.
    @ivar started_at: when it began to listen, in seconds since the epoch.
    @ivar last_reload: None: there was none yet.
    @ivar operations: what an operator may do.
    @ivar listeners: one for each address that is listened on.
    """

    listening: dict[str, IAddress]
    process_numbers: ProcessNumbers
    operations: ProcessOperations
    listeners: list[Listener]
    _assembly: Assembly
    _changes: RecentChanges
    _process: ProcessParts
    _report: StartReport
    _stopping: bool

    def __init__(self, wall: Callable[[], float]) -> None:
        self.version = installed_version()
        self.started_at = wall()
        self.last_reload: LastReload | None = None

    @property
    def config(self) -> Config:
        """What it does."""
        return self._assembly.config

    @property
    def digest(self) -> str:
        """Of the configuration file, as it was taken; empty: there is none."""
        return self.config.digest

    @property
    def pools(self) -> Mapping[str, UpstreamPool]:
        """By name."""
        return self._assembly.pools

    @property
    def not_listening(self) -> Collection[str]:
        """The listeners that take nobody, and should: another process took their address while this one was
        drained; by name."""
        return () if self.drained else {one.config.name for one in self.listeners if one.paused}

    @property
    def open_connections(self) -> Mapping[str, int]:
        """How many clients each listener has, by name."""
        return {one.config.name: one.open for one in self.listeners}

    @property
    def replay_bytes(self) -> int:
        """What the bodies hold that are kept to be sent again."""
        return self._process.replay.used

    @property
    def parts(self) -> Mapping[str, Part[Any]]:
        """What each listener has, by name."""
        return self._assembly.parts

    @property
    def numbers(self) -> Mapping[str, ListenerNumbers]:
        """What each listener has done since it is one, by name."""
        return {name: self._process.listener_numbers(name) for name in self.config.listeners}

    @property
    def changes(self) -> Sequence[StateChange]:
        """The last changes of members' states, the newest first."""
        return self._changes.newest

    @property
    def draining(self) -> bool:
        """Whether it is to be left alone: it drains, or stops."""
        return self._stopping or self.operations.process.draining

    @property
    def drained(self) -> bool:
        """Whether it takes nobody new, because it is to be left alone."""
        return self.operations.process.drained

    @property
    def first_checks_done(self) -> bool:
        """Whether each member that is checked was checked once, or that was waited for long enough."""
        return self._report.done
