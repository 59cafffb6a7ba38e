"""L{FileLock}: a file that one process has at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from attrs import define

#: What a file system says that has no locks.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)


@define(eq=False)
class FileLock:
    """A file that this process has."""

    _path: Path
    _opened: int

    def in_place(self) -> bool:
        """Whether it still stands there: who finds another one in its place, or none, has that one.

        @raise OSError: it cannot be looked at.
        """
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._opened))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Have it no more.  Once."""
        os.close(self._opened)


def lock_file(path: Path) -> FileLock:
    """Have a file until this process ends, however it does.  The file is made where it is missing, and stays.

    It is not waited for.  Where a file system has no locks everybody has it.

    @raise BlockingIOError: another process has it, or this one has it already.
    @raise OSError: it cannot be made.
    """
    # For a lock over NFS it has to be open for writing; a FIFO in its place is not waited for.
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            os.close(opened)
            raise
    return FileLock(path, opened)
