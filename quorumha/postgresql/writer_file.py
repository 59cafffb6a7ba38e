"""L{WriterFile}: keeps on disk what must not be forgotten of a writer: L{SavedWriter}."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.postgresql.saved_writer import DISK, Disk, encoded, saved_at
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.process.file_lock import FileLock
from quorumha.process.in_thread import in_thread

log = Logger()

#: Seconds after which it goes on without the disk, and from one try at writing to the next.
TRY_EVERY = 1.0


class WriterFile:
    """Writes what it is given by a thread, tries again while it cannot, and says when it stands there.

    Of processes that are to write the same file one does, until it ends: two would overwrite what the other
    must not forget.  Where one takes the place of another, as at a restart whose old process still ends, the
    new one takes it over then, with what the old one wrote last.

    @ivar reason: why it could not be written when that was last tried; empty: it could.
    """

    def __init__(
        self,
        reactor: Any,
        path: Path,
        saved: SavedWriter,
        written: Callable[[bool], object],
        failed: Callable[[str], object],
        taken_over: Callable[[SavedWriter], object],
        disk: Disk = DISK,
    ) -> None:
        """
        @param saved: what stands there already.
        @param written: called when the newest stands there, and with whether C{failed} was called before.
        @param failed: called with why, where that took longer than C{TRY_EVERY}; once, until it succeeds.
        @param taken_over: called with what another process wrote there since it was read.
        """
        self.path = path
        self._clock = reactor
        self._in_thread = in_thread(reactor)
        self._written, self._failed, self._taken_over = written, failed, taken_over
        self._disk = disk
        self._on_disk = self._newest = saved
        self._busy = self._late = self._stopped = False
        self.reason = ""
        self._again: IDelayedCall | None = None
        #: That no other process writes it; None: another one may.
        self._lock: FileLock | None = None

    @property
    def saved(self) -> bool:
        """Whether the newest stands there, and nobody else may write it."""
        return self._lock is not None and self._on_disk == self._newest

    @property
    def late(self) -> bool:
        """Whether it cannot be written: nobody is to wait for it."""
        return self._late

    def keep(self, saved: SavedWriter) -> None:
        """Write this."""
        if saved == self._newest and (self.saved or self._again is not None):
            return
        self._newest, self._stopped = saved, False
        self._write()
        if not self.saved and self._again is None:
            self._again = self._clock.callLater(TRY_EVERY, self._try_again)

    def stop(self) -> None:
        """Try no more; another process may write it, once what is being written stands there."""
        self._stopped = True
        self._wait_no_more()
        self._end_lock()

    def _wait_no_more(self) -> None:
        again, self._again = self._again, None
        if again is not None:
            again.cancel()

    def _end_lock(self) -> None:
        if self._stopped and not self._busy:
            self._release()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _write(self) -> None:
        # A disk that hangs holds one thread, and no more.
        if self._busy or self.saved:
            return
        self._busy, writing = True, self._newest
        if self._lock is None:
            doing = self._in_thread(self._take_lock).addCallbacks(self._locked, self._not_done)
        else:
            call = partial(self._replace, self._lock, writing)
            doing = self._in_thread(call).addCallbacks(lambda done: self._done(writing, done), self._not_done)
        # A bug of who is told.
        doing.addErrback(
            lambda failure: log.failure("what follows from {path} failed", failure, path=self.path)
        )

    def _take_lock(self) -> tuple[FileLock, SavedWriter]:
        """In the thread: be the only one, and look what stands there now."""
        lock = self._disk.lock(self.path)
        try:
            return lock, saved_at(self.path, self._disk)
        except BaseException:
            lock.release()
            raise

    def _replace(self, lock: FileLock, saved: SavedWriter) -> bool:
        """In the thread: write it, unless the lock was removed: another process may have one, too."""
        if not lock.in_place():
            return False
        self._disk.write(self.path, encoded(saved))
        return True

    def _locked(self, found: tuple[FileLock, SavedWriter]) -> None:
        self._busy = False
        self._lock, there = found
        if self._stopped:
            # What is there is told when it is used again: who wrote it may write more until then.
            self._end_lock()
            return
        before, self._on_disk = self._on_disk, there
        if there != before:
            self._taken_over(there)
        self._go_on()

    def _done(self, written: SavedWriter, done: bool) -> None:
        self._busy = False
        if done:
            self._on_disk = written
        else:
            self._release()
        self._go_on()

    def _go_on(self) -> None:
        if not self.saved:
            self._write()
            return
        self._wait_no_more()
        late, self._late, self.reason = self._late, False, ""
        if self._stopped:
            self._end_lock()
        else:
            self._written(late)

    def _not_done(self, failure: Failure) -> None:
        error = failure.value
        # Without the number, and the name of a file that is there for a moment.
        system = error.strerror if isinstance(error, OSError) else None
        self._busy, self.reason = False, system or failure.getErrorMessage()
        self._end_lock()

    def _try_again(self) -> None:
        self._again = self._clock.callLater(TRY_EVERY, self._try_again)
        if not self._late:
            self._late = True
            self._failed(self.reason or f"it takes longer than {TRY_EVERY:g} s")
        self._write()
