"""Where a log goes: a stream that is open already, or a file that rotates.

Nothing here is for the reactor's thread once it runs: each write may wait.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import stat
import sys
from typing import Protocol, TextIO

#: Bytes of one file.
FILE_SIZE = 10 * 1024 * 1024
#: Files there are at most, the one that is written to among them.
FILES = 10
#: Who may read and write them.
MODE = 0o600


def write_all(descriptor: int, data: bytes) -> None:
    """Write to a descriptor, which may be one that does not wait by itself."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            takes_more(descriptor, None)


def takes_more(descriptor: int, seconds: float | None) -> bool:
    """Whether a line can be written to a descriptor without waiting, within so many seconds; None: some time.

    One that is broken, or that never makes anybody wait, can.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(None if seconds is None else int(seconds * 1000)))


def _close_to_others(path: str) -> None:
    """Let its owner alone read and write a file; a link is not followed."""
    with contextlib.suppress(OSError):
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if stat.S_ISREG(os.fstat(opened).st_mode):
                os.fchmod(opened, MODE)
        finally:
            os.close(opened)


class Stream:
    """Standard output, or any other text stream; it stays what it is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            stream.flush()
            self._descriptor = stream.fileno()
        except (OSError, ValueError):
            self._descriptor = -1

    def write(self, data: bytes) -> None:
        """Write all of it, however long that takes.

        @raise OSError: some of it cannot be written.
        """
        if self._descriptor >= 0:
            write_all(self._descriptor, data)
        else:
            self._stream.write(data.decode("utf-8"))
            self._stream.flush()

    def takes_more(self, seconds: float) -> bool:
        """Whether a line can be written without waiting, within so many seconds from now."""
        return self._descriptor < 0 or takes_more(self._descriptor, seconds)

    def reopen(self) -> None:
        """There is no file."""

    def close(self) -> None:
        """It is not ours."""


def standard_output() -> Sink:
    """What the process writes to; nothing where it was started without."""
    stream: TextIO | None = sys.stdout
    return LogFile(os.devnull) if stream is None else Stream(stream)


def sink_of(stream: TextIO) -> Sink:
    """A stream that somebody opened; where it is a file with a name, that file."""
    name = getattr(stream, "name", None)
    if isinstance(name, str) and os.path.isfile(name):
        return LogFile(name)
    return Stream(stream)


class LogFile:
    """A file that is written to until it is full: then it gets a number, and the oldest goes.

    Its owner alone may read and write it, and those with numbers.  What is no ordinary file, such as
    C{/dev/stdout}, is only written to.
    """

    def __init__(
        self, path: str, user: int = -1, group: int = -1, size: int = FILE_SIZE, files: int = FILES
    ) -> None:
        """
        @param path: relative to where the process is now.
        @param user, group: whom it shall belong to, who can then open it anew; -1: us.
        @param size: bytes of one file.
        @raise OSError: it cannot be opened.
        """
        # The file itself, so that a link to it stays one.  What C{/dev/stdout} leads to may have no name.
        real = os.path.realpath(path)
        self.path = os.path.abspath(path) if os.path.exists(path) and not os.path.exists(real) else real
        self._user = user
        self._group = group
        self._most = size
        self._files = files
        self._descriptor = -1
        self._open()
        for number in self._numbers() if self._ordinary and self._is_safe() else ():
            _close_to_others(f"{self.path}.{number}")

    def _open(self) -> None:
        # A FIFO without a reader is not waited for.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            new = os.open(self.path, flags | os.O_EXCL, MODE)
            ours = True
        except FileExistsError:
            # Created after all, where it was moved away this very moment.
            new = os.open(self.path, flags, MODE)
            ours = self._is_safe()
        found = os.fstat(new)
        self._ordinary = stat.S_ISREG(found.st_mode)
        self._size = found.st_size
        self._rotate_at = self._most
        if self._ordinary and ours:
            # Of what another user owns we may only write.
            with contextlib.suppress(PermissionError):
                os.fchmod(new, MODE)
                if (self._user, self._group) != (-1, -1):
                    os.fchown(new, self._user, self._group)
        old, self._descriptor = self._descriptor, new
        if old >= 0:
            os.close(old)

    def _is_safe(self) -> bool:
        """Whether owner and mode of what is there already may be set: nobody else can have put it there.

        The superuser might be led to another user's file, by a link; anybody else to his own alone.
        """
        folder = os.stat(os.path.dirname(self.path))
        return os.geteuid() != 0 or (folder.st_uid == 0 and not folder.st_mode & 0o022)

    def write(self, data: bytes) -> None:
        """Write bytes to the file, and rotate it first when it is full."""
        if self._ordinary and self._size and self._size + len(data) > self._rotate_at:
            self._rotate()
        self._size += len(data)
        write_all(self._descriptor, data)

    def takes_more(self, seconds: float) -> bool:
        """Whether the file takes more within so many seconds; an ordinary one always does."""
        return self._ordinary or takes_more(self._descriptor, seconds)

    def reopen(self) -> None:
        """Open the file that has the name now: another program may have moved ours."""
        self._open()

    def _rotate(self) -> None:
        try:
            for number in self._numbers():
                if number >= self._files - 1:
                    os.unlink(f"{self.path}.{number}")
                else:
                    os.rename(f"{self.path}.{number}", f"{self.path}.{number + 1}")
            if self._files > 1:
                os.rename(self.path, f"{self.path}.1")
            self._open()
        except OSError:
            # The folder may be another user's.  One file takes as much as all of them together then.
            if self._size >= self._most * self._files:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, 0)
                    self._size = 0
            self._rotate_at = self._size + self._most

    def _numbers(self) -> list[int]:
        """The numbers of the files that were moved away, the highest first."""
        folder, name = os.path.split(self.path)
        if not os.access(folder, os.R_OK):
            return []
        pattern = re.compile(re.escape(name) + r"\.([1-9][0-9]{0,8})")
        found = (pattern.fullmatch(one) for one in os.listdir(folder))
        return sorted((int(one[1]) for one in found if one), reverse=True)

    def close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


class Sink(Protocol):
    """Where a log is written to."""

    def write(self, data: bytes) -> None:
        """Write all of it, however long that takes.

        @raise OSError: some of it cannot be written.
        """

    def takes_more(self, seconds: float) -> bool:
        """Whether a line can be written without waiting, within so many seconds from now."""

    def reopen(self) -> None:
        """Open what has the name now, where it has one."""

    def close(self) -> None:
        """Nothing is written any more."""
