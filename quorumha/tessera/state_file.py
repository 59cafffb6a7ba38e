"""The file in which a listener's L{SavedState} is kept: L{saved_state}."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from quorumha.events import Observers, StateNotKept
from quorumha.tessera.knowledge.saved_state import SavedState

log = Logger()


def saved_state(reactor: Any, directory: str | None, name: str, observers: Observers) -> SavedState:
    """What was remembered of a listener, and where what is learnt goes.

    @param directory: None: it is forgotten when the process ends.
    """
    if directory is None:
        return SavedState()
    path = Path(directory, f"{name}.versions.json")

    def write(data: bytes) -> Deferred[None]:
        writing: Deferred[None] = deferToThreadPool(reactor, reactor.getThreadPool(), write_file, path, data)
        return writing.addErrback(
            lambda failure: observers.notify(StateNotKept(str(path), failure.getErrorMessage()))
        )

    return SavedState(newest_last(write), read_file(path))


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


def write_file(path: Path, data: bytes) -> None:
    """Write it whole or not at all, whoever else writes there.

    @raise OSError: it can't be written.
    """
    opened, new = mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with open(opened, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
