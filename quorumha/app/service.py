"""The composition root: a configuration becomes pools, listeners and one service.

Listening is all or nothing: when one address cannot be had, those already had are given back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, DeferredLock
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.app.administration import Administration
from quorumha.app.assembly import Assembly, assemble
from quorumha.app.certificate_watch import CertificateWatch
from quorumha.app.kinds import log_lines
from quorumha.app.listener import Listener, finish_in_turn
from quorumha.app.operations import ProcessOperations
from quorumha.app.prepared import (
    Applied,
    Prepared,
    close_all,
    close_soon,
    listen_all,
    make_listener,
    prepare,
)
from quorumha.app.process_parts import ProcessParts
from quorumha.app.removed import RemovedMembers
from quorumha.app.retired import Retired
from quorumha.app.short_turns import Afterwards, Turns
from quorumha.app.shown_process import ShownProcess
from quorumha.app.start_report import StartReport
from quorumha.config.files import make_folder
from quorumha.config.model import Config, ListenerConfig
from quorumha.endpoints import ENDPOINTS, Endpoints
from quorumha.errors import ConfigError
from quorumha.events import Listening, Observers, StateNotKept
from quorumha.logs.fact_observer import LogObserver
from quorumha.net.address_text import address_text
from quorumha.net.connection_limit import limit_of_process
from quorumha.net.descriptors import most_clients
from quorumha.net.listener_part import Part
from quorumha.pool.recent_changes import RecentChanges

log = Logger()


class ProxyService(ShownProcess):
    """A running configuration, which may be changed: see L{apply}.

    @ivar wall: gives the seconds since the epoch.
    @ivar applied: called with an L{Applied} after each change: for what else follows a configuration.
    @ivar connections: how many clients it serves at once.
    @ivar listeners: one for each address that is listened on.
    @ivar leaving: those that are gone from the configuration, while they have clients.
    @ivar retired: what serves nobody new any more, and is not done yet.
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
        self.listeners: list[Listener] = []
        self.leaving: set[Listener] = set()
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

    def apply(self, config: Config) -> Deferred[None]:
        """Go on with another configuration.  Nothing is lost, and no client's connection is closed for it.

        What is equal stays the very object that it was; what changed takes over what is known; what is gone
        finishes what it has.  New addresses are listened on first; then, in one turn of the reactor, all
        listeners serve what is new; then those that are gone take nobody any more.  One change at a time.

        @return: fires when it serves.  Fails with L{ConfigError<quorumha.errors.ConfigError>} or
            L{ListenError<quorumha.errors.ListenError>} where that cannot be: then nothing has changed.
        """
        return self._change(lambda: self._apply(config))

    def check(self, config: Config) -> Deferred[None]:
        """Put everything together for another configuration, and change nothing.  No address is listened on.

        @return: fails as L{apply}.
        """

        async def run() -> None:
            await self._prepare(config, Turns(self._reactor))

        return self._change(run)

    def _change(self, change: Callable[[], Coroutine[Any, Any, None]]) -> Deferred[None]:
        """Change something, or try to, when nothing else is being changed."""

        async def run() -> None:
            try:
                await change()
            finally:
                self._watch.keep(self.config)

        return self._changing.run(lambda: Deferred.fromCoroutine(run()))

    async def _prepare(self, config: Config, turns: Turns) -> Prepared:
        self._require_running()
        prepared = await prepare(self._process, self._assembly, self.listeners, config, turns)
        await self._admin.check(config.admin)
        return prepared

    async def _apply(self, config: Config) -> None:
        # An address that was given up just now may be wanted again.
        await DeferredList([listener.closed for listener in self.leaving], consumeErrors=True)
        turns = Turns(self._reactor)
        prepared = await self._prepare(config, turns)
        fresh = prepared.fresh
        await listen_all(fresh, turns)
        try:
            admin = await self._admin.prepare(config.admin)
        except BaseException:
            await close_all(fresh)
            raise
        await turns.begin()
        try:
            self._require_running()
        except ConfigError:
            admin.undo()
            await close_all(fresh)
            raise
        before = self.config
        self._turn(prepared.assembly, prepared.kept, fresh)
        admin.turn()
        while self._after:
            await turns.begin()
            self._after.do_some(turns)
        await self._process.certificates.look(always=True)
        self.applied.notify(Applied(before, config))

    def _require_running(self) -> None:
        if not self.listeners or self._stopping:
            raise ConfigError(["only a proxy that runs can be given another configuration"])

    def _turn(
        self, new: Assembly, kept: Mapping[Listener, ListenerConfig], fresh: Sequence[Listener]
    ) -> None:
        """Let all serve what is new, in one turn of the reactor."""
        old, config = self._assembly, new.config
        for listener, one in kept.items():
            part, served, before = new.parts[one.name], listener.factory, old.parts[listener.config.name]
            if part.factory is not served:
                part.factory = listener.take(one, part.factory)
                turned = part.factory is served
                self._retire(before, served.under_way() if turned else partial(bool, served.connections))
        gone = [listener for listener in self.listeners if listener not in kept]
        self.listeners = [*kept, *fresh]
        self._assembly = new
        for pool, member in new.turn():
            self._removed.removed(pool, member, config.pools[pool].removed_timeout)
        self._process.keep_numbers(config.listeners)
        self._watch.follow(config)
        self.connections.most = most_clients(self._reactor, config.max_connections)
        self.listening = {
            one.config.name: one.port.getHost() for one in self.listeners if one.port is not None
        }
        for listener in fresh:
            listener.limit(self.connections)
            name = listener.config.name
            self.observers.notify(Listening(name, address_text(self.listening[name])))
        # Once all are counted: those of a process that is drained take nobody.
        self.operations.follow()
        starting = new.start(old)
        for listener in gone:
            self.leaving.add(listener)
            self._retire(old.parts[listener.config.name], listener.in_use)
            self._after.add(partial(self._leave, listener))
        for gone_pool, connections, checked in new.gone(old):
            for member in gone_pool.members:
                timeout = old.config.pools[gone_pool.name].removed_timeout
                self._removed.removed(gone_pool.name, member, timeout)
            self._after.add(connections.stop)
            if checked is not None:
                # Who waits for its members is still woken, and who is to end with them still ends.
                self.retired.add(checked, partial(getattr, gone_pool, "watched"))
        for checks in starting:
            self._after.add(checks.start)

    def _retire(self, part: Part[Any], under_way: Callable[[], bool]) -> None:
        self.retired.add(part, lambda: under_way() or part.busy)

    def _leave(self, listener: Listener) -> None:
        """Take nobody new at an address; who is there finishes."""
        finishing = Deferred.fromCoroutine(listener.finish(0.0, self._reactor, idle=0.0))
        finishing.addErrback(lambda failure: log.failure("a listener could not be ended", failure))
        finishing.addCallback(lambda _: self.leaving.discard(listener))

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
