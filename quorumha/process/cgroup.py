"""How much memory the kernel lets this process have: the limit of its control group, of version 2 or 1.

Sources: cgroups(7); C{Documentation/admin-guide/cgroup-v2.rst} and C{cgroup-v1/memory.rst} of Linux.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

#: What version 1 says instead of "no limit" is near 2**63.
_NONE = 1 << 60


def memory_limit(root: Path = Path("/")) -> int | None:
    """Bytes; the smallest limit of the group and of those above it.  None: there is none, or nobody says."""
    limits = [limit for file in _files(root) if (limit := _read(file)) is not None]
    return min(limits, default=None)


def _files(root: Path) -> Iterator[Path]:
    mounted = root / "sys" / "fs" / "cgroup"
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            yield from _upwards(mounted, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _upwards(mounted / "memory", path, "memory.limit_in_bytes")


def _upwards(mounted: Path, path: str, name: str) -> Iterator[Path]:
    """In the group and those above it.  In a container only the last of them may be there."""
    group = mounted / path.strip("/")
    while group != mounted and mounted in group.parents:
        yield group / name
        group = group.parent
    yield mounted / name


def _read(file: Path) -> int | None:
    text = _text(file).strip()
    # "max" says that there is no limit.
    return int(text) if text.isdecimal() and int(text) < _NONE else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
