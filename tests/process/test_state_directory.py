"""Tests for L{quorumha.process.state_directory}."""

from __future__ import annotations

import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.state_directory import make_directory


class StateDirectoryTests(SynchronousTestCase):
    """Where what is remembered is kept."""

    def test_directory_is_made(self) -> None:
        """With those around it, for our user alone; one that is there stays as it is."""
        folder = Path(self.mktemp()) / "a" / "b"
        for _ in range(2):
            self.assertIsNone(make_directory(folder))
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
            folder.chmod(0o755)
            make_directory(folder)
            self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o755)
            folder.chmod(0o700)

    def test_directory_cannot_be_made(self) -> None:
        """That is told, and no more."""
        file = Path(self.mktemp())
        file.touch()
        self.assertEqual(make_directory(file / "a"), "Not a directory")
