"""L{PortFactory}: the one factory that a port has for life, whoever serves its clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from quorumha.net.drain import DrainingFactory
from quorumha.net.idle_clients import Idle


class PortFactory(Factory):
    """What a listening port has for life: it turns to another factory between two connections.

    @ivar wrappedFactory: who serves those who connect from now on.
    @ivar leaving: who did before, while clients of theirs are there.
    """

    noisy = False

    def __init__(self, factory: DrainingFactory[Any]) -> None:
        self.wrappedFactory = factory
        self.leaving: set[DrainingFactory[Any]] = set()

    def startFactory(self) -> None:
        self.wrappedFactory.doStart()  # type: ignore[no-untyped-call]  # Twisted leaves it bare

    def stopFactory(self) -> None:
        self.wrappedFactory.doStop()  # type: ignore[no-untyped-call]  # as above

    def buildProtocol(self, addr: IAddress | None) -> Any:
        return self.wrappedFactory.buildProtocol(addr)

    def idle(self) -> Iterable[Idle]:
        """The connections that wait for nothing but their clients' next word."""
        for factory in (self.wrappedFactory, *self.leaving):
            yield from factory.idle()

    def turn(self, factory: DrainingFactory[Any]) -> DrainingFactory[Any]:
        """Serve from now on what C{factory} would, and return who does.

        Where it is of the same kind, who serves already does, and keeps its connections; else they finish.
        """
        before = self.wrappedFactory
        if before.turn(factory):
            return before
        if self.numPorts:
            factory.doStart()  # type: ignore[no-untyped-call]  # as above
        self.wrappedFactory = factory
        self.leaving.add(before)
        before.drain().addCallback(lambda _: self._left(before))
        return factory

    def _left(self, factory: DrainingFactory[Any]) -> None:
        self.leaving.discard(factory)
        factory.stop()
        if factory.numPorts:
            factory.doStop()  # type: ignore[no-untyped-call]  # as above
