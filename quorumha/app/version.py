"""L{installed_version}: which quorumha this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


# Of a process it is what was installed when it began; and to find it takes a millisecond.
@cache
def installed_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("quorumha")
    except PackageNotFoundError:
        return "(not installed)"
