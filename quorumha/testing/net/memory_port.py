"""L{Listening}: one place where connections may arrive, and how it does now."""

from __future__ import annotations

from enum import Enum

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.testing.net.memory_transport import MemoryTransport
from quorumha.testing.net.turns import Turns


class Condition(Enum):
    """What happens to who connects."""

    LISTENING = "listening"
    #: Refused: nobody listens, or the process was killed.
    CLOSED = "closed"
    #: Connected, but nothing is ever read or answered.
    HUNG = "hung"
    #: The attempt to connect never ends.
    BLACK_HOLE = "black hole"


@implementer(IListeningPort)
class Listening:
    """A listening port without a socket.

    @ivar condition: see L{Condition}.
    @ivar stopped: C{stopListening} was called; only a new C{listen} changes that.
    @ivar accepted: connections accepted since the beginning.
    @ivar connections: the node's ends of the connections that live.
    """

    def __init__(self, turns: Turns, address: IAddress, factory: IProtocolFactory) -> None:
        self.condition = Condition.CLOSED
        self.stopped = False
        self.accepted = 0
        self.connections: list[MemoryTransport] = []
        self._turns = turns
        self._address = address
        self._factory = factory
        self._waiting: list[MemoryTransport] = []

    def startListening(self) -> None:
        self._factory.doStart()
        self.stopped = False
        self.condition = Condition.LISTENING

    def stopListening(self) -> Deferred[None]:
        """Refuse from now on; connections made live on."""
        done: Deferred[None] = Deferred()
        if not self.stopped:
            self.stopped = True
            self.condition = Condition.CLOSED
            self._turns.add(self._end)
        self._turns.add(lambda: done.callback(None))
        return done

    def _end(self) -> None:
        self._factory.doStop()
        if not self._waiting:
            # A port that is closed keeps alive nothing of who served there.
            self._factory = Factory()

    def getHost(self) -> IAddress:
        return self._address

    def accept(self, transport: MemoryTransport) -> None:
        """Take a new connection, whose node's end this is."""
        self.accepted += 1
        self._keep(transport)
        if self.condition is Condition.HUNG:
            transport.frozen = True
            self._waiting.append(transport)
        else:
            self._build(transport)

    def adopt(self, before: Listening) -> None:
        """Take over the connections that were made when another factory listened here."""
        for transport in tuple(before.connections):
            self._keep(transport)
        before.connections.clear()

    def kill(self, reset: bool | None) -> None:
        """End the process: see L{MemoryTopology.kill}.

        A factory with a method C{killed} is told before its connections are.
        """
        self.condition = Condition.CLOSED
        self._waiting.clear()
        killed = getattr(self._factory, "killed", None)
        if killed is not None:
            killed()
        for transport in tuple(self.connections):
            transport.lost(Failure(ConnectionLost()), reset=reset)

    def freeze(self, condition: Condition) -> None:
        """Stop the process without ending it."""
        self.condition = condition
        for transport in self.connections:
            transport.frozen = True

    def revive(self) -> None:
        """Listen again, and go on with what was frozen."""
        self.condition = Condition.CLOSED if self.stopped else Condition.LISTENING
        waiting, self._waiting = self._waiting, []
        for transport in waiting:
            if transport.connected:
                self._build(transport)
        for transport in tuple(self.connections):
            transport.thaw()

    def _keep(self, transport: MemoryTransport) -> None:
        self.connections.append(transport)
        transport.on_lost = lambda: self.connections.remove(transport)

    def _build(self, transport: MemoryTransport) -> None:
        protocol = self._factory.buildProtocol(transport.getPeer())
        if protocol is None:
            transport.lost(Failure(ConnectionLost()))
            return
        transport.protocol = protocol
        protocol.makeConnection(transport)
        transport.wake_reading()
