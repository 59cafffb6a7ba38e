"""L{BestResponse}: responses buffered while the next member is asked.

A response beats an error, so the best one seen is delivered when the others fail.
"""

from __future__ import annotations

from attrs import define, field

from quorumha.http.forward.paused_response import PausedResponse
from quorumha.http.wire.messages import ResponseHead

#: Bytes of a response's body that are buffered; of a larger one the rest waits at its connection.
BUFFERED_RESPONSE_LIMIT = 64 * 1024


@define(eq=False)
class BestResponse:
    """The best response so far, and the one that is being read.

    @ivar best: head and body; None until the first was read whole, or as far as it is buffered.
    @ivar rest: what of the best one waits at its connection; None: nothing.
    @ivar others: those that were buffered whole and are not the best, in order.
    @ivar reading: a response is being read in order to be buffered.
    @ivar size: bytes of that one.
    """

    best: tuple[ResponseHead, bytes] | None = None
    rest: PausedResponse | None = None
    others: list[tuple[ResponseHead, bytes]] = field(factory=list)
    reading: bool = False
    _head: ResponseHead | None = None
    _pieces: list[bytes] = field(factory=list)
    size: int = 0

    def begin(self, head: ResponseHead, data: bytes) -> None:
        """A response to buffer begins."""
        self.reading = True
        self._head = head
        self._pieces = [data]
        self.size = len(data)

    def add(self, data: bytes) -> bool:
        """More of it; False when it is too large to buffer."""
        self._pieces.append(data)
        self.size += len(data)
        return self.size <= BUFFERED_RESPONSE_LIMIT

    def release(self) -> tuple[ResponseHead, bytes]:
        """Buffer it no longer: what was read of it so far."""
        head = self._head
        assert head is not None
        self.reading = False
        data = b"".join(self._pieces)
        self._pieces = []
        return head, data

    def whole(self) -> None:
        """It was read to its end: keep the better of the two."""
        head, data = self.release()
        self._keep(head.with_length(len(data)), data, None)

    def paused(self, rest: PausedResponse) -> None:
        """It is too large, and its rest waits: keep the better of the two."""
        rest.lost = self._best_is_lost
        self._keep(*self.release(), rest)

    def _keep(self, head: ResponseHead, data: bytes, rest: PausedResponse | None) -> None:
        """The younger one, unless it is a 5xx and the older one is not."""
        if self.best is None or head.status < 500 or self.best[0].status >= 500:
            if self.rest is not None:
                self.rest.drop()
            elif self.best is not None:
                self.others.append(self.best)
            self.best, self.rest = (head, data), rest
        elif rest is not None:
            rest.drop()
        else:
            self.others.append((head, data))

    def _best_is_lost(self) -> None:
        """It broke off: it is no response."""
        self.rest = None
        self.best = self.others.pop() if self.others else None

    def drop(self) -> None:
        """Something else is the response."""
        rest, self.rest = self.rest, None
        if rest is not None:
            rest.drop()

    def beats(self, status: int) -> bool:
        """Whether the best response is better than one with this status."""
        return self.best is not None and status >= 500 > self.best[0].status
