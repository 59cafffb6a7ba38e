"""Tests for L{quorumha.postgresql.saved_writer}."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import ConfigError
from quorumha.postgresql.saved_writer import DISK, decoded, encoded, read_writer, writer_path
from quorumha.postgresql.writer_decision import SavedWriter

SAVED = SavedWriter(3, "7", "10.0.0.1:5432")
NUMBER = st.integers(0, 2**32)
TEXT = st.text(max_size=20)


class WireTests(SynchronousTestCase):
    """What stands in the file."""

    @given(st.builds(SavedWriter, NUMBER, TEXT, TEXT, st.booleans(), NUMBER, NUMBER))
    def test_what_was_written_is_read(self, saved: SavedWriter) -> None:
        """Whatever it is."""
        self.assertEqual(decoded(encoded(saved)), saved)

    @given(
        st.binary()
        | st.recursive(st.none() | st.booleans() | NUMBER | TEXT, st.lists).map(repr).map(str.encode)
    )
    def test_anything_else_is_an_error(self, data: bytes) -> None:
        """Of one sort."""
        self.assertRaises(ValueError, decoded, data)

    def test_damaged(self) -> None:
        """A key that is missing, is too much, of another kind, or of another version."""
        good = encoded(SAVED)
        for was, now in (
            (b'"timeline": 3, ', b""),
            (b'"timeline": 3', b'"timeline": 3, "more": 1'),
            (b'"timeline": 3', b'"timeline": "3"'),
            (b'"timeline": 3', b'"timeline": true'),
            (b'"timeline": 3', b'"timeline": -3'),
            (b'"timeline": 3', b'"timeline": 3.5'),
            (b'"version": 1', b'"version": 2'),
            (b"}", b""),
        ):
            damaged = good.replace(was, now)
            self.assertNotEqual(damaged, good)
            self.assertRaises(ValueError, decoded, damaged)


class DiskTests(SynchronousTestCase):
    """Where it is kept."""

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        self.path = writer_path(str(folder), "main")

    def refusal(self) -> str:
        """Why it cannot be read."""
        return str(self.assertRaises(ConfigError, read_writer, self.path))

    def test_one_process(self) -> None:
        """Another one is told what to do about it."""
        lock = DISK.lock(self.path)
        error = self.assertRaises(BlockingIOError, DISK.lock, self.path)
        self.assertIn("another process writes it: give each a state_directory of its own", str(error))
        lock.release()
        DISK.lock(self.path).release()
        self.assertEqual([one.name for one in self.path.parent.iterdir()], ["main.writer.lock"])

    def test_lock_that_cannot_be_made(self) -> None:
        """It is named, as it is another file than the one that is to be written."""
        self.path.with_suffix(".lock").mkdir()
        error = self.assertRaises(IsADirectoryError, DISK.lock, self.path)
        self.assertEqual(error.strerror, "Is a directory (main.writer.lock)")

    def test_row_4_cannot_be_read(self) -> None:
        """It is refused, with the file's name, and with what to do."""
        self.path.write_bytes(b"{}")
        error = self.refusal()
        self.assertIn(f"{self.path}: cannot be read (it is not of version 1)", error)
        self.assertIn("remove the file", error)
        self.assertIn("`quorumha database forget --yes`", error)

    def test_no_file(self) -> None:
        """A folder or a FIFO is none, and nobody waits for it; what nests without end is damaged."""
        self.path.mkdir()
        self.assertIn("it is not a file", self.refusal())
        self.path.rmdir()
        os.mkfifo(self.path)
        self.assertIn("it is not a file", self.refusal())
        self.path.unlink()
        self.path.symlink_to(self.path.name)
        self.assertIn("cannot be read", self.refusal())
        self.path.unlink()
        self.path.symlink_to(self.path.parent / "not-mounted" / "file")
        self.assertIn("No such file or directory", self.refusal())
        self.path.unlink()
        self.path.write_bytes(b"[" * 60000)
        self.assertIn("cannot be read", self.refusal())
