"""Other paths for which a server may take one."""

from __future__ import annotations

import doctest
from itertools import product
from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server import path_readings as module
from quorumha.http.server.path_readings import readings

PIECES = st.sampled_from(
    [
        b"/",
        b"//",
        b"a",
        b"admin",
        b";",
        b";x=1",
        b"%61",
        b"%2f",
        b"%2F",
        b"%3b",
        b"%2561",
        b"%",
        b"%zz",
        b"%252f",
    ]
)
PATHS = st.lists(PIECES, max_size=7).map(lambda pieces: b"/" + b"".join(pieces))


def strip(path: bytes) -> bytes:
    return b"/".join(segment.partition(b";")[0] for segment in path.split(b"/"))


def merge(path: bytes) -> bytes:
    while b"//" in path:
        path = path.replace(b"//", b"/")
    return path


def keep_slashes(path: bytes) -> bytes:
    """Decode all but slashes."""
    for escape, mark in ((b"%2f", b"\1"), (b"%2F", b"\2")):
        path = path.replace(escape, mark)
    return unquote_to_bytes(path).replace(b"\1", b"%2f").replace(b"\2", b"%2F")


def reference(path: bytes, *, slash: bool = True) -> set[bytes]:
    """Do everything in every order."""
    decode = unquote_to_bytes if slash else keep_slashes
    found = set()
    rest = [[], *([op] for op in (strip, merge)), [strip, merge], [merge, strip], [merge, strip, merge]]
    for before, decoding, after in product(rest, (False, True), rest):
        reading = path
        for operation in (*before, *((decode,) if decoding else ()), *after):
            reading = operation(reading)
        found.add(reading)
    return found - {path}


class ReadingsTests(SynchronousTestCase):
    """See the module."""

    @given(PATHS, st.booleans())
    def test_against_every_order(self, path: bytes, slash: bool) -> None:
        """What comes of decoding once, stripping and merging in any order, and nothing else."""
        self.assertEqual(readings(path, slash=slash), reference(path, slash=slash))

    def test_usual_paths(self) -> None:
        """Most paths have no other reading."""
        for path in (b"/", b"/send", b"/transaction/8SjRHlUBe4hAmTk3KDeJ96RhN+s10xRrHDrxEi1O5W0=", b"/a.b/c"):
            self.assertEqual(readings(path), frozenset())

    def test_letters_of_keys(self) -> None:
        """C{%2F} may be a letter; everything else is decoded."""
        self.assertEqual(readings(b"/transaction/a%2Fb", slash=False), frozenset())
        self.assertEqual(readings(b"/x/a%2fb%20c", slash=False), {b"/x/a%2fb c"})
        self.assertEqual(readings(b"/x/a%u002fb", slash=False), frozenset())
        self.assertEqual(readings(b"/x/a%u002fb"), {b"/x/a/b"})

    def test_wide_escapes(self) -> None:
        """As Jetty 9.4 reads them."""
        self.assertIn(b"/admin", readings(b"/%u0061dmin"))
        self.assertIn("/\u20ac".encode(), readings(b"/%u20ac"))
        self.assertEqual(readings(b"/%ud800"), {b"/?"})

    def test_decoded_once(self) -> None:
        """Nobody decodes twice."""
        self.assertEqual(readings(b"/%2561"), {b"/%61"})

    def test_documentation(self) -> None:
        """The example in the docstring."""
        self.assertEqual(doctest.testmod(module).failed, 0)
