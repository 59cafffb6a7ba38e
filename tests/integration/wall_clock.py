"""The clocks of one child process that the test sets: the machine's own stay as they are."""

from __future__ import annotations

import struct
from pathlib import Path

#: Python imports C{sitecustomize} before anything of ours or of Twisted's.
_CUSTOMIZE = """
import mmap, os, struct, time
with open(os.environ["TEST_CLOCK"], "rb") as file:
    _offsets = mmap.mmap(file.fileno(), 16, access=mmap.ACCESS_READ)
_true, _gettime = time.time, time.clock_gettime
time.time = lambda: _true() + struct.unpack("d", _offsets[:8])[0]
if hasattr(time, "CLOCK_BOOTTIME"):
    def _slept(number):
        slept = struct.unpack("d", _offsets[8:])[0] if number == time.CLOCK_BOOTTIME else 0.0
        return _gettime(number) + slept
    time.clock_gettime = _slept
"""


class WallClock:
    """C{time.time} of the processes that are started in L{environment}, and how long their machine slept.

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
        self._offset.write_bytes(struct.pack("2d", 0.0, 0.0))
        self._slept = 0.0
        self.environment = {
            "PYTHONPATH": ":".join(map(str, (folder, *path))),
            "TEST_CLOCK": str(self._offset),
        }

    def step(self, seconds: float) -> None:
        """Set it, that much off the machine's."""
        # In place, because the child has the file mapped.
        with self._offset.open("r+b") as file:
            file.write(struct.pack("d", seconds))

    def sleep(self, seconds: float) -> None:
        """The machine was suspended for so long: its other clocks stood still."""
        self._slept += seconds
        with self._offset.open("r+b") as file:
            file.seek(8)
            file.write(struct.pack("d", self._slept))
