"""L{ClientSocket}: one client's WebSocket, from its handshake to its close."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure
from wsproto.frame_protocol import CloseReason

from quorumha.errors import REASONS
from quorumha.goquorum.decide.call import OwnResponse
from quorumha.goquorum.decide.facts import SocketClosed
from quorumha.goquorum.forward.ask import Asking
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.websocket.frames import Closed, Frames, Incoming, Pinged
from quorumha.goquorum.websocket.heartbeat import Heartbeat
from quorumha.goquorum.websocket.opening import Mistake, accepted, for_calls, mistake_in
from quorumha.goquorum.websocket.outgoing import Outgoing
from quorumha.goquorum.websocket.socket_calls import SocketCalls
from quorumha.goquorum.websocket.subscribed import Subscribed
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.contracts import NOBODY, ResponseSink, SpokenTunnel
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, first_value
from quorumha.net.timeout import Limit

if TYPE_CHECKING:
    from quorumha.goquorum.websocket.socket_route import SocketRoute

log = Logger()

#: Seconds for which a client's close frame is waited for after ours.
CLOSE_WAIT = 2.0
#: Codes of close frames that are no client's fault.
_OURS = (CloseReason.INTERNAL_ERROR, CloseReason.SERVICE_RESTART, CloseReason.TRY_AGAIN_LATER)


class Stage(IntEnum):
    """How far a WebSocket is."""

    OPENING = 0
    OPEN = 1
    #: A close frame was written.
    CLOSING = 2
    OVER = 3


class ClientSocket(SpokenTunnel):
    """One client's WebSocket.  An L{Exchange<quorumha.http.wire.contracts.Exchange>}."""

    def __init__(self, route: SocketRoute, head: RequestHead, client: Client, sink: ResponseSink) -> None:
        settings = route.settings
        self._route, self._head, self._sink = route, head, sink
        self._stage = Stage.OPENING
        self._reading = self._finishing = False
        self._closing: Limit | None = None
        self._heartbeat: Heartbeat | None = None
        self._asking: Deferred[Any] = succeed(None)
        key = route.listener if client.address == b"unknown" else client.address
        self._caller = caller = Caller(client, for_calls(head), key)
        self._frames = Frames(settings.message_limit or sys.maxsize)
        self._outgoing = Outgoing(sink, self._frames, settings.client_buffer, self._too_slow)
        floors = route.http.engine.reads.floors if route.http.engine.reads.monotonic else None
        self._subscribed = Subscribed(route.sockets, caller, self, settings, floors)
        self._calls = SocketCalls(route.http, caller, self._subscribed, self, self._read, self._broke_off)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._stage is Stage.OVER

    # The handshake.

    def start(self, data: bytes, complete: bool) -> None:
        """Respond to the handshake, which has no body."""
        mistake = mistake_in(self._head)
        if mistake is not None:
            self._refuse_self(mistake)
        elif first_value(self._head.fields, b"origin"):
            # Whether it may come from there, nodes say.
            self._asking = asking = Deferred.fromCoroutine(self._subscribed.open_first())
            asking.addCallbacks(self._allowed, self._not_asked).addErrback(self._broke)
        else:
            self._accept()

    def _allowed(self, refusal: Response | None) -> None:
        if self._stage is Stage.OPENING:
            if refusal is None:
                self._accept()
            else:
                self._refuse(refusal)

    def _not_asked(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            failure.trap(OwnResponse)
            self._refuse_self(Mistake(503, "no member can be asked", [(b"Retry-After", b"1")]))

    def _broke(self, failure: Failure) -> None:
        log.failure("a handshake failed", failure=failure)
        self._refuse_self(Mistake(500, "internal error", []))

    def _refuse_self(self, mistake: Mistake) -> None:
        """No member said so."""
        if self._stage is Stage.OPENING:
            self._route.http.asker.numbers.own[mistake.status] += 1
            self._refuse(_response(mistake))

    def _refuse(self, said: Response) -> None:
        if self._stage is Stage.OPENING:
            self._leave(Stage.OVER)
            self._sink.response_head(said.head, said.body, True)

    def _accept(self) -> None:
        self._stage = Stage.OPEN
        settings = self._route.settings
        self._heartbeat = Heartbeat(
            self._route.clock, settings.ping_interval, self._ping, self._silent, lambda: not self._busy
        )
        self._sink.response_head(accepted(self._head), b"", False)

    # What the client sends.

    def tunnel(self, data: bytes) -> None:
        """Read messages, as many as may be under way at once."""
        if self._heartbeat is not None:
            self._heartbeat.alive()
        if self._stage is not Stage.OVER:
            self._frames.feed(data)
            self._read()

    @property
    def _busy(self) -> bool:
        """Whether nothing more is read for now."""
        calls, settings = self._calls, self._route.settings
        return self._stage is Stage.OPEN and (
            self._finishing
            or self._outgoing.paused
            or calls.count >= settings.in_flight_limit
            or calls.size >= (settings.message_limit or sys.maxsize)
        )

    def _read(self) -> None:
        """Take what has come, as long as it may be taken; and see whether more is to come."""
        if self._reading:
            return
        self._reading = True
        try:
            while self._stage is not Stage.OVER and not self._busy:
                incoming = self._frames.next()
                if incoming is None:
                    break
                self._take(incoming)
        finally:
            self._reading = False
        if self._finishing and self._stage is Stage.OPEN and not self._calls.count:
            self.close(CloseReason.GOING_AWAY, "the proxy stops")
        elif self._busy:
            self._sink.pause_request()
        else:
            self._sink.resume_request()

    def _take(self, incoming: Incoming) -> None:
        if isinstance(incoming, Closed):
            self._closed_by_client(incoming)
        elif self._stage is not Stage.OPEN:
            # Nothing follows a close frame.
            return
        elif isinstance(incoming, bytes):
            self._calls.take(incoming)
        elif isinstance(incoming, Pinged):
            self._outgoing.control(self._frames.pong(incoming.payload))

    def _closed_by_client(self, closed: Closed) -> None:
        if closed.fault:
            self.close(closed.code, closed.fault)
            return
        if self._stage is Stage.OPEN:
            self._outgoing.close_now(closed.code, "")
        self._end()

    # What goes to the client.

    def message(self, data: bytes) -> None:
        """Send a message."""
        if self._stage is Stage.OPEN:
            self._outgoing.message(data)

    def stream(self, rest: Asking) -> Deferred[int]:
        """Send an answer as it comes."""
        return self._outgoing.stream(rest)

    def _broke_off(self) -> None:
        self.close(CloseReason.INTERNAL_ERROR, "a message could not be answered whole")

    def _ping(self) -> None:
        self._outgoing.control(self._frames.ping())

    def pause(self) -> None:
        """The client does not take what was written."""
        self._outgoing.pause()

    def resume(self) -> None:
        """The client took it."""
        self._outgoing.resume()
        self._read()

    # The end.

    def close(self, code: int, reason: str) -> None:
        """Say a close frame behind what waits, and end when the client has said its own.

        @param reason: one line, nothing of a call.
        """
        if self._stage is Stage.OPEN:
            self._leave(Stage.CLOSING)
            self._notify(code, reason)
            self._outgoing.close(code, reason)
            self._closing = Limit(self._route.clock, CLOSE_WAIT, self._end)

    def _close_now(self, code: int, reason: str) -> None:
        """Say a close frame in place of what waits, and end."""
        if self._stage is Stage.OPEN:
            self._leave(Stage.CLOSING)
            self._notify(code, reason)
            self._outgoing.close_now(code, reason)
            self._end()

    def _notify(self, code: int, reason: str) -> None:
        if code in _OURS:
            pool, client = self._route.http.pool, self._caller.client.address.decode("latin-1")
            pool.observers.notify(SocketClosed(self._route.listener, pool.name, client, code, reason))

    def _too_slow(self) -> None:
        self._close_now(CloseReason.TRY_AGAIN_LATER, "client_buffer is full: the client does not read")

    def _silent(self) -> None:
        self._close_now(CloseReason.INTERNAL_ERROR, "no pong in ping_interval")

    def finish_soon(self) -> None:
        """The proxy stops: what is under way is done first."""
        self._finishing = True
        if self._stage is Stage.OPEN:
            self._read()

    def _end(self) -> None:
        if self._stage is not Stage.OVER:
            self._leave(Stage.OVER)
            sink, self._sink = self._sink, NOBODY
            sink.response_end()

    def abandon(self) -> None:
        """The client is gone."""
        self._leave(Stage.OVER)
        self._sink = self._outgoing.sink = NOBODY

    def _leave(self, stage: Stage) -> None:
        """Nobody waits for anything any more."""
        before, self._stage = self._stage, stage
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if before < Stage.CLOSING:
            self._calls.leave()
            self._asking.cancel()
            self._subscribed.leave()
        if stage is Stage.OVER and self._closing is not None:
            self._closing.cancel()


def _response(mistake: Mistake) -> Response:
    made = Response.made(mistake.text.encode() + b"\n", b"text/plain; charset=utf-8", mistake.status)
    head = made.head
    reason = REASONS.get(mistake.status, b"Error")
    return Response(evolve(head, reason=reason, fields=[*head.fields, *mistake.fields]), made.body)
