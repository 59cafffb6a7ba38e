"""L{MemoryReactor}: as much of a reactor as C{make_service} wants, over a L{MemoryTopology}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IDelayedCall,
    IListeningPort,
    IProtocol,
    IProtocolFactory,
    IReactorTCP,
    IReactorTime,
)
from zope.interface import implementer

from quorumha.testing import MemoryTopology


@define(eq=False)
class _Connector:
    """One attempt, as C{TCP4ClientEndpoint} sees it."""

    place: str
    connecting: Deferred[IProtocol] | None = None

    def getDestination(self) -> str:
        """For the error."""
        return self.place

    def stopConnecting(self) -> None:
        """Give up."""
        if self.connecting is not None:
            self.connecting.cancel()


@implementer(IReactorTime, IReactorTCP)
class MemoryReactor:
    """Listens at C{HOST:port} and dials places of a topology; no files, no threads.

    @ivar host: whose ports are listened at.
    """

    def __init__(self, net: MemoryTopology, host: str) -> None:
        self.host = host
        self._net = net

    def seconds(self) -> float:
        """Of the topology's clock."""
        return self._net.clock.seconds()

    def callLater(self, delay: float, call: Callable[..., object], *args: Any, **more: Any) -> IDelayedCall:
        """On the topology's clock."""
        return self._net.clock.callLater(delay, call, *args, **more)

    def getDelayedCalls(self) -> Any:
        """Of the topology's clock."""
        return self._net.clock.getDelayedCalls()

    def listenTCP(
        self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen at once."""
        return self._net.listen(f"{self.host}:{port}", factory)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: object = None
    ) -> _Connector:
        """Dial; the factory is what an endpoint made."""
        connector = _Connector(f"{host}:{port}")
        factory.startedConnecting(connector)
        connector.connecting = self._net.client_endpoint(connector.place).connect(factory)
        connector.connecting.addErrback(lambda failure: factory.clientConnectionFailed(connector, failure))
        return connector
