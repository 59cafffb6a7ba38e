"""What a client may ask of a listener, and which of the time limits runs for its connection now.  No I/O.

The limit follows from the state of the connection, and not from who set the timer last.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from quorumha.http.server.config import ClientLimits
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.request_reader import Reading

#: After an error the client is read from for so many seconds, so that it sees the answer
#: before the reset that unread bytes cause (RFC 9112 section 9.6).
LINGER_SECONDS = 2.0
#: Seconds for which the next request of a client that was answered as shortly before is still waited for,
#: where a stop is to cost no client anything.
AGAIN_GRACE = 0.2
#: Seconds for which the first request of a new connection is still taken when the proxy stops.
DRAIN_GRACE = 0.5
#: So many times as fast has a body to come that is streamed: it holds a member meanwhile.
STREAMED_RATE = 4


class Wait(Enum):
    """What is waited for."""

    #: It is a member's turn: its limits hold.
    NOTHING = "nothing of the client's"
    HEAD = "a whole head"
    IDLE = "a request to begin, or bytes of a tunnel"
    #: As L{IDLE}, while the proxy stops.
    GRACE = "the first request of a connection, at a stop"
    #: As L{IDLE}, while the proxy stops, too.
    AGAIN = "a last request, at a stop"
    BODY = "more of a body"
    SEND = "the client to take what waits"
    LINGER = "the client to see the answer"

    # As Reading: looked up in a table for every request.
    __hash__ = object.__hash__


@frozen
class ServerLimits(ClientLimits):
    """What a client may ask of the listener, with what follows from it.  Seconds and bytes; 0 means no limit.

    @ivar header_timeout: for a whole head, from its first byte (for the first one, from the connection); and
        between two reads of a body.
    @ivar client_send_timeout: while the client takes nothing of what waits for it.
    @ivar body_limit: bytes of one request's body.
    @ivar body_timeout: for a whole body, beside a second for each C{body_rate} bytes of it.
    @ivar body_rate: bytes a second; 0 means that a whole body has no limit.
    @ivar idle_timeout: how long a connection may wait for a request, or a tunnel be silent.
    @ivar head: how large a request's head may be: C{request_line_limit}, C{header_limit}, C{header_count}.
    @ivar durations: how long what is waited for may take.
    """

    idle_timeout: float = 300.0
    head: HeadLimits = field(init=False, repr=False, eq=False)
    durations: dict[Wait, float] = field(init=False, repr=False, eq=False)

    @head.default
    def _head(self) -> HeadLimits:
        return HeadLimits(self.request_line_limit, self.header_limit, self.header_count)

    @durations.default
    def _durations(self) -> dict[Wait, float]:
        return {
            Wait.NOTHING: 0.0,
            Wait.HEAD: self.header_timeout,
            Wait.IDLE: self.idle_timeout,
            Wait.GRACE: DRAIN_GRACE,
            Wait.AGAIN: AGAIN_GRACE,
            Wait.BODY: self.header_timeout,
            Wait.SEND: self.client_send_timeout,
            Wait.LINGER: LINGER_SECONDS,
        }


#: What is waited for where nothing waits for the client and it is read; before a head it depends.
WAITS_FOR = {
    Reading.HEAD: None,
    Reading.BODY: Wait.BODY,
    Reading.WAITING: Wait.NOTHING,
    Reading.TUNNEL: Wait.IDLE,
    Reading.LINGERING: Wait.LINGER,
    # It may refuse to read what waits, or to answer the end of a TLS session.
    Reading.CLOSED: Wait.SEND,
}


def waits_for(reading: Reading, before: Wait, *, queued: bool, stopped: bool) -> Wait:
    """What is waited for in this state; the limit for it is the one that runs.

    @param before: what is waited for where a head comes next: L{Wait.IDLE}, L{Wait.HEAD} once it has
        begun, or L{Wait.GRACE}.
    @param queued: bytes wait for the client to take them.
    @param stopped: a member takes nothing of the body, which is not read therefore.
    """
    if queued:
        return Wait.SEND
    if stopped and reading is Reading.BODY:
        return Wait.NOTHING
    return WAITS_FOR[reading] or before


class BodyTime:
    """How long one request's body, which begins, may still take, from how much of it has come.

    However small its pieces are and however often they come, it ends, or it is as fast as C{body_rate}.
    Time in which it was not read, because a member took nothing, is not the client's.
    """

    __slots__ = ("_ends", "_limits", "_stopped", "_streams")

    def __init__(self, limits: ServerLimits, now: float, size: int = 0) -> None:
        """
        @param size: bytes of it that are there.
        """
        self._limits = limits
        self._ends = now + limits.body_timeout
        self._stopped = 0.0
        self._streams = False
        self.came(size, now, streams=False)

    def came(self, size: int, now: float, *, streams: bool) -> None:
        """So many bytes more.

        @param streams: a member is held meanwhile.  From when that begins the faster rate holds, and what
            came before counts no more.
        """
        limits = self._limits
        if not limits.body_rate:
            return
        if streams and not self._streams:
            self._streams = True
            self._ends = now + limits.body_timeout
        self._ends += size / (limits.body_rate * (STREAMED_RATE if self._streams else 1))

    def stop(self, now: float) -> None:
        self._stopped = now

    def go_on(self, now: float) -> None:
        self._ends += now - self._stopped

    def left(self, now: float) -> float:
        """Seconds that the next read may take; 0: there is no limit; less than 0: it has passed."""
        limits = self._limits
        pause = limits.header_timeout
        if not (limits.body_timeout and limits.body_rate):
            return pause
        left = self._ends - now or -1.0
        return pause if 0 < pause < left else left
