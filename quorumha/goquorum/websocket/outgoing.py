"""L{Outgoing}: what goes to one client, and what waits while it does not read."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred

from quorumha.goquorum.forward.ask import Asking
from quorumha.goquorum.websocket.frames import Frames
from quorumha.http.wire.contracts import Nobody, ResponseSink
from quorumha.http.wire.messages import ResponseHead

_Decoder = getincrementaldecoder("utf-8")


@define(eq=False)
class Outgoing:
    """Writes to one client, in order.

    @ivar limit: bytes that may wait; 0: any number.
    @ivar too_slow: called when more would: nothing that waited is there any more.
    @ivar paused: the client does not take what was written.
    @ivar size: bytes that wait.
    """

    sink: ResponseSink
    frames: Frames
    limit: int
    too_slow: Callable[[], object]
    paused: bool = False
    size: int = 0
    _waiting: deque[bytes | Streamed | _Frame | _Close] = field(factory=deque, init=False)
    #: Whose parts are being written: no other message may stand between them.
    _streamed: Streamed | None = field(default=None, init=False)

    @property
    def _free(self) -> bool:
        return not self.paused and not self._waiting and self._streamed is None

    def message(self, data: bytes) -> None:
        """Write a whole message, or let it wait."""
        if self._free:
            # It says at once if that is too much for now.
            self.sink.response_data(self.frames.message(data))
        else:
            self._wait(data, len(data))

    def control(self, frame: bytes) -> None:
        """Write a ping or a pong: it may stand between the parts of a message."""
        if self._free or (self._streamed is not None and not self.paused):
            self.sink.response_data(frame)
        else:
            self._wait(_Frame(frame), len(frame))

    def stream(self, rest: Asking) -> Deferred[int]:
        """Write an answer as it comes, as one message.

        @return: fires with its bytes when it is whole; fails with L{BrokenOff} if it will not be.  Cancel it
            to give up.
        """
        streamed = Streamed(self, rest)
        if self._free:
            self._begin(streamed)
        else:
            self._waiting.append(streamed)
        return streamed.ended

    def close(self, code: int, reason: str) -> None:
        """Write a close frame behind what waits; nothing may follow."""
        if self._streamed is not None:
            # Its message will not be whole.
            self.clear()
        self._waiting.append(_Close(code, reason))
        self._flush()

    def close_now(self, code: int, reason: str) -> None:
        """Write a close frame in place of what waits, whatever the client takes."""
        self.clear()
        self.sink.response_data(self.frames.close(code, reason))

    def _wait(self, item: bytes | _Frame, size: int) -> None:
        self._waiting.append(item)
        self.size += size
        if self.limit and self.size > self.limit:
            self.clear()
            self.too_slow()

    def pause(self) -> None:
        """The client does not take what was written."""
        self.paused = True
        if self._streamed is not None:
            self._streamed.rest.request.pause()

    def resume(self) -> None:
        """The client took it."""
        self.paused = False
        if self._streamed is not None:
            self._streamed.rest.request.resume()
        self._flush()

    def _flush(self) -> None:
        while self._waiting and not self.paused and self._streamed is None:
            item = self._waiting.popleft()
            if isinstance(item, Streamed):
                self._begin(item)
            elif isinstance(item, _Close):
                # Made now: a frame that is made after it could not be written.
                self.sink.response_data(self.frames.close(item.code, item.reason))
            elif isinstance(item, _Frame):
                self.size -= len(item.data)
                self.sink.response_data(item.data)
            else:
                self.size -= len(item)
                self.sink.response_data(self.frames.message(item))

    def _begin(self, streamed: Streamed) -> None:
        self._streamed = streamed
        streamed.rest.pass_down(streamed)

    def part(self, text: str, *, last: bool) -> None:
        """A part of the message that is being written."""
        self.sink.response_data(self.frames.part(text, last=last))
        if last:
            self._streamed = None
            self._flush()

    def forget(self, streamed: Streamed) -> None:
        """Nobody wants it any more."""
        if streamed in self._waiting:
            self._waiting.remove(streamed)

    def clear(self) -> None:
        """Forget what waits, and what is being written."""
        self._waiting.clear()
        self._streamed = None
        self.size = 0


@define(eq=False)
class _Frame:
    data: bytes


@define(eq=False)
class _Close:
    code: int
    reason: str


class BrokenOff(Exception):
    """An answer is not whole: nor is its message, of which the client has a part."""


class Streamed(Nobody):
    """An answer that goes down as it comes.

    @ivar ended: fires with its bytes.
    """

    __slots__ = ("_decoder", "_outgoing", "_size", "ended", "rest")

    def __init__(self, outgoing: Outgoing, rest: Asking) -> None:
        self.rest = rest
        self._outgoing = outgoing
        self._decoder = _Decoder("replace")
        self._size = 0
        self.ended: Deferred[int] = Deferred(lambda _: self._leave())

    def _leave(self) -> None:
        self._outgoing.forget(self)
        self.rest.leave()

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """It begins."""
        self._write(data, last=ended)

    def response_data(self, data: bytes) -> None:
        """More of it."""
        self._write(data, last=False)

    def response_end(self) -> None:
        """It is whole."""
        self._write(b"", last=True)

    def response_cut(self) -> None:
        """It will not be whole."""
        self.ended.errback(BrokenOff())

    def _write(self, data: bytes, *, last: bool) -> None:
        self._size += len(data)
        text = self._decoder.decode(data, last)
        if text or last:
            self._outgoing.part(text, last=last)
        if last:
            self.ended.callback(self._size)
