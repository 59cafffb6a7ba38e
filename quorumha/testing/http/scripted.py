"""L{ScriptedUpstream}: an HTTP upstream that does what the test says, and keeps all it saw.

It is an ordinary Twisted factory: it listens in a L{MemoryTopology} or on a real port.

    upstream = ScriptedUpstream(net.clock, no_response(RESET), respond(404), then=respond(200, b"last"))
    net.listen("a:9101", upstream)
    ...
    upstream.requests[0].target, upstream.requests[0].body, upstream.connections[0].raw

The script is consumed one play a request, over all connections; a play that begins when the
connection is made (L{accept_then}, L{deaf}) is consumed by the next connection if it is the
next in the script.  When the script is at its end, C{then} is played again and again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory

from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import Do, Moment, Play, Send, respond
from quorumha.testing.http.scripted_connection import ScriptedConnection

Choice = Callable[[Message], Play]


class ScriptedUpstream(Factory):
    """A factory of L{ScriptedConnection}s that share one script.

    @ivar script: the plays still to come; may be added to at any time.
    @ivar then: played when the script is at its end: a play, or a callable that gets the
        request (its head is complete, its body may not be) and returns a play.
    @ivar connections: every connection that was made, in order.
    @ivar requests: every request whose head was complete, in order; a L{Message} each.
    @ivar waiting: connections whose plays wait for something, living or gone.
    """

    noisy = False
    #: What a connection does whose bytes cannot be read.
    unreadable: tuple[Send | Do, ...] = (Do.CLOSE,)
    #: A play goes on when its client has left.
    plays_to_the_end = False

    def __init__(
        self, clock: IReactorTime, *script: Play, then: Play | Choice | None = None, keep: bool = True
    ) -> None:
        """
        @param clock: for plays that wait.
        @param script: a play for each request to come.
        @param then: L{respond}C{()} unless given.
        @param keep: remember every request, and connections that ended.
        """
        self.clock = clock
        self.keep = keep
        self.waiting: list[ScriptedConnection] = []
        self.script = deque(script)
        self.then: Play | Choice = respond() if then is None else then
        self.connections: list[ScriptedConnection] = []
        self.requests: list[Message] = []

    def buildProtocol(self, addr: IAddress | None) -> ScriptedConnection:
        connection = ScriptedConnection(self)
        self.connections.append(connection)
        return connection

    @property
    def whole_requests(self) -> list[Message]:
        """The requests whose bodies came to their end."""
        return [request for request in self.requests if request.complete]

    @property
    def bad(self) -> list[str]:
        """What could not be read as strict HTTP/1.1, one line for each connection where that happened."""
        return [connection.bad for connection in self.connections if connection.bad]

    @property
    def live(self) -> list[ScriptedConnection]:
        """The connections that have not ended."""
        return [connection for connection in self.connections if connection.reason is None]

    def wake(self) -> None:
        """Let plays go on for which what they wait for holds now."""
        for connection in tuple(self.waiting):
            connection.look()

    def killed(self) -> None:
        """The process ended: what was read and not answered is forgotten."""
        for connection in (*self.waiting, *self.live):
            connection.forget()

    def close_kept(self, reset: bool = False) -> None:
        """Close every connection that is between two requests, as a node's idle limit does."""
        for connection in self.live:
            if connection.idle:
                connection.perform(Do.RESET if reset else Do.CLOSE)

    def next_play(self, request: Message | None) -> Play | None:
        """The play for a request, or for a new connection (None), if there is one."""
        if request is None:
            if self.script and self.script[0].at is Moment.ACCEPTED:
                return self.script.popleft()
            fallback = self.then
            return fallback if isinstance(fallback, Play) and fallback.at is Moment.ACCEPTED else None
        if self.script:
            return self.script.popleft()
        return self.then if isinstance(self.then, Play) else self.then(request)
