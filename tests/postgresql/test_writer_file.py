"""Tests for L{quorumha.postgresql.writer_file}."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import ConfigError
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.postgresql.writer_file import WriterFile, read_writer, writer_path

SAVED = SavedWriter(3, "7", "10.0.0.1:5432")


class WriterFileTests(SynchronousTestCase):
    """L{WriterFile}."""

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        self.path = writer_path(str(folder), "main")
        self.clock, self.said = Clock(), list[str]()
        self.file = WriterFile(
            self.clock, self.path, SavedWriter(), lambda: self.said.append("written"), self.said.append
        )

    def test_kept(self) -> None:
        """What is written is read at the next start."""
        self.assertEqual(read_writer(self.path), SavedWriter())
        self.file.keep(SAVED)
        self.assertEqual((self.said, self.file.saved), (["written"], True))
        self.assertEqual(read_writer(self.path), SAVED)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_damaged(self) -> None:
        """It is refused, with what to do."""
        self.path.write_bytes(b"{}")
        error = self.assertRaises(ConfigError, read_writer, self.path)
        self.assertIn("remove the file", str(error))
        self.assertIn("database forget", str(error))
