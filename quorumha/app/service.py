"""The composition root: a configuration becomes pools, listeners and one service.

Listening is all or nothing: when one address cannot be had, those already had are given back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.python.failure import Failure

from quorumha.app.administration import Administration
from quorumha.app.assembly import assemble
from quorumha.app.certificate_watch import CertificateWatch
from quorumha.app.changed_process import ChangedProcess
from quorumha.app.kinds import log_lines
from quorumha.app.listener import finish_in_turn
from quorumha.app.operations import ProcessOperations
from quorumha.app.prepared import close_soon, listen_all, make_listener
from quorumha.app.process_parts import ProcessParts
from quorumha.app.removed import RemovedMembers
from quorumha.app.retired import Retired
from quorumha.app.short_turns import Afterwards
from quorumha.app.start_report import StartReport
from quorumha.config.files import make_folder
from quorumha.config.model import Config
from quorumha.endpoints import ENDPOINTS, Endpoints
from quorumha.events import Observers, StateNotKept
from quorumha.logs.fact_observer import LogObserver
from quorumha.net.connection_limit import limit_of_process
from quorumha.pool.recent_changes import RecentChanges


class ProxyService(ChangedProcess):
    """A running configuration, which may be changed: see L{ChangedProcess.apply}.

    @ivar wall: gives the seconds since the epoch.
    @ivar started: fires when everything listens; fails, with nothing listening, when something cannot.
    """

    def __init__(
        self,
        reactor: Any,
        config: Config,
        observers: Observers | None = None,
        endpoints: Endpoints = ENDPOINTS,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Put everything together, and listen nowhere yet.

        @param reactor: the time, and what endpoints want.
        @param observers: get all facts; the log alone unless given.
        @param endpoints: what addresses become.
        @param wall: gives the seconds since the epoch.
        @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
        """
        super().__init__(wall)
        self.wall = wall
        self.started: Deferred[None] = Deferred()
        self.listening = {}
        self._log = LogObserver(clock=reactor, lines=log_lines())
        self.observers = Observers(self._log) if observers is None else observers
        self._reactor = reactor
        self._process = ProcessParts(reactor, self.observers, endpoints, wall)
        self._changes = RecentChanges(lambda: self.pools, wall)
        self.observers.add(self._changes)
        self.replay_budget, self.mirror_budget = self._process.replay, self._process.mirror_budget
        self.process_numbers = self._process.numbers
        self.retired = Retired(reactor)
        self._assembly = assemble(self._process, config)
        self._process.take_limits(config)
        self.connections = limit_of_process(reactor, config.max_connections, lambda: self._assembly.spare())
        self._report = StartReport(
            self.observers, reactor, config.source, self.pools, list(self._assembly.checks)
        )
        self.listeners, self.leaving = [], set()
        self._first = [make_listener(self._process, self._assembly, one) for one in config.listeners.values()]
        self.operations = ProcessOperations(reactor, self, wall)
        self.operations.keep_words(config.state_directory)
        certificates = self._process.certificates
        self._admin = Administration(
            self, reactor, self.observers, endpoints, wall, certificates, self._process.in_thread
        )
        self._watch = CertificateWatch(reactor, certificates)
        self._removed = RemovedMembers(reactor, self.observers, self.operations.carried_to)
        self._after = Afterwards()
        self._begun = self._stopping = False
        self._changing = DeferredLock()
        self.applied = Observers()

    def privilegedStartService(self) -> None:
        """Listen everywhere, while the process may still bind any port.

        @raise ListenError: an address cannot be had; nothing listens.
        """
        super().privilegedStartService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._begin()

    def startService(self) -> None:
        """Listen everywhere, unless that was done already; else as L{privilegedStartService}."""
        self._begin()
        # Not earlier: the process is now the user that it stays.
        folder = self.config.state_directory
        if folder is not None and (reason := make_folder(folder)) is not None:
            self.observers.notify(StateNotKept(folder, reason))
        super().startService()  # type: ignore[no-untyped-call]  # as above

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        failures: list[Failure] = []
        starting = self._changing.run(lambda: Deferred.fromCoroutine(self._start()))
        starting.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        starting.addCallback(lambda _: self.started.errback(failures[0]) if failures else None)

    async def _start(self) -> None:
        fresh, self._first = self._first, []
        await listen_all(fresh)
        try:
            admin = await self._admin.prepare(self.config.admin, at_start=True)
        except BaseException:
            close_soon(fresh)
            raise
        self._turn(self._assembly, {}, fresh)
        admin.turn()
        self._after.do_all()
        self._report.serves(self.listening)
        self.started.callback(None)

    def give_sockets(self, user: int, group: int) -> None:
        """Let the socket files belong to the user that the process becomes (numeric; -1: as it is)."""
        for listener in self.listeners:
            listener.give_socket(user, group)
        self._admin.give_sockets(user, group)

    def remove_sockets(self) -> None:
        """Remove the socket files at once, because the process ends without a stop."""
        for listener in (*self.listeners, *self.leaving):
            listener.remove_socket()
        self._admin.remove_sockets()

    def stopService(self) -> Deferred[None]:
        """Let listeners end in their order: what is in flight finishes, and what lasts too long is cut."""
        super().stopService()  # type: ignore[no-untyped-call]  # as above
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._stopping = True
        self._after.do_all()
        self._report.stop()
        self.operations.stop()
        self._watch.stop()
        for part in self.parts.values():
            part.close()
        self.retired.close()
        self._removed.stop()
        listeners = [*self.listeners, *self.leaving]
        await finish_in_turn(listeners, self.config.stop_timeout, self._reactor)
        self.connections.stop()
        await self.retired.stop()
        await self._assembly.stop()
        self._process.late.stop()
        await self._admin.stop()
        self._log.stop()


#: Its public name: makes the service that a configuration describes, not started yet.
make_service = ProxyService
