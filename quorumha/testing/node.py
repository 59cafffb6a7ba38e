"""What every simulated node is made of: a pure core, and a thin HTTP/1.1 side with faults.

The core takes a L{Message} and returns an L{Answer}.  L{NodeFactory} reads requests, keeps connections
alive as Jetty and Go do, and answers one request after the other, in order.  Faults are switched
on the node while it runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from attrs import define, frozen
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.testing.reading import BadMessage, Message, Reader


@frozen
class Answer:
    """What a node's core says.

    @ivar content_type: empty for an answer that carries no such field.
    @ivar headers: names and values that come between C{Content-Type} and C{Content-Length}.
    """

    status: int = 200
    body: bytes = b""
    content_type: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


@define
class Faults:
    """What is wrong with a node now.  May be set at any time.

    @ivar hang: requests are read and never answered; those that wait are answered when
        it is switched off and the next one comes.
    @ivar refuse: connections are taken and ended at once.
    @ivar database_dead: whatever needs the database answers 500.
    @ivar lag: seconds that each answer takes.
    """

    hang: bool = False
    refuse: bool = False
    database_dead: bool = False
    lag: float = 0.0


class NodeFactory(Factory):
    """One port of a node.

    @ivar connections: those that live.
    @ivar requests: every request whose head was read, in order; kept only where L{keep} is set.
    @ivar served: how many answers were given.
    """

    noisy = False

    def __init__(
        self,
        clock: IReactorTime,
        core: Callable[[Message], Answer],
        faults: Faults,
        banner: bytes = b"",
        keep: bool = True,
    ) -> None:
        """
        @param clock: for C{Date} and for a lag.
        @param banner: the value of C{Server}; empty: the field is not sent.
        @param keep: remember every request, for a test to look at.
        """
        self.clock = clock
        self.faults = faults
        self.connections: list[NodeProtocol] = []
        self.requests: list[Message] = []
        self.served = 0
        self.keep = keep
        self._core = core
        self._banner = banner

    def buildProtocol(self, addr: IAddress | None) -> NodeProtocol:
        return NodeProtocol(self)

    def abort_connections(self) -> None:
        """Break every connection off, as the end of the process does."""
        for connection in tuple(self.connections):
            connection.abort()

    def answer(self, request: Message) -> bytes:
        """The bytes of the answer to a whole request."""
        self.served += 1
        return self.head_and_body(self._core(request), request)

    def head_and_body(self, said: Answer, request: Message) -> bytes:
        """An answer as bytes, fields in the order that Jetty writes them."""
        phrase = HTTPStatus(said.status).phrase
        fields = [(b"Date", formatdate(self.clock.seconds(), usegmt=True).encode())]
        if said.content_type:
            fields.append((b"Content-Type", said.content_type))
        fields += said.headers
        if said.status != 204:
            fields.append((b"Content-Length", b"%d" % len(said.body)))
        if self._banner:
            fields.append((b"Server", self._banner))
        if not request.keeps_alive:
            fields.append((b"Connection", b"close"))
        lines = [f"HTTP/1.1 {said.status} {phrase}".encode(), *(b"%s: %s" % pair for pair in fields)]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        return head if request.method == b"HEAD" else head + said.body


class NodeProtocol(Protocol):
    """One connection to a node."""

    def __init__(self, port: NodeFactory) -> None:
        self._port = port
        self._reader = Reader(self._began, self._ended)
        self._waiting: deque[Message] = deque()
        self._delayed: IDelayedCall | None = None

    def connectionMade(self) -> None:
        self._port.connections.append(self)
        if self._port.faults.refuse:
            self.abort()

    def abort(self) -> None:
        """Break off."""
        assert self.transport is not None
        ITCPTransport(self.transport).abortConnection()

    def dataReceived(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
        except BadMessage:
            assert self.transport is not None
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._port.connections.remove(self)
        self._waiting.clear()
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None

    def _began(self, request: Message) -> None:
        if self._port.keep:
            self._port.requests.append(request)
        if (request.get(b"expect") or b"").lower() == b"100-continue":
            assert self.transport is not None
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _ended(self, request: Message) -> None:
        self._waiting.append(request)
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._delayed is None and not self._port.faults.hang:
            if self._port.faults.lag:
                self._delayed = self._port.clock.callLater(self._port.faults.lag, self._after_lag)
            else:
                self._answer()

    def _after_lag(self) -> None:
        self._delayed = None
        if not self._port.faults.hang:
            self._answer()
            self._go_on()

    def _answer(self) -> None:
        request = self._waiting.popleft()
        assert self.transport is not None
        self.transport.write(self._port.answer(request))
        if not request.keeps_alive:
            self._waiting.clear()
            self.transport.loseConnection()
