"""Tests for L{quorumha.process.kept_file}."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.kept_file import newest_last, read_file, write_file


class NewestLastTests(SynchronousTestCase):
    """L{newest_last}."""

    def test_the_newest_comes_last(self) -> None:
        """Two writers at once could end in either order, and what was known first would stay."""
        began: list[tuple[bytes, Deferred[None]]] = []

        def write(data: bytes) -> Deferred[None]:
            began.append((data, Deferred()))
            return began[-1][1]

        keep = newest_last(write)
        for data in (b"1", b"2", b"3"):
            keep(data)
        self.assertEqual([data for data, _ in began], [b"1"])
        began[0][1].callback(None)
        self.assertEqual([data for data, _ in began], [b"1", b"3"])
        began[1][1].errback(OSError())
        self.flushLoggedErrors(OSError)
        self.assertEqual(len(began), 2)
        keep(b"4")
        self.assertEqual(began[-1][0], b"4")

    def test_a_disk_that_hangs(self) -> None:
        """What is overtaken meanwhile is not held."""
        began: list[bytes] = []

        def write(data: bytes) -> Deferred[None]:
            began.append(data)
            return Deferred()

        keep = newest_last(write)
        states = [bytes([number]) * 1000 for number in range(100)]
        before = [sys.getrefcount(state) for state in states]
        list(map(keep, states))
        after = [sys.getrefcount(state) for state in states]
        held = [number for number in range(100) if after[number] > before[number]]
        self.assertEqual(held, [0, 99], "what is written, and the newest")
        self.assertEqual(began, states[:1])


class FileTests(SynchronousTestCase):
    """L{read_file} and L{write_file}."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir(parents=True)
        self.path = self.folder / "l.versions.json"

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def test_written_and_read(self) -> None:
        write_file(self.path, b"one")
        write_file(self.path, b"two")
        self.assertEqual(read_file(self.path), b"two")
        self.assertEqual(self.names(), ["l.versions.json"], "and nothing beside it")

    def test_durable(self) -> None:
        """It is the same file, and stands there once it was written."""
        write_file(self.path, b"one", durable=True)
        self.assertEqual((read_file(self.path), self.names()), (b"one", ["l.versions.json"]))

    def test_nothing_there(self) -> None:
        self.assertEqual(read_file(self.path), b"")
        self.assertEqual(read_file(self.folder), b"", "a folder is no file")

    def test_fifo_is_not_waited_for(self) -> None:
        """Nothing but a file is read."""
        path = Path(self.mktemp())
        os.mkfifo(path)
        self.assertEqual(read_file(path), b"")

    def test_cannot_be_written(self) -> None:
        """It is said, and leaves nothing behind."""
        with self.assertRaises(OSError):
            write_file(self.folder / "nowhere" / "x.json", b"x")
        self.path.mkdir()
        with self.assertRaises(OSError):
            write_file(self.path, b"x")
        self.assertEqual(self.names(), ["l.versions.json"])

    def test_whole_or_not_at_all(self) -> None:
        """Also when several threads write at once: each puts a whole file in place."""
        pieces = [bytes([65 + number]) * 100_000 for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda piece: [write_file(self.path, piece) for _ in range(25)], pieces))
        self.assertIn(read_file(self.path), pieces)
        self.assertEqual(self.names(), ["l.versions.json"])
