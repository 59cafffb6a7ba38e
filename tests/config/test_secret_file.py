"""Tests for L{quorumha.config.secret_file}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.secret_file import read_secret_file


class SecretFileTests(SynchronousTestCase):
    """Who may read it."""

    def secret(self, mode: int) -> str:
        """The name of a file of this mode."""
        path = Path(self.mktemp())
        path.write_bytes(b"very secret\n")
        os.chmod(path, mode)
        return str(path)

    def test_owner_alone(self) -> None:
        """All that is in it, as it is."""
        for mode in (0o600, 0o400):
            self.assertEqual(read_secret_file(self.secret(mode)), b"very secret\n")

    def test_others(self) -> None:
        """Whatever others may do with it; nothing of it is shown."""
        for mode in (0o640, 0o604, 0o620, 0o601):
            error = self.assertRaises(ValueError, read_secret_file, self.secret(mode))
            self.assertEqual(str(error), f"its mode is {mode:o}, so others may read it; chmod 600")

    def test_none(self) -> None:
        """Nor what is no file."""
        error = self.assertRaises(ValueError, read_secret_file, "/nowhere")
        self.assertEqual(str(error), "No such file or directory")
