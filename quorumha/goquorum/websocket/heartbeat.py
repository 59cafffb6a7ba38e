"""L{Heartbeat}: pings the other side of a WebSocket, and sees when it is gone."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.net.timeout import LazyTimeout


class Heartbeat:
    """Of one WebSocket.  Any byte that comes counts as a pong.

    @ivar seconds: from one ping to the next, and how long its pong may take; 0: none are sent.
    """

    def __init__(
        self,
        clock: IReactorTime,
        seconds: float,
        ping: Callable[[], object],
        silent: Callable[[], object],
        listens: Callable[[], bool] = lambda: True,
    ) -> None:
        """
        @param ping: sends one.
        @param silent: called once if none is answered in time.
        @param listens: whether the other side is read from: else its silence is not its own.
        """
        self.seconds = seconds
        self._ping, self._silent, self._listens = ping, silent, listens
        self._waiting = False
        self._timer = LazyTimeout(clock, self._due)
        self._timer.set(seconds)

    def alive(self) -> None:
        """A byte came."""
        self._waiting = False

    def _due(self) -> None:
        if self._waiting and self._listens():
            self.stop()
            self._silent()
            return
        self._waiting = True
        # First the timer: to ping may end everything.
        self._timer.set(self.seconds)
        self._ping()

    def stop(self) -> None:
        """Ping no more."""
        self._timer.stop()
