"""L{LateFile}: a file that is opened by whoever writes to it first, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable

from quorumha.logs.sinks import LogFile

#: Bytes of one file of an access log; there are ten.
ACCESS_FILE_SIZE = 100 * 1024 * 1024


class LateFile:
    """A L{LogFile} that may not be there yet: its folder is missing, or its disk is full.

    Each piece is tried anew.
    """

    def __init__(self, path: str, failed: Callable[[OSError], object]) -> None:
        """
        @param failed: called, in the thread that writes, with why a piece could not be written.
        """
        self.path = path
        self._failed = failed
        self._file: LogFile | None = None

    def write(self, data: bytes) -> None:
        """Write bytes, and open the file first where it is not.

        @raise OSError: they cannot be written.
        """
        try:
            if self._file is None:
                self._file = LogFile(self.path, size=ACCESS_FILE_SIZE)
            self._file.write(data)
        except OSError as error:
            self._failed(error)
            raise

    def takes_more(self, seconds: float) -> bool:
        """Whether it takes more without waiting, within so many seconds."""
        return self._file is None or self._file.takes_more(seconds)

    def reopen(self) -> None:
        """Have the next piece open what has the name then."""
        self.close()

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
