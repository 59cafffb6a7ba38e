"""The composition root: a configuration becomes pools, listeners and one service.

Listening is all or nothing: when one address cannot be had, those already had are given back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IAddress
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.app.listener import Listener, finish_in_turn
from quorumha.app.parts import Part, Parts
from quorumha.app.pools import make_all_checks
from quorumha.app.start_report import StartReport, address_text
from quorumha.config.model import Config, ListenerConfig
from quorumha.endpoints import ENDPOINTS, Endpoints, ServerTLS
from quorumha.events import Listening, Observers, Refused, StateNotKept
from quorumha.logs.fact_observer import LogObserver
from quorumha.net.connection_limit import limit_of_process
from quorumha.pool.pool import Member
from quorumha.process.state_directory import make_directory

log = Logger()


class ProxyService(Service):
    """A running configuration.

    @ivar pools: by name.
    @ivar parts: what each listener has, by name.
    @ivar replay_budget: what the bodies hold that are kept to be sent again.
    @ivar mirror_budget: what the copies of all mirrors hold.
    @ivar connections: how many clients it serves at once.
    @ivar observers: get all facts.
    @ivar listening: the address of each listener, by name; filled when it is started.
    @ivar started: fires when everything listens; fails, with nothing listening, when something cannot.
    """

    def __init__(
        self,
        reactor: Any,
        config: Config,
        observers: Observers | None = None,
        endpoints: Endpoints = ENDPOINTS,
    ) -> None:
        """See L{make_service}."""
        self.started: Deferred[None] = Deferred()
        self.listening: dict[str, IAddress] = {}
        self._log = LogObserver(clock=reactor)
        self.observers = Observers(self._log) if observers is None else observers
        self._reactor = reactor
        self._endpoints = endpoints
        self._stop_timeout = config.stop_timeout
        self._shared = Parts(reactor, config, self.observers, endpoints)
        self.pools = self._shared.pools
        self.replay_budget = self._shared.replay
        self.mirror_budget = self._shared.mirror_budget
        self.connections = limit_of_process(reactor, config.max_connections, self._shared.spare)
        self.parts: dict[str, Part] = {
            name: listener.kind.build(listener, self._shared) for name, listener in config.listeners.items()
        }
        self._state_directory = None if config.state_directory is None else Path(config.state_directory)
        with_checks = [name for name, pool in config.pools.items() if pool.check.asked is not None]
        self._report = StartReport(self.observers, reactor, config.source, self.pools, with_checks)
        self._checks = make_all_checks(reactor, self.pools, config, partial(self._preparing, config))
        self._listeners = [self._make_listener(listener) for listener in config.listeners.values()]
        self._begun = False

    def _preparing(self, config: Config, pool: str) -> Callable[[Member], Deferred[None]]:
        """What is done before a member of a pool comes back: what each listener of the pool wants."""
        parts = [self.parts[listener.name] for listener in config.listeners_of(pool)]

        def prepare(member: Member) -> Deferred[None]:
            waiting = [part.prepare(member) for part in parts]
            return DeferredList(waiting, consumeErrors=True).addCallback(lambda _: None)

        return prepare

    def _make_listener(self, config: ListenerConfig) -> Listener:
        tls = ServerTLS(config.tls.cert, config.tls.key, config.tls.client_ca) if config.tls else None
        handshake = config.kind.handshake_timeout(config)
        refused = partial(self._tell_refused, config.name)
        endpoint = self._endpoints.listening(self._reactor, config.listen, tls, handshake, refused)
        factory = self.parts[config.name].factory
        return Listener(config.name, config.kind.turn, endpoint, factory, config.max_connections)

    def _tell_refused(self, listener: str, client: str, cause: str) -> None:
        self.observers.notify(Refused(listener, client, 0, cause))

    # Life.

    def privilegedStartService(self) -> None:
        """Listen everywhere, while the process may still bind any port.

        @raise ListenError: an address cannot be had; nothing listens.
        """
        super().privilegedStartService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._begin()

    def startService(self) -> None:
        """Listen everywhere, unless that was done already.

        @raise ListenError: an address cannot be had; nothing listens.
        """
        self._begin()
        # Not earlier: the process is now the user that it stays.
        reason = None if self._state_directory is None else make_directory(self._state_directory)
        if reason is not None:
            self.observers.notify(StateNotKept(str(self._state_directory), reason))
        super().startService()  # type: ignore[no-untyped-call]  # as above

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        failures: list[Failure] = []
        starting = Deferred.fromCoroutine(self._listen())
        starting.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        starting.addCallback(lambda _: self.started.errback(failures[0]) if failures else None)

    async def _listen(self) -> None:
        try:
            for listener in self._listeners:
                port = await listener.listen()
                idle = listener.factory.idle
                listener.gate = self.connections.limit(port, listener.name, listener.most, idle)
                address = self.listening[listener.name] = port.getHost()
                self.observers.notify(Listening(listener.name, address_text(address)))
        except BaseException:
            # Not waited for: whoever starts the service gets the failure at once.
            Deferred.fromCoroutine(self._stop_listening()).addErrback(
                lambda failure: log.failure("could not stop listening", failure)
            )
            raise
        for part in self.parts.values():
            part.start()
        for checks in self._checks:
            checks.start()
        self._report.serves(self.listening)
        self.started.callback(None)

    async def _stop_listening(self) -> None:
        for listener in self._listeners:
            await listener.close()

    def give_sockets(self, user: int, group: int) -> None:
        """Let the socket files belong to the user that the process becomes (numeric; -1: as it is)."""
        for listener in self._listeners:
            listener.give_socket(user, group)

    def remove_sockets(self) -> None:
        """Remove the socket files at once, because the process ends without a stop."""
        for listener in self._listeners:
            listener.remove_socket()

    def stopService(self) -> Deferred[None]:
        """Let listeners end in their order: what is in flight finishes, and what lasts too long is cut."""
        super().stopService()  # type: ignore[no-untyped-call]  # as above
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._report.stop()
        for part in self.parts.values():
            part.close()
        await finish_in_turn(self._listeners, self._stop_timeout, self._reactor)
        self.connections.stop()
        await DeferredList([checks.stop() for checks in self._checks])
        await DeferredList([part.stop() for part in self.parts.values()])
        self._shared.stop()
        self._log.stop()


def make_service(
    reactor: Any, config: Config, observers: Observers | None = None, endpoints: Endpoints = ENDPOINTS
) -> ProxyService:
    """The service that a configuration describes, not started yet.

    @param reactor: the time, and what endpoints want.
    @param observers: get all facts; the log alone unless given.
    @param endpoints: what addresses become.
    @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
    """
    return ProxyService(reactor, config, observers, endpoints)
