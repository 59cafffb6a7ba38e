"""What the members of a listener said of their versions, in a file of its own: L{remembered}."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from quorumha.tessera.state_file import NewestLast, SavedState, read_file, write_file

log = Logger()


def remembered(reactor: Any, directory: Path | None, name: str) -> SavedState:
    """What was remembered of a listener, and where what is learnt goes.

    @param directory: None: it is forgotten when the process ends.
    """
    if directory is None:
        return SavedState()
    path = directory / f"{name}.versions.json"

    def write(data: bytes) -> Deferred[None]:
        writing: Deferred[None] = deferToThreadPool(reactor, reactor.getThreadPool(), write_file, path, data)
        return writing.addErrback(
            lambda failure: log.warn(
                "{path} cannot be written: {reason}; after a restart it is not known which versions"
                " the members said",
                event="state-not-kept",
                path=str(path),
                reason=failure.getErrorMessage(),
            )
        )

    return SavedState(NewestLast(write), read_file(path))
