"""Twisted endpoints for places in a L{MemoryTopology}."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import (
    IListeningPort,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from zope.interface import implementer


@implementer(IStreamServerEndpoint)
class MemoryServerEndpoint:
    """Listens at one place."""

    def __init__(self, place: str, listen: Callable[[str, IProtocolFactory], IListeningPort]) -> None:
        self._place = place
        self._listen = listen

    def __repr__(self) -> str:
        return f"<listen at {self._place}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        return execute(self._listen, self._place, protocolFactory)


@implementer(IStreamClientEndpoint)
class MemoryClientEndpoint:
    """Connects to one place, from one host.

    @ivar tries: how often C{connect} was called.
    """

    def __init__(
        self,
        place: str,
        source: str,
        connect: Callable[[str, str, IProtocolFactory], Deferred[IProtocol]],
    ) -> None:
        self.tries = 0
        self._place = place
        self._source = source
        self._connect = connect

    def __repr__(self) -> str:
        return f"<connect to {self._place}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        self.tries += 1
        return self._connect(self._place, self._source, protocolFactory)
