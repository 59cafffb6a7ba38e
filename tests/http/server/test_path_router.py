"""Routes, and targets that no route takes."""

from __future__ import annotations

import doctest
import re
from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server import path_router as routing
from quorumha.http.server.path_readings import readings
from quorumha.http.server.path_router import Route, RouteTable, climbs

SEGMENTS = st.sampled_from([b"a", b"b", b"ab", b""])
#: What targets end with.
ENDS = (
    *(b"", b"?", b"?x=/a", b"/k%2F%3D", b"/..", b"/.", b"/%2e%2e/b", b"?x=../b", b"/a.b", b";x", b";/a"),
    *(b"/%61", b"%61", b"%2fb", b"/;x/b", b"%3b", b"/%2561", b"/?;%61", b"/a%20;"),
)
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
        st.lists(st.tuples(PATHS.filter(lambda p: b"//" not in p), st.booleans()), max_size=6),
        PATHS,
        st.sampled_from(ENDS),
    )
    def test_targets(self, routes: list[tuple[bytes, bool]], path: bytes, rest: bytes) -> None:
        """A target is taken as its path is found, and refused when that climbs or may be another route's."""
        unique = list({(p if exact else p.rstrip(b"/"), exact): (p, exact) for p, exact in routes}.values())
        table = RouteTable(Route(p, exact, None) for p, exact in unique)
        target = path + rest
        path = target.partition(b"?")[0]
        found = table.find(path)
        another = found is not None and any(table.find(r) is not found for r in readings(path))
        if climbs(path) or another:
            self.assertRaises(ValueError, table.take, target)
        else:
            self.assertIs(table.take(target), found)

    def test_no_other_route(self) -> None:
        """What a server behind might read as the path of another route is refused, in any combination."""
        table = RouteTable([Route(b"/", False, 0), Route(b"/admin", False, 1), Route(b"/a/exact", True, 2)])
        for target in (
            b"/admin;x",
            b"/admin;x=1/y",
            b"//admin",
            b"///admin/",
            b"/%61dmin",
            b"/adm%69n/x?y",
            b"/%2fadmin",
            b"/%2Fadmin/x",
            b"/;x/admin",
            b"/%3bx/%61dmin",
            b"/;//admin",
            b"/%u0061dmin",
            b"/a/exact;x",
            b"/a//exact",
            b"/a%2fexact",
            b"/a;/;x/e%78act",
            b"/admin%2fx",
            b"/admin%3b",
        ):
            with self.assertRaisesRegex(ValueError, "another route", msg=target):
                table.take(target)

    def test_same_route(self) -> None:
        """However odd a path is, it passes where every reading takes the route that it takes as it is."""
        table = RouteTable([Route(b"/", False, 0), Route(b"/admin", False, 1), Route(b"/a/exact", True, 2)])
        for target, leads_to in (
            (b"/x;a=b//y%20", 0),
            (b"/x;/admin", 0),
            (b"/%2561dmin", 0),
            (b"/Admin", 0),
            (b"/a/exact/;x", 0),
            (b"/x?//admin", 0),
            (b"/x?;/%61dmin", 0),
            (b"/admin//x", 1),
            (b"/admin/;x/%79", 1),
            (b"/admin/x%2Fy", 1),
            (b"/a/exact", 2),
        ):
            route = table.take(target)
            assert route is not None
            self.assertEqual(route.leads_to, leads_to, target)

    def test_none_at_all(self) -> None:
        """Where no route takes a path nothing goes on, whatever it means."""
        table = RouteTable([Route(b"/push", False, 1)])
        for target in (b"//push", b"/%70ush", b"/push;x"):
            self.assertIsNone(table.take(target))

    def test_own_readings(self) -> None:
        """A route may be named with an escape of its own."""
        table = RouteTable([Route(b"/", False, 0), Route(b"/caf%C3%A9", False, 1), Route(b"/a;b", True, 2)])
        for target, leads_to in ((b"/caf%C3%A9/x", 1), (b"/a;b", 2), (b"/caf%C3%A9", 1)):
            route = table.take(target)
            assert route is not None
            self.assertEqual(route.leads_to, leads_to)
        for target in (b"/caf%c3%a9", b"/a;c"):
            self.assertRaises(ValueError, table.take, target)

    def test_letters_of_keys(self) -> None:
        """Where C{%2F} is a letter of a key it is never read as a slash."""
        routes = [
            Route(b"/", False, 0),
            Route(b"/transaction", False, 1),
            Route(b"/transaction/all", True, 2),
        ]
        table = RouteTable(routes, slash=False)
        for target in (b"/transaction/a%2Fb+%3D", b"/transaction%2Fall", b"/transaction/a%2f%2Fb;x"):
            self.assertIsNotNone(table.take(target))
        for target in (
            b"/transaction/%61ll",
            b"//transaction/x",
            b"/transaction;x/y",
            b"/tr%61nsaction/a%2Fb",
        ):
            self.assertRaises(ValueError, table.take, target)
        self.assertRaises(ValueError, RouteTable(routes).take, b"/transaction%2Fall")

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
