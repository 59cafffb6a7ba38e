"""High availability for GoQuorum and Tessera.

The vocabulary: I{downstream} is the client's side; an I{upstream} is one server that
may be used; a I{pool} is a named set of upstreams, its I{members}; a I{backup} is used only
when no primary is usable; a member is I{down} by its active checks, or I{ejected} by its traffic, and
then I{half-open} for one request; a I{listener} accepts; a I{route} chooses a pool by path; a I{relay}
bridges bytes (layer 4) and a I{proxy} forwards requests (layer 7); one I{attempt} has one I{outcome}, and
a I{retry policy} turns it into a I{verdict}; a I{mirror} sends a copy whose response is dropped.

The public names are those of C{docs/reference/names.md}: C{from quorumha import UpstreamPool}.  Each is
imported from its home at its first use, so that C{import quorumha} costs nothing.  The homes stand in
C{__init__.pyi}, where type checkers find them, too.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


@cache
def _homes() -> dict[str, str]:
    """The module of each public name."""
    import ast

    text = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return sorted(_homes())
    if name.startswith("_") or name not in _homes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_homes()[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_homes()})
