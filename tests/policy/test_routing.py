"""Routes, and targets that no route takes."""

from __future__ import annotations

import doctest
import re
from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.policy import routing
from quorumha.policy.routing import Route, RouteTable, climbs, path_of

SEGMENTS = st.sampled_from([b"a", b"b", b"ab", b""])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map(lambda parts: b"/" + b"/".join(parts))


def reference(routes: list[tuple[bytes, bool]], path: bytes) -> tuple[bytes, bool] | None:
    """The rules, read off their documentation."""
    if (path, True) in routes:
        return path, True
    below = [
        (p, exact)
        for p, exact in routes
        if not exact and (path == p or path.startswith(p.rstrip(b"/") + b"/") or path == p.rstrip(b"/"))
    ]
    return max(below, key=lambda route: len(route[0].rstrip(b"/")), default=None)


class RouteTests(SynchronousTestCase):
    """Which route a path takes."""

    @given(st.lists(st.tuples(PATHS, st.booleans()), max_size=6), PATHS)
    def test_against_the_rules(self, routes: list[tuple[bytes, bool]], path: bytes) -> None:
        unique = list({(p if exact else p.rstrip(b"/"), exact): (p, exact) for p, exact in routes}.values())
        table = RouteTable(Route(p, exact, None) for p, exact in unique)
        found = table.find(path)
        self.assertEqual((found.path, found.exact) if found else None, reference(unique, path))

    @given(
        st.lists(st.tuples(PATHS, st.booleans()), max_size=6),
        PATHS,
        st.sampled_from([b"", b"?", b"?x=/a", b"/k%2F%3D", b"/..", b"/.", b"/%2e%2e/b", b"?x=../b", b"/a.b"]),
    )
    def test_targets(self, routes: list[tuple[bytes, bool]], path: bytes, rest: bytes) -> None:
        """A target is taken as its path is found, and refused when that climbs."""
        unique = list({(p if exact else p.rstrip(b"/"), exact): (p, exact) for p, exact in routes}.values())
        table = RouteTable(Route(p, exact, None) for p, exact in unique)
        target = path + rest
        if climbs(path_of(target)):
            self.assertRaises(ValueError, table.take, target)
        else:
            self.assertIs(table.take(target), table.find(path_of(target)))

    def test_prefix_is_of_segments(self) -> None:
        table = RouteTable([Route(b"/push", False, 1)])
        for path in (b"/push", b"/push/", b"/push/x"):
            self.assertIsNotNone(table.find(path))
        for path in (b"/pushBatch", b"/pus", b"/", b"//push"):
            self.assertIsNone(table.find(path))

    def test_root_takes_all(self) -> None:
        self.assertIsNotNone(RouteTable([Route(b"/", False, 1)]).find(b"/any/thing"))

    def test_only_where_a_route_can_end(self) -> None:
        """A path of thousands of slashes is not looked up thousands of times."""
        looked: list[bytes] = []

        class Path(bytes):
            def __getitem__(self, part: slice) -> bytes:  # type: ignore[override]  # never asked for one byte
                looked.append(super().__getitem__(part))
                return looked[-1]

        table = RouteTable([Route(b"/a/b", False, 1), Route(b"/c", False, 2)])
        self.assertIsNone(table.find(Path(b"/" * 16_000)))
        self.assertLess(max(map(len, looked)), 5)
        self.assertIsNone(RouteTable([Route(b"/a", True, 1)]).find(b"/" * 16_000))

    def test_same_twice(self) -> None:
        with self.assertRaises(ValueError):
            RouteTable([Route(b"/a", False, 1), Route(b"/a/", False, 2)])
        RouteTable([Route(b"/a", False, 1), Route(b"/a", True, 2)])

    def test_no_slash(self) -> None:
        with self.assertRaises(ValueError):
            RouteTable([Route(b"a", True, 1)])

    def test_path_of(self) -> None:
        self.assertEqual(path_of(b"/a?b=/c?d"), b"/a")


class ClimbTests(SynchronousTestCase):
    """Targets that a node might read another way."""

    def test_climbing(self) -> None:
        for path in (
            b"/a/../b",
            b"/a/..",
            b"/..",
            b"/./a",
            b"/a/%2e%2e/b",
            b"/a/%2E./b",
            b"/a/..;/b",
            b"/a/..;x=1/b",
            b"/a/..%2fb",
            b"/a%2f..%2fb",
            b"/a\\b",
            b"/a/%5cb",
            b"/a/..%3bx/b",
            b"/a%00b",
            b"/a/%u002e%u002E/b",
            b"/a/..%u002fb",
            b"/a/.%u0000./b",
        ):
            self.assertTrue(climbs(path), path)

    def test_staying(self) -> None:
        for path in (
            b"/transaction/a%2Fb+c==",
            b"/a.b/c..d/...",
            b"/a;x=1/b",
            b"/",
            b"/a//b",
            b"/%2e%2e%2e",
            b"/x/..y",
            b"/x%zz",
            b"/%u2e/a",
            b"/a%252e%252e",
        ):
            self.assertFalse(climbs(path), path)

    @given(
        st.lists(
            st.sampled_from(
                [
                    b"/",
                    b".",
                    b";",
                    b"\\",
                    b"a",
                    b"%",
                    b"2e",
                    b"%2E",
                    b"%2f",
                    b"%5c",
                    b"%3B",
                    b"%00",
                    b"%u002e",
                    b"%41",
                ]
            ),
            max_size=8,
        )
    )
    def test_against_a_decoder(self, parts: list[bytes]) -> None:
        """It climbs where decoding once, then dropping parameters, leaves a dot segment."""
        path = b"/" + b"".join(parts)
        plain = re.sub(rb"%u00([0-9a-fA-F]{2})", rb"%\1", path)
        plain = unquote_to_bytes(plain)
        segments = [segment.split(b";")[0] for segment in plain.split(b"/")]
        bad = b"\0" in plain or b"\\" in plain or b"." in segments or b".." in segments
        self.assertEqual(climbs(path), bad)

    def test_examples(self) -> None:
        self.assertEqual(doctest.testmod(routing).failed, 0)
