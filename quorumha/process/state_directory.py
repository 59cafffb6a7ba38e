"""The directory for what is remembered over a restart."""

from __future__ import annotations

from pathlib import Path

from twisted.logger import Logger

log = Logger()


def make_directory(path: Path | None) -> None:
    """Make the directory, with those around it, for our user alone.

    That it cannot be made is told: it is no reason not to start.

    @param path: None: there shall be none.
    """
    if path is None:
        return
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.warn(
            "{path} cannot be made: {reason}; what is learnt is lost at a restart",
            event="state-not-kept",
            path=str(path),
            reason=error.strerror,
        )
