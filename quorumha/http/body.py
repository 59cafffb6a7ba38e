"""The body of a request: passed on as it comes, and kept so that it can be sent again.

Kept in memory only, up to a limit for one request and a limit for all together.  A body
that outgrows either is let go of and streams: once a byte of it was sent, the request
cannot be sent again.
"""

from __future__ import annotations

from attrs import define

from quorumha.http.chunked import LAST_CHUNK, chunk
from quorumha.http.outlet import Outlet

#: Bytes that a kept piece counts for at least: what Python needs for it beside its
#: content.  A body that comes byte by byte must not slip past the budget.
PIECE_COST = 64


@define(eq=False)
class ReplayBudget:
    """Bytes that all kept bodies together may hold.

    @ivar limit: 0 means no limit.
    @ivar used: bytes held now.
    """

    limit: int = 256 * 1024 * 1024
    used: int = 0

    def take(self, size: int) -> bool:
        """Ask for C{size} bytes more; False changes nothing."""
        if self.limit and self.used + size > self.limit:
            return False
        self.used += size
        return True

    def give_back(self, size: int) -> None:
        """Return what was taken."""
        self.used -= size


class RequestBody:
    """What has come of one request's body, and how much of it the current attempt has sent.

    @ivar complete: its last byte has come.
    @ivar replayable: C{pieces} hold all that has come.
    @ivar pieces: in order, none empty.
    @ivar size: bytes that have come, kept or not.
    @ivar sent: the current attempt has handed over all of it, the last byte included.
    """

    __slots__ = (
        "_budget",
        "_chunked",
        "_cursor",
        "_held",
        "_limit",
        "complete",
        "pieces",
        "replayable",
        "sent",
        "size",
    )

    def __init__(self, budget: ReplayBudget, limit: int, *, chunked: bool) -> None:
        """
        @param limit: bytes kept at most; 0 means no limit of its own.
        @param chunked: frame it in chunks when it is sent.
        """
        self._budget = budget
        self._limit = limit
        self._chunked = chunked
        self._held = 0
        self._cursor = 0
        self.pieces: list[bytes] = []
        self.size = 0
        self.complete = False
        self.replayable = True
        self.sent = False

    def add(self, data: bytes) -> bool:
        """Take the next piece.

        @return: whether all pieces so far are kept.
        """
        size = len(data)
        self.size += size
        self.pieces.append(data)
        if self.replayable:
            cost = max(size, PIECE_COST)
            if (self._limit and self.size > self._limit) or not self._budget.take(cost):
                # Too large to keep: the pieces stay until they are sent the first time.
                self.replayable = False
            else:
                self._held += cost
        return self.replayable

    def begin(self, head: bytes) -> bytes:
        """Begin an attempt.

        @param head: the request's head as bytes.
        @return: what to write first: the head, and a small body with it.
        """
        self.sent = False
        self._cursor = 0
        if len(self.pieces) == 1 and not self._chunked:
            self._cursor = 1
            return head + self.pieces[0]
        return head

    def send_to(self, outlet: Outlet) -> None:
        """Send what the attempt has not sent yet, as far as the upstream takes it."""
        pieces = self.pieces
        while self._cursor < len(pieces) and not outlet.queued:
            piece = pieces[self._cursor]
            self._cursor += 1
            outlet.write(chunk(piece) if self._chunked else piece)
        if self._cursor < len(pieces):
            return
        if not self.replayable and pieces:
            self.release()
        if self.complete and not self.sent:
            self.sent = True
            if self._chunked:
                outlet.write(LAST_CHUNK)

    def release(self) -> None:
        """Let go of everything kept."""
        self.pieces = []
        self._cursor = 0
        self._budget.give_back(self._held)
        self._held = 0
