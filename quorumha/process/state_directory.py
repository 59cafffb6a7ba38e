"""The directory for what is remembered over a restart."""

from __future__ import annotations

from pathlib import Path


def make_directory(path: Path) -> str | None:
    """Make it, with those around it, for our user alone; why it cannot be made, or None: it is there."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror
    return None
