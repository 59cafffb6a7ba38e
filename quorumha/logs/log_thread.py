"""L{LogWriter}: lines go to a thread of their own, so that a log that cannot be written stops nobody.

A pipe that nobody reads takes no more after 64 KiB, a disk may hang: whoever writes to them then waits, and
in the reactor's thread everybody would.  The thread waits alone; what comes meanwhile is kept up to L{BOUND}
bytes, then dropped, and one line tells how many lines are missing where they are missing.
"""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Callable, Sequence

from quorumha.logs.line_queue import LineQueue
from quorumha.logs.sinks import Sink

#: Bytes that wait to be written at most.
BOUND = 1024 * 1024
#: Bytes that are written at once.
PIECE = 64 * 1024
#: Seconds that the end waits for what is not written yet.
AT_THE_END = 1.0
#: Seconds that all lines before the start wait together for a reader; what is left is the thread's.
BEFORE_THE_START = 1.0


def in_a_thread(run: Callable[[], None]) -> None:
    """Run it in a thread that keeps no process alive."""
    threading.Thread(target=run, name="quorumha-log", daemon=True).start()


class LogWriter(io.TextIOBase):
    """A text file for one of C{twisted.logger}'s file observers.  Any thread may write.

    Until L{start}, a line is written by whoever logs it, unless nobody reads; from then on by the thread.
    """

    def __init__(
        self,
        sink: Sink,
        missing: Callable[[int], str] = "{} lines dropped\n".format,
        bound: int = BOUND,
        seconds: Callable[[], float] = time.monotonic,
        dropped: Callable[[int], object] = lambda count: None,
    ) -> None:
        """
        @param dropped: called with how many lines were lost, in any thread, one call at a time.
        """
        super().__init__()
        #: The line that tells how many are missing.
        self.missing = missing
        self._sink = sink
        self._seconds = seconds
        self._dropped = dropped
        self._queue = LineQueue(bound)
        # With a lock that the same thread may take again.
        self._changed = threading.Condition(threading.RLock())
        self._started = False
        self._busy = self._leaves = False
        self._time_left = BEFORE_THE_START
        self._end_by: float | None = None
        #: Lines that could not be written, and were not reported yet; only the writing thread uses it.
        self._lost = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Write one line, or have it written."""
        data = text.encode("utf-8", "backslashreplace")
        if not self._started and self._can_write_now():
            self._put_down([data])
            return len(text)
        self.write_lines([data])
        return len(text)

    def write_lines(self, lines: Sequence[bytes]) -> None:
        """Have lines written, once it is started."""
        with self._changed:
            lost = sum([not self._queue.put(line) for line in lines])
            if lost:
                self._dropped(lost)
            self._changed.notify_all()
        if self._end_by is not None:
            self._wait()

    def _can_write_now(self) -> bool:
        """Whether a line before the start can be written: none waits, and it need not wait itself."""
        if self._queue:
            return False
        asked = self._seconds()
        takes = self._sink.takes_more(self._time_left)
        self._time_left = max(0.0, self._time_left - (self._seconds() - asked))
        return takes

    def start(self, begin: Callable[[Callable[[], None]], object] = in_a_thread) -> None:
        """From now on a thread writes.  Not before the process has forked for the last time."""
        if not self._started:
            self._started = True
            begin(self._run)

    def reopen(self) -> None:
        """Have the file opened anew, behind the lines that are there."""
        with self._changed:
            self._queue.mark()
            self._changed.notify_all()

    @property
    def waiting(self) -> bool:
        """Whether anything is to be written yet."""
        return bool(self._queue)

    def leave(self) -> None:
        """Write what there is; then the thread ends.  Nobody waits."""
        with self._changed:
            self._leaves = True
            self._changed.notify_all()

    def end(self, limit: float = AT_THE_END) -> None:
        """Wait until all is written, and for what comes after, all in all for C{limit} seconds."""
        if self._end_by is None:
            self._end_by = self._seconds() + limit
        self._wait()

    def _wait(self) -> None:
        assert self._end_by is not None
        with self._changed:
            while self._started and (self._queue or self._busy):
                left = self._end_by - self._seconds()
                if left <= 0:
                    return
                self._changed.wait(left)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    if self._leaves:
                        self._sink.close()
                        return
                    self._changed.wait()
            self.turn()

    def turn(self) -> None:
        """Write the next piece."""
        with self._changed:
            self._busy = True
            taken = self._queue.take(PIECE)
        self._put_down(taken.lines, taken.missing)
        if taken.marked:
            self._open_anew()
        with self._changed:
            self._queue.done(taken.lines)
            self._busy = False
            self._changed.notify_all()

    def _put_down(self, lines: list[bytes], missing: int = 0) -> None:
        try:
            if lines:
                self._log_lost()
                self._sink.write(b"".join(lines))
        except (OSError, ValueError):
            # A reader that is gone, a full disk, a stream that somebody closed: nobody can be informed, and
            # the next line is tried again.
            self._lost += len(lines)
            with self._changed:
                self._dropped(len(lines))
        if missing:
            self._lost += missing
            with contextlib.suppress(OSError, ValueError):
                self._log_lost()

    def _log_lost(self) -> None:
        if self._lost:
            self._sink.write(self.missing(self._lost).encode("utf-8"))
            self._lost = 0

    def _open_anew(self) -> None:
        try:
            self._sink.reopen()
        except OSError as error:
            self._put_down([f"the log file cannot be opened anew: {error.strerror}\n".encode()])
