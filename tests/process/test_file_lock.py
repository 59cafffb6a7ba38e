"""Tests for L{quorumha.process.file_lock}."""

from __future__ import annotations

import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.file_lock import lock_file


class FileLockTests(SynchronousTestCase):
    """One file.  A second opening of it stands for another process: the kernel makes no difference."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def test_one_at_a_time(self) -> None:
        """Until it is given back; nobody else may read what is made."""
        lock = lock_file(self.path)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertRaises(BlockingIOError, lock_file, self.path)
        lock.release()
        lock_file(self.path).release()

    def test_cannot_be_made(self) -> None:
        """As where its folder is missing."""
        self.assertRaises(FileNotFoundError, lock_file, self.path / "lock")

    def test_removed(self) -> None:
        """Whoever looks for it then may have another one: it is worth nothing any more."""
        lock = lock_file(self.path)
        self.assertTrue(lock.in_place())
        self.path.unlink()
        self.assertFalse(lock.in_place())
        other = lock_file(self.path)
        self.assertEqual((lock.in_place(), other.in_place()), (False, True))
        lock.release()
        other.release()
