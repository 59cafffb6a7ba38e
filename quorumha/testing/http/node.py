"""What every simulated node is made of: a pure core, and a thin HTTP/1.1 side with faults.

The core takes a L{Message} and returns an L{Answer}.  L{NodeFactory} reads requests, keeps connections
alive as Jetty and Go do, and answers one request after the other, in order.  Faults are switched
on the node while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from attrs import frozen
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory

from quorumha.testing.http.faults import Faults
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node_connection import NodeProtocol


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


class NodeFactory(Factory):
    """One port of a node.

    @ivar connections: those that live.
    @ivar requests: every request whose head was read, in order; kept only where L{keep} is set.
    @ivar handled: every request that was worked on, in order; kept as C{requests} are.
    @ivar served: how many that were.
    @ivar busy: connections with requests that wait, living or gone.
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
        self.handled: list[Message] = []
        self.busy: list[NodeProtocol] = []
        self.served = 0
        self.keep = keep
        self._core = core
        self._banner = banner
        faults.woken.append(self._wake)

    def buildProtocol(self, addr: IAddress | None) -> NodeProtocol:
        return NodeProtocol(self)

    def abort_connections(self) -> None:
        """Break every connection off, as the end of the process does."""
        self.killed()
        for connection in tuple(self.connections):
            connection.abort()

    def killed(self) -> None:
        """The process ended: what was read and not answered is forgotten."""
        for connection in tuple(self.busy):
            connection.forget()

    def answer(self, request: Message) -> bytes:
        """The bytes of the answer to a whole request."""
        self.served += 1
        if self.keep:
            self.handled.append(request)
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

    def _wake(self) -> None:
        if self.busy:
            self.clock.callLater(0, self._go_on)

    def _go_on(self) -> None:
        for connection in tuple(self.busy):
            connection.go_on()
