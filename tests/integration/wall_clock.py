"""A wall clock of one child process that the test sets: the machine's own stays as it is."""

from __future__ import annotations

import struct
from pathlib import Path

#: Python imports C{sitecustomize} before anything of ours or of Twisted's.
_CUSTOMIZE = """
import mmap, os, struct, time
with open(os.environ["TEST_CLOCK"], "rb") as file:
    _offset = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
_true = time.time
time.time = lambda: _true() + struct.unpack("d", _offset[:8])[0]
"""


class WallClock:
    """C{time.time} of the processes that are started in L{environment}.

    @ivar environment: for the child.
    """

    def __init__(self, folder: Path, *path: Path) -> None:
        """
        @param folder: for the clock's files.
        @param path: where the child finds its packages besides.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(_CUSTOMIZE)
        self._offset = folder / "offset"
        self._offset.write_bytes(struct.pack("d", 0.0))
        self.environment = {
            "PYTHONPATH": ":".join(map(str, (folder, *path))),
            "TEST_CLOCK": str(self._offset),
        }

    def step(self, seconds: float) -> None:
        """Set it, that much off the machine's."""
        # In place, because the child has the file mapped.
        with self._offset.open("r+b") as file:
            file.write(struct.pack("d", seconds))
