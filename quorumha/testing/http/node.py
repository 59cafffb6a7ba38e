"""What every simulated node is made of: a pure core, and a port that plays it, with faults.

The core takes a L{Message} and returns an L{NodeResponse}.  L{NodeFactory} keeps connections alive as
Jetty and Go do, and responds to one request after the other, in order.  Faults are switched on the node while
it runs.  What it has read it works on to the end, whether or not the client still waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from quorumha.testing.http.faults import DATABASE_TIMEOUT, Faults
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import CLOSE, RESET, Do, Moment, Play, Send, Step, Until, Wait, accept_then
from quorumha.testing.http.scripted import ScriptedUpstream

_CONTINUE = Send(b"HTTP/1.1 100 Continue\r\n\r\n")
_BAD = Send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@frozen
class NodeResponse:
    """What a node's core says.

    @ivar content_type: empty for an answer that carries no such field.
    @ivar headers: names and values that come between C{Content-Type} and C{Content-Length}.
    """

    status: int = 200
    body: bytes = b""
    content_type: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


@lru_cache(256)
def date_of(seconds: int) -> bytes:
    """The value of C{Date}; many responses are of one second."""
    return formatdate(seconds, usegmt=True).encode()


class NodeFactory(ScriptedUpstream):
    """One port of a node.

    @ivar handled: every request that was worked on, in order; kept as C{requests} are.
    @ivar served: how many that were.
    """

    unreadable = (_BAD, CLOSE)
    plays_to_the_end = True

    def __init__(
        self,
        clock: IReactorTime,
        core: Callable[[Message], NodeResponse],
        faults: Faults,
        banner: bytes = b"",
        keep: bool = True,
    ) -> None:
        """
        @param clock: for C{Date} and for a lag.
        @param banner: the value of C{Server}; empty: the field is not sent.
        @param keep: remember every request, for a test to look at.
        """
        super().__init__(clock, then=self._play, keep=keep)
        self.faults = faults
        self.handled: list[Message] = []
        self.served = 0
        self._core = core
        self._banner = banner
        faults.woken.append(self._wake)

    def abort_connections(self) -> None:
        """Break every connection off, as the end of the process does: what was read is forgotten."""
        self.killed()
        for connection in self.live:
            connection.perform(Do.RESET)

    def next_play(self, request: Message | None) -> Play | None:
        if request is None and self.faults.refuse:
            return accept_then(RESET)
        return super().next_play(request)

    def respond(self, request: Message) -> bytes:
        """The bytes of the answer to a whole request."""
        self.served += 1
        if self.keep:
            self.handled.append(request)
        return self.head_and_body(self._core(request), request)

    def head_and_body(self, said: NodeResponse, request: Message) -> bytes:
        """An answer as bytes, fields in the order that Jetty writes them."""
        phrase = HTTPStatus(said.status).phrase
        fields = [(b"Date", date_of(int(self.clock.seconds())))]
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
        if self.waiting:
            self.clock.callLater(0, self.wake)

    def _play(self, request: Message) -> Play:
        return Play(Moment.HEAD, self._steps(request))

    def _steps(self, request: Message) -> Iterator[Step]:
        """What becomes of one request.  The faults are looked at as they are at each moment."""
        if (request.get(b"expect") or b"").lower() == b"100-continue":
            yield _CONTINUE
        yield Until(lambda: request.complete)
        yield from self._delays(request)
        faults = self.faults
        dead = faults.dies_before(request)
        said = b"" if dead else self.respond(request)
        if dead or faults.dies_after(request):
            yield RESET
            self.killed()
            faults.on_death()
            return
        yield Send(said)
        if not request.keeps_alive:
            yield CLOSE

    def _delays(self, request: Message) -> Iterator[Step]:
        faults = self.faults
        while True:
            yield Until(lambda: not faults.hangs(request))
            if faults.waits_for_database(request):
                yield Until(lambda: not faults.waits_for_database(request), DATABASE_TIMEOUT)
                if faults.waits_for_database(request):
                    return
            elif delay := faults.delay(request):
                yield Wait(delay)
                if not faults.hangs(request):
                    return
            else:
                return
