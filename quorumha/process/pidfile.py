"""C{twistd}'s file with the number of its process, and what a crash leaves of it.

After a power failure, or in a container that starts again, the file is still there and its number is another
process's, or ours.  C{twistd} takes that for a service that runs already, and does not start.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

#: What the command line of a process has that may have written such a file.
OURS = (b"twist", b"quorumha")


def command_of(number: int) -> bytes | None:
    """The command line of a process, its words ended by NUL; None where the system does not say."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return None


def why_stale(text: str, own: int, command: Callable[[int], bytes | None] = command_of) -> str:
    """Why a file with this text is nobody's; empty where it may be somebody's."""
    if not text.strip().isdecimal():
        return "it holds no number"
    number = int(text)
    if number == own:
        return "its number is this process's own"
    words = command(number)
    if words is None or any(one in words for one in OURS):
        return ""
    name = os.fsdecode(words.split(b"\0", 1)[0]) or "none that runs a program"
    return f"its process {number} is another one now ({name})"


def remove_stale_pidfile(twistd: MutableMapping[str, Any], *, given: bool) -> str:
    """Keep a file that a crash left from stopping C{twistd} at its start; call it before twistd looks.

    In the foreground nobody needs the file, so none is written unless it was asked for.

    @param given: the operator named a file.
    @return: what was done, in words; empty: nothing.
    """
    path = twistd.get("pidfile")
    if not path:
        return ""
    if (twistd.get("nodaemon") or twistd.get("debug")) and not given:
        twistd["pidfile"] = ""
        return ""
    try:
        why = why_stale(Path(path).read_text(errors="replace"), os.getpid())
        if why:
            os.unlink(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path} cannot be looked at or removed: {error.strerror}"
    return f"{path} was left behind by a crash and is removed: {why}" if why else ""


def remove_pidfile(path: str | None) -> None:
    """Remove the file, if it is this process's."""
    with contextlib.suppress(OSError, ValueError):
        if path and int(Path(path).read_text()) == os.getpid():
            os.unlink(path)
