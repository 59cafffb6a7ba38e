"""L{MirrorBudget}: how much all copies of requests that wait to be taken may hold together.  No I/O.

A mirror that takes nothing costs this much at most, however many routes are copied.  Who is late pays: the
oldest copy is dropped for the newest.  Each copy counts with its whole body, though copies of one request
share the bytes: so what is held in memory is never more.
"""

from __future__ import annotations

from typing import Protocol

from twisted.logger import Logger

from quorumha.http.forward.replay_budget import Holder, ReplayBudget

log = Logger()


class Copy(Protocol):
    """What may be dropped."""

    @property
    def held(self) -> int:
        """Bytes of the budget that it holds."""

    def drop(self) -> None:
        """It is given up, and holds nothing any more."""


class MirrorBudget(ReplayBudget):
    """See the module.  Whatever else is kept in it, as posts that are brought to members, makes room, too.

    @ivar copies: those that may be dropped, the oldest first; who makes one adds it, and takes it out.
    """

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        """
        @param limit: bytes; 0 means no limit.
        """
        super().__init__(limit, beginning=0)
        self.copies: dict[Copy, None] = {}
        self._told = False
        #: Room was made by the last call.
        self._made = False

    def make_room(self, size: int) -> bool:
        """Drop the oldest copies until there is room.

        @return: False: there is none.
        """
        limit = self.limit
        if not limit or self.used + size <= limit:
            if not self.used and not self._made:
                # Empty, and not because all was dropped just now: the next time that it fills is told again.
                self._told = False
            self._made = False
            return True
        self._made = True
        if size <= limit:
            for copy in [copy for copy in self.copies if copy.held]:
                copy.drop()
                if self.used + size <= limit:
                    break
        if not self._told:
            self._told = True
            log.warn(
                "copies for mirrors hold all of mirror_budget ({limit} bytes): the oldest are dropped",
                event="mirror-full",
                limit=limit,
            )
        return self.used + size <= limit

    def hold(self, holder: Holder, before: int, size: int, cost: int) -> bool:
        """See L{ReplayBudget.hold}."""
        return self.make_room(cost) and super().hold(holder, before, size, cost)
