"""L{DemoService}: puts the demo together, runs it, and ends it by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, TextIO

from twisted.application.service import IService, Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure

from quorumha.app.service import ProxyService, make_service
from quorumha.demo import traffic
from quorumha.demo.display import Display
from quorumha.demo.exit_status import leave_with, on_interrupt
from quorumha.demo.load_clients import Load
from quorumha.demo.recent import RecentEvents
from quorumha.demo.schedule import Event, schedule
from quorumha.demo.table import failovers_in, render, render_line
from quorumha.demo.tally import Tally
from quorumha.demo.world import World
from quorumha.pool.pool import Counters
from quorumha.process.signals import SignalService

log = Logger()

#: Clients of each listener.
CLIENTS = 2


class DemoService(Service):
    """The demo, as a service.

    @ivar tally: what the clients saw.
    @ivar finished: fires when it has ended, its summary shown and the nodes' deaths over.
    """

    def __init__(self, reactor: Any, duration: float, out: TextIO) -> None:
        self.tally = Tally()
        self.finished: Deferred[None] = Deferred()
        self._reactor = reactor
        self._duration = duration
        self._out = out
        self._begun = 0.0
        self._ending = False
        self._world: World | None = None
        self._proxy: ProxyService | None = None
        self._load = Load(reactor, self.tally)
        self._events: Iterator[Event] = iter(())
        self._display = Display(reactor, out, self._table, self._line)
        self._recent = RecentEvents()
        self._signals = SignalService(reactor, (self._remove_sockets,))

    def setServiceParent(self, parent: Any) -> None:
        """Join an application; on a terminal, its log goes under the table."""
        if self._display.terminal and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._recent)
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]  # Twisted leaves it bare

    def startService(self) -> None:
        """Start nodes, proxy and clients."""
        super().startService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._signals.startService()
        # Once the reactor runs, when signals are in its hands.
        self._reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._start()).addErrback(self._broken)

    async def _start(self) -> None:
        world = self._world = World(self._reactor)
        world.start()
        proxy = self._proxy = make_service(self._reactor, world.config)
        proxy.startService()
        await proxy.started
        self._begun = self._reactor.seconds()
        for number in range(CLIENTS):
            # One relayed connection is one node's: its clients send again what its end cut short.
            self._load.add(self._tcp("rpc"), traffic.rpc(number), repeats=True)
            private = traffic.PrivateTransactions(number)
            self._load.add(UNIXClientEndpoint(self._reactor, world.socket), private.asks())
            self._load.add(self._tcp("third-party"), traffic.third_party(number))
            self._load.add(self._tcp("p2p"), traffic.party(number))
        self._events = schedule(list(world.nodes), self._duration)
        self._next_event()
        self._display.start()
        if self._duration:
            self._reactor.callLater(self._duration, self.finish)

    def _tcp(self, listener: str) -> IStreamClientEndpoint:
        assert self._proxy is not None
        address = self._proxy.listening[listener]
        assert isinstance(address, IPv4Address)
        return TCP4ClientEndpoint(self._reactor, address.host, address.port)

    # Deaths.

    def _next_event(self) -> None:
        event = next(self._events, None)
        if event is not None:
            wait = max(0.0, self._begun + event.at - self._reactor.seconds())
            self._reactor.callLater(wait, self._happen, event)

    def _happen(self, event: Event) -> None:
        if self._ending or self._world is None:
            return
        node = self._world.nodes[event.node]
        if event.dies:
            self.tally.deaths += 1
            node.kill().addErrback(lambda failure: log.failure("could not end a node", failure))
        else:
            node.start()
        self._next_event()

    # What is shown.

    @property
    def _counters(self) -> dict[str, Counters]:
        if self._proxy is None or self._world is None:
            return {}
        units = {listener.pool: listener.kind.unit for listener in self._world.config.listeners.values()}
        return {
            f"{name} (connections)" if units.get(name) == "connections" else name: pool.counters
            for name, pool in self._proxy.pools.items()
        }

    def _seen(self) -> tuple[float, dict[str, bool]]:
        alive = {} if self._world is None else self._world.alive
        return self._reactor.seconds() - self._begun, alive

    def _table(self) -> str:
        elapsed, alive = self._seen()
        table = render(elapsed, self._duration, self._counters, alive, self.tally)
        return f"{table}\n\n{self._recent.text()}"

    def _line(self) -> str:
        elapsed, alive = self._seen()
        return render_line(elapsed, self._counters, alive, self.tally)

    # The end.

    def finish(self) -> None:
        """End it: the summary when the last answers are there, then the reactor stops."""
        if not self._ending:
            self._ending = True
            Deferred.fromCoroutine(self._finish()).addErrback(self._broken)

    async def _finish(self) -> None:
        await self._load.stop()
        self._display.stop()
        self._display.show()
        for reason in self.tally.reasons:
            self._display.say(f"failed: {reason}")
        self._display.say(self.tally.summary(failovers_in(self._counters)))
        self.finished.callback(None)

    def _broken(self, failure: Failure) -> None:
        self.tally.failure(failure.getErrorMessage())
        log.failure("the demo broke", failure)
        if not self.finished.called:
            self.finished.callback(None)

    def stopService(self) -> Deferred[None]:
        """Stop clients, proxy and nodes, and remove what was made."""
        super().stopService()  # type: ignore[no-untyped-call]  # as above
        self._ending = True
        self._signals.stopService()
        return Deferred.fromCoroutine(self._stop())

    def _remove_sockets(self) -> None:
        if self._proxy is not None:
            self._proxy.remove_sockets()

    async def _stop(self) -> None:
        self._display.stop()
        await self._load.stop()
        if self._proxy is not None:
            await maybeDeferred(self._proxy.stopService)
        if self._world is not None:
            await self._world.stop()


def make_demo_service(reactor: Any, duration: float, out: TextIO | None = None) -> IService:
    """The demo for C{twistd}: it ends the reactor, and the process with its verdict.

    The exit status is 0 only if nodes died, requests were answered, and none failed.

    @param duration: seconds; 0: until Ctrl-C.
    @param out: where the table goes; C{sys.stdout} as it is now, before a log takes its place.
    """
    service = DemoService(reactor, duration, sys.stdout if out is None else out)
    service.finished.addCallback(lambda _: reactor.stop())
    leave_with(lambda: service.tally.exit_status)
    reactor.callWhenRunning(on_interrupt, reactor, service.finish)
    return service
