"""Where a simulated node listens: places in a L{MemoryTopology}, and real ports; they go and come with it."""

from __future__ import annotations

from typing import Any, Protocol

from attrs import define, field, frozen
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort, IReactorTCP
from twisted.logger import Logger

from quorumha.testing.goquorum.node_port import NodePort
from quorumha.testing.net.memory import MemoryTopology

log = Logger()


class NodePlace(Protocol):
    """One of them."""

    def kill(self) -> None:
        """Nobody listens there any more, and connections have ended."""

    def hang(self) -> None:
        """Nothing is read there any more."""

    def revive(self) -> None:
        """Undo either."""


@frozen
class MemoryPlace:
    """One in memory; somebody listens there already."""

    net: MemoryTopology
    place: str

    def kill(self) -> None:
        self.net.kill(self.place)

    def hang(self) -> None:
        self.net.hang(self.place)

    def revive(self) -> None:
        self.net.revive(self.place)


@define(eq=False)
class TcpPlace:
    """A port of this machine's loopback interface.

    @ivar number: of the port; 0: whichever is free, and the same one ever after.
    """

    reactor: IReactorTCP
    factory: NodePort
    number: int = 0
    _listening: IListeningPort | None = field(default=None, init=False)
    _closing: Deferred[None] | None = field(default=None, init=False)

    def begin(self) -> None:
        """Listen.

        @raise CannotListenError: somebody else does.
        """
        self._closing = None
        factory: Any = self.factory
        self._listening = self.reactor.listenTCP(self.number, factory, interface="127.0.0.1")
        host = self._listening.getHost()
        assert isinstance(host, IPv4Address)
        self.number = host.port

    def kill(self) -> None:
        """Its connections are the factory's to end."""
        listening, self._listening = self._listening, None
        if listening is not None:
            closing = listening.stopListening()
            self._closing = closing if isinstance(closing, Deferred) else None

    def hang(self) -> None:
        self.factory.pause(True)

    def revive(self) -> None:
        self.factory.pause(False)
        if self._listening is None:
            # The port is free when the old one has ended.
            closing = self._closing
            if closing is None:
                self.begin()
            else:
                closing.addCallback(lambda _: self.begin())
                closing.addErrback(lambda failure: log.failure("a node cannot listen", failure=failure))
