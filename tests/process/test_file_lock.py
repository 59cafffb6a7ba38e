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
        release = lock_file(self.path)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertRaises(BlockingIOError, lock_file, self.path)
        release()
        lock_file(self.path)()

    def test_cannot_be_made(self) -> None:
        """As where its folder is missing."""
        self.assertRaises(FileNotFoundError, lock_file, self.path / "lock")
