"""L{SavedWriter<quorumha.postgresql.writer_decision.SavedWriter>} as a file holds it, and where that is."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from attrs import asdict, fields

from quorumha.errors import ConfigError
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.process.file_lock import FileLock, lock_file
from quorumha.process.kept_file import write_file

#: Of what the file holds.
VERSION = 1
#: No more is read of a file.
LARGEST = 65536
#: Why it is not written while another process has it.
IN_USE = "another process writes it: give each a state_directory of its own, or wait until that one has ended"


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

    def lock(self, path: Path) -> FileLock:
        """Be the only process that writes it.

        @raise OSError: another one is, or it cannot be found out.
        """
        lock = path.with_suffix(".lock")
        try:
            return lock_file(lock)
        except BlockingIOError:
            raise BlockingIOError(IN_USE) from None
        except OSError as error:
            raise OSError(error.errno, f"{error.strerror} ({lock.name})") from None


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
