"""L{HeldAnswers}: answers kept in hand while the next upstream is asked.

An answer beats an error, so the best one seen is delivered when the others fail.
"""

from __future__ import annotations

from quorumha.http.messages import ResponseHead

#: Bytes of an answer's body that are held; a larger answer is delivered at once.
HELD_ANSWER_LIMIT = 64 * 1024


class HeldAnswers:
    """The best answer so far, and the one that is being read.

    @ivar best: head and whole body; None until the first was read whole.
    @ivar others: those that were held whole and are not the best, in order.
    @ivar reading: an answer is being read in order to be held.
    """

    __slots__ = ("_head", "_pieces", "_size", "best", "others", "reading")

    def __init__(self) -> None:
        self.best: tuple[ResponseHead, bytes] | None = None
        self.others: list[tuple[ResponseHead, bytes]] = []
        self.reading = False
        self._head: ResponseHead | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    def begin(self, head: ResponseHead, data: bytes) -> None:
        """An answer to hold begins."""
        self.reading = True
        self._head = head
        self._pieces = [data]
        self._size = len(data)

    def add(self, data: bytes) -> bool:
        """More of it.

        @return: False when it is too large to hold.
        """
        self._pieces.append(data)
        self._size += len(data)
        return self._size <= HELD_ANSWER_LIMIT

    def let_go(self) -> tuple[ResponseHead, bytes]:
        """Hold it no longer: what was read of it so far."""
        head = self._head
        assert head is not None
        self.reading = False
        data = b"".join(self._pieces)
        self._pieces = []
        return head, data

    def whole(self) -> None:
        """It was read to its end: keep the better of the two.

        The younger one, unless it is a 5xx and the older one is not.
        """
        head, data = self.let_go()
        head = head.with_length(len(data))
        if self.best is None or head.status < 500 or self.best[0].status >= 500:
            if self.best is not None:
                self.others.append(self.best)
            self.best = head, data
        else:
            self.others.append((head, data))

    def beats(self, status: int) -> bool:
        """Whether the best answer is better than one with this status."""
        return self.best is not None and status >= 500 > self.best[0].status
