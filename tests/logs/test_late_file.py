"""Tests for L{quorumha.logs.late_file}."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.logs.late_file import LateFile


class LateFileTests(SynchronousTestCase):
    """A file that is opened by the first piece."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.path = self.folder / "access.jsonl"
        self.failures: list[OSError] = []
        self.file = LateFile(str(self.path), self.failures.append)
        self.addCleanup(self.file.close)

    def test_later(self) -> None:
        """Its folder is missing; then it is there."""
        self.file.reopen()
        self.assertTrue(self.file.takes_more(0.0))
        with self.assertRaises(OSError):
            self.file.write(b"a\n")
        self.assertEqual(len(self.failures), 1)
        self.folder.mkdir()
        self.file.write(b"b\n")
        self.assertTrue(self.file.takes_more(0.0))
        self.assertEqual(self.path.read_bytes(), b"b\n")
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)

    def test_cannot_be_opened_anew(self) -> None:
        """Nothing but lines is ever in it: that it cannot be is said elsewhere, and each piece tries it."""
        self.folder.mkdir()
        self.file.write(b"a\n")
        moved = self.folder.with_name("moved")
        os.rename(self.folder, moved)
        self.file.reopen()
        with self.assertRaises(OSError):
            self.file.write(b"b\n")
        self.assertEqual(len(self.failures), 1)
        self.folder.mkdir()
        self.file.write(b"c\n")
        self.assertEqual(self.path.read_bytes(), b"c\n")
        self.assertEqual((moved / "access.jsonl").read_bytes(), b"a\n")

    def test_moved(self) -> None:
        """Another program moves it; then it is opened anew."""
        self.folder.mkdir()
        self.file.write(b"a\n")
        os.rename(self.path, self.folder / "old")
        self.file.reopen()
        self.file.write(b"b\n")
        self.assertEqual(self.path.read_bytes(), b"b\n")
        self.assertEqual((self.folder / "old").read_bytes(), b"a\n")
