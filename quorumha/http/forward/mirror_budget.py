"""L{MirrorBudget}: how much all copies of requests that wait to be taken may hold together.  No I/O.

Who is late pays: the oldest copy is dropped for the newest.  Each copy counts with its whole body, though
copies of one request share the bytes: so what is held in memory is never more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from quorumha.events import Full, Observers
from quorumha.http.forward.replay_budget import Holder, ReplayBudget

if TYPE_CHECKING:
    from quorumha.http.forward.request_body import RequestBody


def _or_nobody(observers: Observers | None) -> Observers:
    return Observers() if observers is None else observers


@define(eq=False)
class MirrorBudget(ReplayBudget):
    """Bounds what all copies hold.  Whatever else is kept in it, as posts for members, makes room, too.

    @ivar limit: bytes; 0 means no limit.
    @ivar _observers: are told when there is no room; None: nobody is.
    @ivar copies: the bodies of those that may be dropped, the oldest first, and what drops each: it holds
        nothing then.  Who makes one adds it, and takes it out.
    """

    limit: int = 64 * 1024 * 1024
    beginning: int = field(default=0, init=False)
    _observers: Observers = field(default=None, converter=_or_nobody)
    copies: dict[RequestBody, Callable[[], None]] = field(factory=dict, init=False)

    def make_room(self, size: int) -> bool:
        """Drop the oldest copies until there is room.

        @return: False: there is none.
        """
        limit = self.limit
        if not limit or self.used + size <= limit:
            return True
        if size <= limit:
            for drop in [drop for body, drop in self.copies.items() if body.shared]:
                drop()
                if self.used + size <= limit:
                    break
        self._observers.notify(Full("mirror-budget"))
        return self.used + size <= limit

    def hold(self, holder: Holder, before: int, size: int, cost: int) -> bool:
        """Hold so many bytes more, if dropping the oldest copies makes room for them."""
        return self.make_room(cost) and super().hold(holder, before, size, cost)
