"""L{Bridge}: two sides as one connection, with one time limit for both directions together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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

    __slots__ = (
        "__weakref__",
        "_clock",
        "_downstream",
        "_ended",
        "_limit",
        "_linger",
        "_upstream",
        "patience",
    )

    def __init__(
        self,
        downstream: Side,
        clock: IReactorTime,
        idle_timeout: float,
        linger: float,
        ended: Callable[[Any], None],
    ) -> None:
        """
        @param ended: called once, when both sides are gone, with C{downstream}.
        """
        self.patience = idle_timeout
        self._linger = linger
        self._ended = ended
        self._clock = clock
        self._limit: LazyTimeout | None = None
        self._downstream: Side | None = downstream
        self._upstream: Side | None = None

    def join(self, upstream: Side) -> None:
        """Pass bytes on, both ways."""
        downstream = self._downstream
        assert downstream is not None
        self._upstream = upstream
        if self.patience:
            self.alive()
        downstream.join(upstream)
        upstream.join(downstream)

    def alive(self) -> None:
        """Something moved."""
        if self.patience and self._upstream is not None:
            self._wait(self.patience)

    def linger(self) -> None:
        """One side is gone; the other one's time is limited."""
        self.patience = 0.0
        self._wait(self._linger)

    def _wait(self, seconds: float) -> None:
        if self._limit is None:
            self._limit = LazyTimeout(self._clock, self.cut)
        self._limit.set(seconds)

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
        downstream, upstream = self._downstream, self._upstream
        if downstream is None or not downstream.lost or (upstream is not None and not upstream.lost):
            return
        # What knows each other would wait for the garbage collector.
        self._downstream = self._upstream = None
        if self._limit is not None:
            self._limit.stop()
            self._limit = None
        self._ended(downstream)

    def cut(self) -> None:
        """Break off both."""
        if self._downstream is not None:
            self._downstream.abort()
        if self._upstream is not None:
            self._upstream.abort()
