"""L{UnsentBody}: an answer that is there whole, on its way to a client that takes it slowly."""

from __future__ import annotations

from quorumha.goquorum.decide.kept_responses import KeptResponses
from quorumha.http.wire.contracts import ResponseSink

#: Bytes that are written at once; what is smaller than two of them is not counted.
PIECE = 128 * 1024


class UnsentBody:
    """What of an answer its client has not taken yet.

    It counts in the bound of all answers that the process keeps: else clients that do not read could have it
    hold any number of them.

    @ivar kept: bytes of it that count.
    """

    __slots__ = ("_at", "_body", "_bound", "_paused", "_sink", "kept")

    def __init__(self, body: bytes, sink: ResponseSink, bound: KeptResponses) -> None:
        """
        @param body: all but what went down with the head.
        """
        self._body = memoryview(body)
        self._at = 0
        self._sink = sink
        self._bound = bound
        self._paused = False
        self.kept = 0

    def pause(self) -> None:
        """The client does not read."""
        self._paused = True

    def resume(self) -> None:
        """It has taken all that was written."""
        self._paused = False
        self.go_on()

    def go_on(self) -> None:
        """Write as much as is taken."""
        body = self._body
        while not self._paused and self._at < len(body):
            piece = bytes(body[self._at : self._at + PIECE])
            self._at += PIECE
            self._sink.response_data(piece)
        if self._at < len(body):
            self._bound.hold(self, len(body) - self._at)
        elif len(body):
            self.leave()
            self._sink.response_end()

    def give_up(self) -> None:
        """All hold too much, and this is the largest."""
        self.leave()
        self._sink.response_cut()

    def leave(self) -> None:
        """It ends, or the client is gone."""
        self._bound.release(self)
        self._body = memoryview(b"")
