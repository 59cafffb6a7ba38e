"""L{usage}, L{started_at}: what the kernel says of this process: time, memory, descriptors.

Sources: proc(5), getrusage(2).
"""

from __future__ import annotations

import os
import resource
from pathlib import Path

from attrs import frozen


@frozen
class Usage:
    """What the process uses.

    @ivar cpu: seconds of all processors that it has had.
    @ivar resident: bytes that are in memory; C{virtual}: bytes of its address space.
    @ivar descriptors: that are open; C{most_descriptors}: that may be; 0: there is no limit.
    """

    cpu: float
    resident: int = 0
    virtual: int = 0
    descriptors: int = 0
    most_descriptors: int = 0


def usage(root: Path = Path("/proc")) -> Usage:
    """What it uses now; what the system does not say is 0."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    virtual, resident = _pages(root)
    return Usage(
        spent.ru_utime + spent.ru_stime,
        resident,
        virtual,
        _descriptors(root / "self" / "fd"),
        0 if most == resource.RLIM_INFINITY else most,
    )


def _pages(root: Path) -> tuple[int, int]:
    try:
        virtual, resident = map(int, (root / "self" / "statm").read_text().split()[:2])
    except (OSError, ValueError):
        return 0, 0
    page = resource.getpagesize()
    return virtual * page, resident * page


def _descriptors(folder: Path) -> int:
    try:
        # Newer kernels say how many there are without listing them.
        return os.stat(folder).st_size or len(os.listdir(folder))
    except OSError:
        return 0


def started_at(root: Path = Path("/proc")) -> float:
    """When the process began, in seconds since the epoch; 0: nobody says.

    It never changes, and takes long on a machine with many interrupts: ask once.
    """
    try:
        # Its name, in parentheses, may hold spaces.
        fields = (root / "self" / "stat").read_text().rpartition(")")[2].split()
        lines = (root / "stat").read_text().splitlines()
        booted = next(float(line.split()[1]) for line in lines if line.startswith("btime "))
        return booted + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return 0.0
