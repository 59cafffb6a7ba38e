"""The file in which a listener's L{SavedState} is kept: L{saved_state}."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quorumha.events import Observers, StateNotKept
from quorumha.process.kept_file import read_file, writer_of
from quorumha.tessera.knowledge.saved_state import SavedState


def saved_state(reactor: Any, directory: str | None, name: str, observers: Observers) -> SavedState:
    """What was remembered of a listener, and where what is learnt goes.

    @param directory: None: it is forgotten when the process ends.
    """
    if directory is None:
        return SavedState()
    path = Path(directory, f"{name}.versions.json")
    keep = writer_of(reactor, path, lambda reason: observers.notify(StateNotKept(str(path), reason)))
    return SavedState(keep, read_file(path))
