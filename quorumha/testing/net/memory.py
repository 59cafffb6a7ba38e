"""L{MemoryTopology}: listeners, clients and upstreams on one clock, without sockets.

The whole network is a value in one process.  Nothing happens by itself: bytes move when
the test calls L{MemoryTopology.run} or L{MemoryTopology.advance}, always in the same order,
and time passes only in C{advance}.

    >>> from quorumha.testing import MemoryTopology, Recorder
    >>> from twisted.internet.protocol import Factory
    >>> from twisted.protocols.wire import Echo
    >>> net = MemoryTopology()
    >>> port = net.listen("a:9101", Factory.forProtocol(Echo))
    >>> client = net.connect("a:9101")
    >>> client.write(b"hello")
    >>> net.run()
    >>> client.received
    b'hello'
    >>> net.kill("a:9101")
    >>> net.run()
    >>> client.how_it_ended
    'ConnectionDone'
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import (
    CannotListenError,
    ConnectingCancelledError,
    ConnectionRefusedError,
    NoProtocol,
)
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from quorumha.testing.http.chunking import Chunker, as_written
from quorumha.testing.http.recording import Recorder
from quorumha.testing.net.address import address_of, client_address_of
from quorumha.testing.net.memory_clock import MemoryClock
from quorumha.testing.net.memory_endpoints import MemoryClientEndpoint, MemoryServerEndpoint
from quorumha.testing.net.memory_port import Condition, Listening
from quorumha.testing.net.memory_transport import MemoryTransport
from quorumha.testing.net.pipe import Gauge, Pipe
from quorumha.testing.net.turns import NeverQuiet, Order, Turns


class MemoryTopology:
    """A network in memory.

    Places are C{"host:port"} or C{"unix:/path"}; see L{quorumha.testing.net.address}.

    @ivar clock: the one clock; give it to whatever wants C{IReactorTime}.
    @ivar buffered: the bytes that all connections hold, in write buffers and in flight, now
        and at most.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        chunker: Chunker = as_written,
        capacity: int = 65536,
        order: Order | None = None,
    ) -> None:
        """
        @param clock: a fresh one unless given.
        @param chunker: how bytes are cut when they arrive; see L{quorumha.testing.http.chunking}.
        @param capacity: bytes that one direction of a connection takes before its writer
            has to wait.
        @param order: which of so many waiting turns is taken next (a number below that); the
            oldest unless given.  Lets a test shuffle what happens at the same time.
        """
        self.clock = MemoryClock() if clock is None else clock
        self.buffered = Gauge()
        self._chunker = chunker
        self._capacity = capacity
        self._turns = Turns(order)
        self._places: dict[str, Listening] = {}
        self._black_holes: set[str] = set()
        self._dialled = 0

    # Places to listen at and to connect to.

    def server_endpoint(self, place: str) -> MemoryServerEndpoint:
        """An C{IStreamServerEndpoint}; listening fails with C{CannotListenError} where somebody does."""
        address_of(place)
        return MemoryServerEndpoint(place, self.listen)

    def client_endpoint(self, place: str, source: str = "127.0.0.1") -> MemoryClientEndpoint:
        """An C{IStreamClientEndpoint}.

        @param source: the host that the node sees as its client.
        """
        address_of(place)
        return MemoryClientEndpoint(place, source, self._connect)

    def listen(self, place: str, factory: IProtocolFactory) -> IListeningPort:
        """Listen at once.

        @raise CannotListenError: somebody listens there.
        """
        before = self._places.get(place)
        if before is not None and not before.stopped:
            raise CannotListenError("", place, OSError("address already in use"))
        listening = Listening(self._turns, address_of(place), factory)
        if before is not None:
            # A later kill or hang of the place takes the old connections with it.
            listening.adopt(before)
        self._places[place] = listening
        listening.startListening()
        return listening

    def connect(self, place: str, source: str = "127.0.0.1", *, half_close: bool = False) -> Recorder:
        """A client that keeps what it gets; what it writes before it is connected waits.

        @param half_close: it goes on writing after the other side has ended.
        """
        recorder = Recorder.half_closing() if half_close else Recorder()
        connecting = self.client_endpoint(place, source).connect(Factory.forProtocol(lambda: recorder))
        connecting.addErrback(recorder.refused)
        return recorder

    # Time and turns.

    def run(self, most: int = 1_000_000) -> None:
        """Let everything happen that can happen now, and stop when all is quiet.

        Calls that are due on the clock are made too; no time passes.

        @raise NeverQuiet: so many turns were not enough.
        """
        left = most
        while True:
            while self._turns:
                left -= 1
                if left < 0:
                    raise NeverQuiet(f"still busy after {most} turns")
                self._turns.take()
            if not self._due():
                return
            left -= 1
            self.clock.advance(0)

    flush = run

    def advance(self, seconds: float) -> None:
        """Let time pass: from each delayed call to the next, with L{run} at each stop."""
        end = self.clock.seconds() + seconds
        self.run()
        while True:
            coming = self._coming()
            if coming is None or coming > end:
                break
            # A nanosecond more, lest a sum of floats stays below the call's time for ever.
            self.clock.advance(max(coming - self.clock.seconds(), 1e-9))
            self.run()
        self.clock.advance(max(end - self.clock.seconds(), 0))
        self.run()

    def _due(self) -> bool:
        coming = self._coming()
        return coming is not None and coming <= self.clock.seconds()

    def _coming(self) -> float | None:
        if isinstance(self.clock, MemoryClock):
            return self.clock.coming()
        return min((call.getTime() for call in self.clock.getDelayedCalls()), default=None)

    # Faults.

    def kill(self, place: str, reset: bool | None = None) -> None:
        """As C{kill -9} does: nobody listens, and every connection of the node ends.

        The node's protocols get C{connectionLost} at once; what they had not sent is gone.

        @param reset: how its clients see it: True, C{ConnectionLost}; False, a clean end; None as
            TCP has it, a clean end unless the node left bytes unread.
        """
        self._at(place).kill(reset)

    def hang(self, place: str, *, accepts: bool = True) -> None:
        """As C{kill -STOP} does: nothing is read, sent or noticed by the node any more.

        Delayed calls of the node's own code still run; what they write stays unsent.

        @param accepts: new connections are made, as a kernel makes them for a stopped
            process; False: they never come about.
        """
        self._at(place).freeze(Condition.HUNG if accepts else Condition.BLACK_HOLE)

    def black_hole(self, place: str) -> None:
        """Connecting to the place never ends; nobody need listen there.  L{revive} undoes it."""
        address_of(place)
        self._black_holes.add(place)

    def revive(self, place: str) -> None:
        """Undo L{kill}, L{hang} or L{black_hole}: the same factory listens again."""
        if place in self._black_holes:
            self._black_holes.remove(place)
            if place not in self._places:
                return
        self._at(place).revive()

    # What a test looks at.

    def connections(self, place: str) -> list[MemoryTransport]:
        """The node's ends of the connections that live there; C{.other} is the client's end."""
        return list(self._at(place).connections)

    def accepted(self, place: str) -> int:
        """How many connections have been made there since it listens."""
        return self._at(place).accepted

    def _at(self, place: str) -> Listening:
        try:
            return self._places[place]
        except KeyError:
            raise ValueError(f"nobody ever listened at {place!r}; there are {sorted(self._places)}") from None

    # Connecting.

    def _connect(self, place: str, source: str, factory: IProtocolFactory) -> Deferred[IProtocol]:
        cancelled: list[bool] = []

        def cancel(connecting: Deferred[IProtocol]) -> None:
            cancelled.append(True)
            connecting.errback(Failure(ConnectingCancelledError(address_of(place))))

        connecting: Deferred[IProtocol] = Deferred(cancel)
        self._turns.add(lambda: None if cancelled else self._dial(place, source, factory, connecting))
        return connecting

    def _dial(
        self, place: str, source: str, factory: IProtocolFactory, connecting: Deferred[IProtocol]
    ) -> None:
        listening = self._places.get(place)
        condition = Condition.CLOSED if listening is None else listening.condition
        if place in self._black_holes or condition is Condition.BLACK_HOLE:
            return
        if listening is None or condition is Condition.CLOSED:
            connecting.errback(Failure(ConnectionRefusedError(string=f"nobody listens at {place}")))
            return
        client, node = self._pair(place, source)
        try:
            protocol = factory.buildProtocol(client.getPeer())
        except Exception:
            connecting.errback(Failure())
            return
        if protocol is None:
            connecting.errback(Failure(NoProtocol()))
            return
        listening.accept(node)
        client.protocol = protocol
        protocol.makeConnection(client)
        client.wake_reading()
        connecting.callback(protocol)

    def _pair(self, place: str, source: str) -> tuple[MemoryTransport, MemoryTransport]:
        here, there = client_address_of(place, source, self._dialled), address_of(place)
        self._dialled += 1
        up, down = (Pipe(self._capacity, self._chunker, self.buffered) for _ in range(2))
        client = MemoryTransport(self._turns, self.buffered, here, there, outgoing=up, incoming=down)
        node = MemoryTransport(self._turns, self.buffered, there, here, outgoing=down, incoming=up)
        client.other, node.other = node, client
        return client, node
