"""L{UpstreamConnection}: one connection to one upstream, one request at a time.

It knows to the byte where a response ends, so it can tell whether it is clean enough
to be used again.  What is not HTTP ends it: a malformed response is a broken upstream.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from attrs import define, field
from twisted.internet.interfaces import IReactorTime, ITransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from quorumha.http.upstream.attempt_timeout import AttemptTimeout
from quorumha.http.upstream.stale_check import look_below
from quorumha.http.wire.chunked import BadChunk, ChunkedDecoder
from quorumha.http.wire.contracts import AttemptEvents
from quorumha.http.wire.head_cache import HeadCache
from quorumha.http.wire.messages import ResponseHead
from quorumha.http.wire.parsing import MalformedResponse, find_stray, parse_response_head
from quorumha.net.progress import closed_cleanly
from quorumha.net.writer import Writer, send_small_pieces_at_once
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Broken, Phase, TimedOut

#: Bytes that a response's head may have, interim responses before it included.
RESPONSE_HEAD_LIMIT = 64 * 1024

#: Seconds that an upstream may take for what is still to be sent to it, or for the end of TLS.
LEAVE_SECONDS = 5.0

_START = b"HTTP/1."


class Mode(Enum):
    """What the next byte from the upstream belongs to."""

    IDLE = "idle"
    HEAD = "head"
    LENGTH = "body of known length"
    CHUNKED = "chunked body"
    UNTIL_CLOSE = "body until the end"
    TUNNEL = "tunnel"


@define(eq=False, repr=False, slots=False)
class UpstreamConnection(Protocol):
    """A connection to an upstream: one request at a time, its response as events.

    @ivar member: whose connection it is.
    @ivar _lost_idle: called when it ends while nobody uses it.
    @ivar _heads: heads of responses seen lately, on this connection or its like.
    @ivar limit: what is waited for, and how long.
    @ivar responded: what came since the request began as a response does.
    @ivar reusable: nothing came that keeps the next request from being sent on it after the response.
    @ivar below: to be looked at while it is kept; None in memory.
    @ivar use_until: by the clock: not kept after that; 0 means no limit.
    """

    member: Member
    _clock: IReactorTime
    _lost_idle: Callable[[UpstreamConnection], None]
    _heads: HeadCache[ResponseHead] = field(factory=HeadCache)
    transport: ITransport = field(init=False)
    writer: Writer = field(init=False)
    limit: AttemptTimeout = field(init=False)
    responded: bool = field(default=False, init=False)
    reusable: bool = field(default=False, init=False)
    use_until: float = field(default=0.0, init=False)
    _user: AttemptEvents | None = field(default=None, init=False)
    _mode: Mode = field(default=Mode.IDLE, init=False)
    _method: bytes = field(default=b"", init=False)
    _upgrade: bool = field(default=False, init=False)
    _buffer: bytes = field(default=b"", init=False)
    _interim: int = field(default=0, init=False)
    _remaining: int = field(default=0, init=False)
    _decoder: ChunkedDecoder | None = field(default=None, init=False)
    _between: float = field(default=0.0, init=False)
    _paused: bool = field(default=False, init=False)
    _splices: bool = field(default=False, init=False)

    @limit.default
    def _make_limit(self) -> AttemptTimeout:
        return AttemptTimeout(self._clock, self._limit_passed)

    def connectionMade(self) -> None:
        """Make ready to send."""
        send_small_pieces_at_once(self.transport)
        self.below = look_below(self.transport)
        self.writer = Writer(self.transport, self._drained, self.limit.progressed)

    @property
    def in_use(self) -> bool:
        """Somebody is told of what comes: a response is under way."""
        return self._user is not None

    # What the user does.

    def begin(self, user: AttemptEvents, method: bytes, between: float, upgrade: bool = False) -> None:
        """Take the connection for one request.

        @param between: seconds that may pass between two reads of the response.
        @param upgrade: the request asks for another protocol; only then may the response be 101.
        """
        self._user = user
        self._method = method
        self._upgrade = upgrade
        self._between = between
        self._mode = Mode.HEAD
        self.responded = False
        self.reusable = True

    def end_within(self, phase: Phase, seconds: float) -> None:
        """Limit how long the whole of a response that is being read may take; 0 means no limit."""
        self.limit.end_within(phase, seconds)
        self.limit.arm(paused=self._paused)

    def pause(self) -> None:
        """The client does not keep up: stop reading."""
        if not self._paused and self._user is not None:
            self._paused = True
            self.limit.arm(paused=True)
            self.transport.pauseProducing()  # type: ignore[attr-defined]  # IPushProducer, as all are

    def resume(self) -> None:
        """Read on."""
        if self._paused:
            self._paused = False
            if self._user is not None:
                self.limit.arm()
            self.transport.resumeProducing()  # type: ignore[attr-defined]  # as above

    def splice_into(self, writer: Writer) -> None:
        """Let as much as can be of a response's body of known length go by to C{writer}.

        The user is told of the rest, and of the end.
        """
        source, sink = self.writer.spliceable, writer.spliceable
        if self._mode is Mode.LENGTH and source is not None and sink is not None:
            self._splices = True
            source.splice_into(sink, self)

    def may_splice(self) -> int:
        """How much of the body may go by now."""
        return self._remaining if self._splices and self._mode is Mode.LENGTH and not self._paused else 0

    def spliced(self, size: int) -> None:
        """So much of it did."""
        self._remaining -= size
        if self._remaining:
            self.limit.arm(paused=self._paused)
            return
        user = self._user
        assert user is not None
        self._ended()
        user.upstream_end()

    def leave(self) -> None:
        """End it when what waits is sent, and say nothing more to the user."""
        self._user = None
        self._mode = Mode.IDLE
        self.limit.rest(Phase.SEND, LEAVE_SECONDS)
        self.writer.close()

    def abort(self) -> None:
        """End it now and say nothing more to the user."""
        self._user = None
        self._mode = Mode.IDLE
        self.reusable = False
        self.limit.clear()
        self.writer.closed = True
        self.transport.abortConnection()  # type: ignore[attr-defined]  # all Twisted's have it

    # What the upstream does.

    def dataReceived(self, data: bytes) -> None:
        """Read the response."""
        mode = self._mode
        try:
            if mode is Mode.LENGTH:
                self._length_data(data)
            elif mode is Mode.HEAD:
                self._head_data(data)
            elif mode is Mode.CHUNKED:
                self._chunked_data(data)
            elif mode is Mode.IDLE:
                # Bytes that nobody asked for: whatever they are, they answer no request.
                if not self.writer.closed:
                    self.abort()
            else:
                if mode is Mode.UNTIL_CLOSE:
                    self.limit.arm(paused=self._paused)
                assert self._user is not None
                self._user.upstream_data(data)
        except (MalformedResponse, BadChunk) as error:
            self._broken(str(error))

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # its default is never used
        """End the response, if its end is that of the connection; else report that it broke off."""
        self.limit.stop()
        self.writer.lost()
        self.reusable = False
        user, mode = self._user, self._mode
        self._user = None
        self._mode = Mode.IDLE
        if user is None:
            self._lost_idle(self)
        elif mode is Mode.TUNNEL or (mode is Mode.UNTIL_CLOSE and closed_cleanly(reason)):
            user.upstream_end()
        else:
            user.upstream_failed(Broken("connection lost"))

    def _drained(self) -> None:
        self.limit.progressed()
        if self._user is not None:
            self._user.upstream_drained()

    def _limit_passed(self) -> None:
        user, phase = self._user, self.limit.phase
        if phase is Phase.SEND and self.writer.is_progressing():
            # It takes what waits, but the transport could not tell so.
            self.limit.arm()
            return
        if user is None and not self.writer.closed:
            self.leave()
            return
        self.abort()
        if user is not None:
            user.upstream_failed(TimedOut(phase))

    def _broken(self, reason: str) -> None:
        user = self._user
        self.abort()
        if user is not None:
            user.upstream_failed(Broken(reason))

    def _head_data(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        while True:
            end = data.find(b"\r\n\r\n") + 4
            if end < 4 or end > RESPONSE_HEAD_LIMIT:
                self._partial_head(data)
                self.limit.begins(self._between)
                return
            raw = data[:end]
            head = self._heads.get(raw) if self._method != b"HEAD" else None
            self.responded = head is not None or self._interim > 0 or raw.startswith(_START)
            if head is None:
                head = parse_response_head(raw, self._method)
                if self._method != b"HEAD":
                    self._heads.keep(raw, head)
            data = data[end:]
            if not head.keep_alive:
                self.reusable = False
            if head.status >= 200:
                break
            self._interim += end
            if self.limit.end:
                self.limit.head_ended()
            if head.status == 101:
                if not self._upgrade or head.upgrade.lower() != b"websocket":
                    # The only protocol that is ever asked for.
                    raise MalformedResponse("switched protocols unasked")
                self._mode = Mode.TUNNEL
                self.limit.wait(Phase.BETWEEN_BYTES, 0)
                assert self._user is not None
                self._user.upstream_head(head, data, False)
                return
            if self._interim > RESPONSE_HEAD_LIMIT:
                raise MalformedResponse("too many interim responses")
            if not data:
                return
        self._final_head(head, data)

    def _partial_head(self, data: bytes) -> None:
        begins = _START.startswith(data[: len(_START)])
        self.responded = self._interim > 0 or begins
        if len(data) > RESPONSE_HEAD_LIMIT:
            raise MalformedResponse("the head is too large")
        if not begins or find_stray(data):
            raise MalformedResponse("malformed head")
        self._buffer = data

    def _final_head(self, head: ResponseHead, data: bytes) -> None:
        self._interim = 0
        if self.limit.end:
            self.limit.head_ended()
        user = self._user
        assert user is not None
        length = head.length
        if length is not None:
            left = length - len(data)
            if left > 0:
                self._mode = Mode.LENGTH
                self._remaining = left
                self.limit.wait(Phase.BETWEEN_BYTES, self._between)
                user.upstream_head(head, data, False)
                return
            if left < 0:
                self.reusable = False
                data = data[:length]
            self._ended()
            user.upstream_head(head, data, True)
            return
        self.limit.wait(Phase.BETWEEN_BYTES, self._between)
        if not head.chunked:
            self._mode = Mode.UNTIL_CLOSE
            user.upstream_head(head, data, False)
            return
        self._mode = Mode.CHUNKED
        self._decoder = decoder = ChunkedDecoder()
        first = b"".join(decoder.feed(data))
        if decoder.done:
            self.reusable = self.reusable and not decoder.surplus
            self._ended()
        user.upstream_head(head, first, decoder.done)

    def _length_data(self, data: bytes) -> None:
        user = self._user
        assert user is not None
        remaining = self._remaining - len(data)
        if remaining > 0:
            self._remaining = remaining
            self.limit.arm(paused=self._paused)
            user.upstream_data(data)
            return
        if remaining < 0:
            self.reusable = False
            data = data[:remaining]
        self._ended()
        user.upstream_data(data)
        user.upstream_end()

    def _chunked_data(self, data: bytes) -> None:
        user, decoder = self._user, self._decoder
        assert user is not None and decoder is not None
        pieces = decoder.feed(data)
        if decoder.done:
            self.reusable = self.reusable and not decoder.surplus
            self._ended()
        else:
            self.limit.arm(paused=self._paused)
        if pieces:
            user.upstream_data(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if decoder.done:
            user.upstream_end()

    def _ended(self) -> None:
        """The response is whole: the user gets its last events and is forgotten."""
        self._user = None
        self._mode = Mode.IDLE
        if self._splices:
            # The next response goes to somebody else.
            self._splices = False
            assert self.writer.spliceable is not None
            self.writer.spliceable.stop_splicing()
        if self._paused:
            # TLS hands over what it has even then; the next response shall be read.
            self._paused = False
            self.transport.resumeProducing()  # type: ignore[attr-defined]  # as above
