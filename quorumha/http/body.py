"""The body of a request: passed on as it comes, and kept so that it can be sent again.

Kept in memory only, up to a limit for one request and a limit for all together.  A body
that outgrows either is let go of and streams: once a byte of it was sent, the request
cannot be sent again.
"""

from __future__ import annotations

from attrs import define


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
    """What has come of one request's body so far.

    @ivar complete: its last byte has come.
    @ivar replayable: C{pieces} hold all that has come.
    @ivar pieces: in order, none empty.
    @ivar size: bytes that have come, kept or not.
    """

    __slots__ = ("_budget", "_held", "_limit", "complete", "pieces", "replayable", "size")

    def __init__(self, budget: ReplayBudget, limit: int) -> None:
        """
        @param limit: bytes kept at most; 0 means no limit of its own.
        """
        self._budget = budget
        self._limit = limit
        self._held = 0
        self.pieces: list[bytes] = []
        self.size = 0
        self.complete = False
        self.replayable = True

    def add(self, data: bytes) -> bool:
        """Take the next piece.

        @return: whether all pieces so far are kept.
        """
        size = len(data)
        self.size += size
        if not self.replayable:
            self.pieces.append(data)
            return False
        if (self._limit and self.size > self._limit) or not self._budget.take(size):
            # Too large to keep: the pieces stay until they are sent the first time.
            self.replayable = False
        else:
            self._held += size
        self.pieces.append(data)
        return self.replayable

    def sent(self) -> None:
        """All pieces went to an upstream: let go of what cannot be replayed."""
        if not self.replayable and self.pieces:
            self.release()

    def release(self) -> None:
        """Let go of everything kept."""
        self.pieces = []
        self._budget.give_back(self._held)
        self._held = 0
