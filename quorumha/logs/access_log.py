"""L{AccessLog}: an observer that writes a line for each request, and holds none of them.

A line is made in the turn in which its request ends; a thread writes many at once
(L{quorumha.logs.log_thread}).  What a slow disk cannot take is dropped, and counted.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from quorumha.logs.access_line import access_line, dropped_line
from quorumha.logs.log_thread import AT_THE_END, PIECE, LogWriter, in_a_thread
from quorumha.logs.sinks import Sink

#: Bytes that wait to be written at most.
ACCESS_BOUND = 8 * 1024 * 1024
#: Seconds for which lines are gathered before they are given to the thread.
GATHERED = 0.25


class AccessLog:
    """Takes facts, writes lines.

    @ivar errors_only: only of requests that failed.
    @ivar writer: where the lines go.
    """

    def __init__(
        self,
        clock: IReactorTime,
        sink: Sink,
        wall: Callable[[], float],
        dropped: Callable[[int], object],
        begin: Callable[[Callable[[], None]], object] = in_a_thread,
    ) -> None:
        """
        @param wall: gives the seconds since the epoch.
        @param dropped: called with how many lines were dropped, in any thread, one call at a time.
        @param begin: lets the writer run; as a thread unless given.
        """
        self.errors_only = False
        self._clock = clock
        self._wall = wall
        self.writer = LogWriter(
            sink, lambda count: dropped_line(count, wall()).decode("ascii"), ACCESS_BOUND, dropped=dropped
        )
        self._lines: list[bytes] = []
        self._size = 0
        self._call: IDelayedCall | None = None
        self.writer.start(begin)

    def __call__(self, fact: object) -> None:
        """Write its line, soon."""
        line = access_line(fact, self._wall(), errors_only=self.errors_only)
        if line is None:
            return
        self._lines.append(line)
        self._size += len(line)
        if self._size >= PIECE:
            self.hand_over()
        elif self._call is None:
            self._call = self._clock.callLater(GATHERED, self._passed)

    def _passed(self) -> None:
        self._call = None
        self.hand_over()

    def hand_over(self) -> None:
        """Give the lines to the thread."""
        if self._call is not None:
            self._call.cancel()
            self._call = None
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            self.writer.write_lines(lines)

    def reopen(self) -> None:
        """Open the file anew, behind the lines that are there."""
        self.hand_over()
        self.writer.reopen()

    def leave(self) -> None:
        """It gets no more: write what there is, and nobody waits."""
        self.hand_over()
        self.writer.leave()

    def end(self, limit: float = AT_THE_END) -> None:
        """Write what there is; wait for C{limit} seconds at most."""
        self.hand_over()
        self.writer.end(limit)
