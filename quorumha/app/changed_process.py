"""L{ChangedProcess}: one configuration after the other is served, and no client notices."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, DeferredLock
from twisted.logger import Logger

from quorumha.app.administration import Administration
from quorumha.app.assembly import Assembly
from quorumha.app.certificate_watch import CertificateWatch
from quorumha.app.listener import Listener
from quorumha.app.prepared import Applied, Prepared, close_all, listen_all, prepare
from quorumha.app.removed import RemovedMembers
from quorumha.app.retired import Retired
from quorumha.app.short_turns import Afterwards, Turns
from quorumha.app.shown_process import ShownProcess
from quorumha.config.model import Config, ListenerConfig
from quorumha.errors import ConfigError
from quorumha.events import Listening, Observers
from quorumha.net.address_text import address_text
from quorumha.net.connection_limit import ConnectionLimit
from quorumha.net.descriptors import most_clients
from quorumha.net.listener_part import Part

log = Logger()


class ChangedProcess(ShownProcess):
    """The side of a service that changes: see L{apply}.

    @ivar applied: called with an L{Applied} after each change: for what else follows a configuration.
    @ivar connections: how many clients it serves at once.
    @ivar leaving: the listeners that are gone from the configuration, while they have clients.
    @ivar retired: what serves nobody new any more, and is not done yet.
    """

    applied: Observers
    observers: Observers
    connections: ConnectionLimit
    leaving: set[Listener]
    retired: Retired
    _reactor: Any
    _admin: Administration
    _watch: CertificateWatch
    _removed: RemovedMembers
    #: What there was no time for in the turn.
    _after: Afterwards
    #: One change at a time, the start among them.
    _changing: DeferredLock

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
