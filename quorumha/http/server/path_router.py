"""Which route a path takes, and which targets no route takes.  Pure.

Paths are compared byte for byte, as sent, because Tessera's keys hold C{%2F}, C{+} and C{=}.  A target that
some server behind might fold into the path of another route is refused instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from attrs import frozen

from quorumha.http.server.path_readings import readings

T = TypeVar("T")

#: Plainly, and as Jetty 9.4 takes it, too (CVE-2021-34429).
_ENCODED = re.compile(rb"%(?:u00)?(2e|2f|5c|3b|00)", re.IGNORECASE)
_SUSPECTS = b".\\;%"
_ODD = re.compile(rb"[.\\;%?]|//")
_PLAIN = {b"2e": b".", b"2f": b"/", b"5c": b"\\", b"3b": b";", b"00": b"\0"}


def climbs(path: bytes) -> bool:
    r"""Whether a server behind might read another path: dot segments, plain or encoded (C{%u002e}, too).

    Also with a parameter (C{..;x}: Jetty 9.4 strips it); backslashes and encoded NULs.

    >>> climbs(b"/transaction/a%2Fb=="), climbs(b"/a/..;/b"), climbs(b"/a%2f%2e%2e/b")
    (False, True, True)
    """
    suspects = len(path) - len(path.translate(None, _SUSPECTS))
    if not suspects:
        return False
    # An encoded slash alone is nothing: it needs dots beside it.  "=" and "+" are the other signs
    # that some escape in base64, and so in every path to a Tessera transaction.
    if suspects == path.count(b"%2F") + path.count(b"%3D") + path.count(b"%2B"):
        return False
    plain = _ENCODED.sub(lambda match: _PLAIN[match[1].lower()], path) if b"%" in path else path
    if b"\\" in plain or b"\0" in plain:
        return True
    return any(segment.partition(b";")[0] in (b".", b"..") for segment in plain.split(b"/"))


@frozen
class Route(Generic[T]):
    """A path, and what serves it.

    @ivar path: begins with a slash.
    @ivar exact: only this path; else also every path below it (C{/push} takes
        C{/push/x}, not C{/pushBatch}).
    @ivar leads_to: what it leads to.
    @ivar method: upper case; C{b"*"} for those that the path's other routes do not name.  L{RouteTable}
        does not look at it.
    """

    path: bytes
    exact: bool
    leads_to: T
    method: bytes = b"*"


def _finder(
    exact: dict[bytes, Route[T]], prefix: dict[bytes, Route[T]]
) -> Callable[[bytes], Route[T] | None]:
    """What finds the route of a path: an exact one before a prefix, a longer prefix before a shorter one.

    @param prefix: without the slash that a path may end with.
    """
    longest = max(map(len, prefix), default=-1)

    def find(path: bytes) -> Route[T] | None:
        found = exact.get(path)
        if found is not None:
            return found
        end = len(path)
        if end > longest:
            # No look at places where no route can end: a path may be of thousands of slashes.
            end = path.rfind(b"/", 0, longest + 1)
        while end >= 0:
            found = prefix.get(path[:end])
            if found is not None:
                return found
            end = path.rfind(b"/", 0, end)
        return None

    return find


class RouteTable(Generic[T]):
    """Routes by path; C{find} gives the one that a path takes, or None, whatever else it might mean."""

    def __init__(self, routes: Iterable[Route[T]], *, slash: bool = True) -> None:
        """
        @param slash: C{%2F} in a target may be read as a slash; False where it is a letter of a key.
        @raise ValueError: two routes have the same path and kind, or a path has no slash in front.
        """
        exact: dict[bytes, Route[T]] = {}
        prefix: dict[bytes, Route[T]] = {}
        for route in routes:
            table, key = (exact, route.path) if route.exact else (prefix, route.path.rstrip(b"/"))
            if not route.path.startswith(b"/"):
                raise ValueError(f"the path {route.path!r} does not begin with a slash")
            if key in table:
                raise ValueError(f"two routes for {route.path!r}")
            table[key] = route
        self._slash = slash
        self.find = _finder(exact, prefix)
        # A route whose own path has other readings is meant by them, too.
        read = [
            {reading: route for key, route in table.items() for reading in readings(key, slash=slash)} | table
            for table in (exact, prefix)
        ]
        self._find_reading = _finder(*read)
        #: Exact ones that can be read in one way.
        self._plain = {key: route for key, route in exact.items() if not _ODD.search(key)}
        #: Prefixes of one segment, without a route below them.
        paths = {path for table in read for path in table}
        self._alone = {
            key: route
            for key, route in prefix.items()
            if key.count(b"/") == 1 and not any(path.startswith(key + b"/") for path in paths)
        }

    def take(self, target: bytes) -> Route[T] | None:
        """The route that the path of this target takes, or None.

        @raise ValueError: it climbs, or a server behind might read it as the path of another route.
        """
        # The usual targets first, with as few calls as can be: this is asked for every request.
        suspects = len(target) - len(target.translate(None, _SUSPECTS))
        if not suspects or suspects == target.count(b"%2F") + target.count(b"%3D"):
            found = self._plain.get(target)
            if found is not None:
                return found
            end = target.find(b"/", 1)
            found = self._alone.get(target[:end]) if end > 0 else None
            if found is not None:
                return found
        path = target.partition(b"?")[0]
        if climbs(path):
            raise ValueError("the path climbs out of its route")
        found = self.find(path)
        if found is not None and (suspects or b"//" in path) and self._may_be_another(path, found):
            raise ValueError("the path may be read as that of another route")
        return found

    def _may_be_another(self, path: bytes, found: Route[T]) -> bool:
        """Whether some server behind might take this path for one of another route."""
        if not (b"%" in path or b";" in path or b"//" in path):
            return False
        return any(self._find_reading(reading) is not found for reading in readings(path, slash=self._slash))
