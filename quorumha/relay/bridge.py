"""L{Bridge}: two sides as one connection, with one time limit for both directions together."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.relay.side import Side
from quorumha.timing import LazyTimeout

#: Seconds that a side has to take what it was sent, once the other one is gone; and to say
#: something, when it cannot be told that no more will come.
LINGER = 30.0


class Bridge:
    """A downstream side and, once one is connected, an upstream side.

    @ivar patience: seconds without a byte in either direction; 0 means no limit.
    """

    def __init__(
        self,
        downstream: Side,
        clock: IReactorTime,
        idle_timeout: float,
        linger: float,
        ended: Callable[[], None],
    ) -> None:
        """
        @param ended: called once, when both sides are gone.
        """
        self.patience = idle_timeout
        self._linger = linger
        self._ended = ended
        self._over = False
        self._limit = LazyTimeout(clock, self.cut)
        self._downstream = downstream
        self._upstream: Side | None = None

    def join(self, upstream: Side) -> None:
        """Pass bytes on, both ways."""
        self._upstream = upstream
        self.alive()
        self._downstream.join(upstream)
        upstream.join(self._downstream)

    def alive(self) -> None:
        """Something moved."""
        if self.patience and self._upstream is not None:
            self._limit.set(self.patience)

    def linger(self) -> None:
        """One side is gone; the other one's time is limited."""
        self.patience = 0.0
        self._limit.set(self._linger)

    def cannot_half_close(self, side: Side) -> None:
        """C{side} shall get no more bytes, and only closing would tell it.

        A client is closed: its upstream is done.  An upstream is not, because the client may still
        wait for the answer; but from now on silence is limited.
        """
        if side is self._upstream:
            self.patience = min(self.patience or self._linger, self._linger)
            self.alive()
        else:
            side.close()

    def side_lost(self) -> None:
        """A side is gone, and the other one knows."""
        if not self._over and self._downstream.lost and (self._upstream is None or self._upstream.lost):
            self._over = True
            self._limit.stop()
            self._ended()

    def cut(self) -> None:
        """Break off both."""
        self._downstream.abort()
        if self._upstream is not None:
            self._upstream.abort()
