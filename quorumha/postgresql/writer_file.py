"""L{WriterFile}: keeps on disk what must not be forgotten of a writer: L{SavedWriter}."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from attrs import asdict, fields
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from quorumha.errors import ConfigError
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.process.in_thread import in_thread
from quorumha.process.kept_file import write_file

#: Of what the file holds.
VERSION = 1
#: No more is read of a file.
LARGEST = 65536
#: Seconds after which it goes on without the disk, and from one try at writing to the next.
TRY_EVERY = 1.0


def writer_path(directory: str, group: str) -> Path:
    """Where a group's is kept."""
    return Path(directory, f"{group}.writer.json")


def encoded(saved: SavedWriter) -> bytes:
    """As the file holds it."""
    return json.dumps({"version": VERSION, **asdict(saved)}).encode("ascii") + b"\n"


def decoded(data: bytes) -> SavedWriter:
    """What a file holds.

    @raise ValueError: it is damaged, or another version's.
    """
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(found, dict) or found.pop("version", None) != VERSION:
        raise ValueError(f"it is not of version {VERSION}")
    kinds = {one.name: type(one.default) for one in fields(SavedWriter)}
    if found.keys() != kinds.keys() or any(type(found[name]) is not kind for name, kind in kinds.items()):
        raise ValueError("it lacks what it should hold, or holds something else")
    if any(number < 0 for number in found.values() if type(number) is int):
        raise ValueError("a timeline is negative")
    return SavedWriter(**found)


class Disk:
    """Where it is kept."""

    def read(self, path: Path) -> bytes | None:
        """What stands there; None: nothing.

        @raise OSError: it cannot be read.
        @raise ValueError: what is there is no file.
        """
        try:
            # Not what a link leads to: where that is gone, a file system may not be there yet.
            path.lstat()
        except FileNotFoundError:
            return None
        # Anything else, such as a FIFO, might keep us waiting; C{is_file} hides what cannot be looked at.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("it is not a file")
        with path.open("rb") as file:
            return file.read(LARGEST)

    def write(self, path: Path, data: bytes) -> None:
        """It stands there when this returns, whatever becomes of the machine.

        @raise OSError: it cannot be written.
        """
        write_file(path, data, durable=True)


DISK = Disk()


def read_writer(path: Path, disk: Disk = DISK) -> SavedWriter:
    """What was kept there; the first value where there is nothing yet.

    @raise ConfigError: it cannot be read.
    """
    try:
        return saved_at(path, disk)
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: {why_unusable(error)}"]) from None


def saved_at(path: Path, disk: Disk = DISK) -> SavedWriter:
    """The same, with the errors of the system.

    @raise OSError: it cannot be read.
    @raise ValueError: what it holds cannot be used.
    """
    data = disk.read(path)
    return SavedWriter() if data is None else decoded(data)


def why_unusable(error: OSError | ValueError) -> str:
    """Why a process does not start with such a file, and what to do."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return (
        f"cannot be read ({reason}); it says which database was written to last, and without"
        " it an old primary could be taken for the writer. Make sure which database is the right one,"
        " stop every other, and remove the file: that does what `quorumha database forget --yes` does"
        " while the proxy runs"
    )


class WriterFile:
    """Writes what it is given by a thread, tries again while it cannot, and says when it stands there.

    @ivar reason: why it could not be written when that was last tried; empty: it could.
    """

    def __init__(
        self,
        reactor: Any,
        path: Path,
        saved: SavedWriter,
        written: Callable[[], object],
        failed: Callable[[str], object],
        disk: Disk = DISK,
    ) -> None:
        """
        @param saved: what stands there already.
        @param written: called when the newest stands there.
        @param failed: called with why, where that took longer than C{TRY_EVERY}; once, until it succeeds.
        """
        self.path = path
        self._clock = reactor
        self._in_thread = in_thread(reactor)
        self._written, self._failed, self._disk = written, failed, disk
        self._on_disk = self._newest = saved
        self._busy = self._late = False
        self.reason = ""
        self._again: IDelayedCall | None = None

    @property
    def saved(self) -> bool:
        """Whether the newest stands there."""
        return self._on_disk == self._newest

    @property
    def late(self) -> bool:
        """Whether it cannot be written: nobody is to wait for it."""
        return self._late

    def keep(self, saved: SavedWriter) -> None:
        """Write this."""
        if saved == self._newest and (self.saved or self._again is not None):
            return
        self._newest = saved
        self._write()
        if not self.saved and self._again is None:
            self._again = self._clock.callLater(TRY_EVERY, self._try_again)

    def stop(self) -> None:
        """Try no more."""
        again, self._again = self._again, None
        if again is not None:
            again.cancel()

    def _write(self) -> None:
        # A disk that hangs holds one thread, and no more.
        if not self._busy and not self.saved:
            self._busy, writing = True, self._newest
            call = partial(self._disk.write, self.path, encoded(writing))
            self._in_thread(call).addCallbacks(lambda _: self._done(writing), self._not_done)

    def _done(self, written: SavedWriter) -> None:
        self._busy, self._on_disk = False, written
        self._write()
        if self.saved:
            self.stop()
            self._late, self.reason = False, ""
            self._written()

    def _not_done(self, failure: Failure) -> None:
        self._busy, self.reason = False, failure.getErrorMessage()

    def _try_again(self) -> None:
        self._again = self._clock.callLater(TRY_EVERY, self._try_again)
        if not self._late:
            self._late = True
            self._failed(self.reason or f"it takes longer than {TRY_EVERY:g} s")
        self._write()
