"""Small files that outlast the process: written whole or not at all, for their owner alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.process.in_thread import in_thread

log = Logger()


def writer_of(reactor: Any, path: Path, failed: Callable[[str], object]) -> Callable[[bytes], None]:
    """What writes a file by a thread, whenever it is called with what shall stand there.

    @param failed: called with why, where it cannot be written.
    """

    run = in_thread(reactor)

    def write(data: bytes) -> Deferred[None]:
        writing: Deferred[None] = run(partial(write_file, path, data))

        def notify(failure: Failure) -> None:
            failed(failure.getErrorMessage())

        return writing.addErrback(notify)

    return newest_last(write)


def newest_last(write: Callable[[bytes], Deferred[None]]) -> Callable[[bytes], None]:
    """Write what there is to keep, one after the other, the newest last.

    Of two under way at once the older one could come second.
    """
    newest, turns = b"", DeferredLock()

    def keep(data: bytes) -> None:
        nonlocal newest
        newest = data
        if not turns.waiting:
            # Who waits already writes what is the newest then: a disk that hangs holds two, and no more.
            writing = turns.run(lambda: write(newest))
            writing.addErrback(lambda failure: log.failure("keeping failed", failure))

    return keep


def read_file(path: Path) -> bytes:
    """What was kept there; empty when there is nothing."""
    try:
        # Anything else, such as a FIFO, might keep us waiting.
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def write_file(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write it whole or not at all, whoever else writes there.

    @param durable: it stands there once this returns, even if the machine loses its power.
    @raise OSError: it can't be written.
    """
    opened, new = mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with open(opened, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
    if durable:
        # The name, too.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
