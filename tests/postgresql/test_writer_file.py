"""Tests for L{quorumha.postgresql.writer_file}."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.saved_writer import DISK, read_writer, writer_path
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.postgresql.writer_file import WriterFile
from tests.postgresql.group_fixture import ThreadClock

SAVED = SavedWriter(3, "7", "10.0.0.1:5432")
LATER = SavedWriter(4, "7", "10.0.0.2:5432")


class WriterFileTests(SynchronousTestCase):
    """L{WriterFile}; a disk that fails: test_writer_group."""

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        self.path = writer_path(str(folder), "main")
        self.clock, self.said = Clock(), list[str]()
        self.found: list[SavedWriter] = []
        self.file = self.writer()
        self.addCleanup(self.file.stop)

    def writer(self, clock: Clock | None = None) -> WriterFile:
        """One process's, that has read what is there now; it notes what it says."""
        written = lambda again: self.said.append("again" if again else "written")  # noqa: E731  # short
        told = written, self.said.append, self.found.append
        return WriterFile(clock or self.clock, self.path, read_writer(self.path), *told)

    def test_kept(self) -> None:
        """What is written is read at the next start; nothing goes on after that."""
        self.assertEqual(read_writer(self.path), SavedWriter())
        self.file.keep(SAVED)
        self.assertEqual((self.said, self.file.saved), (["written"], True))
        self.assertEqual(read_writer(self.path), SAVED)
        self.file.keep(SAVED)
        self.assertEqual((self.said, self.clock.getDelayedCalls()), (["written"], []))

    def test_cannot_be_written(self) -> None:
        """It is tried again each second, and said once; then it is written."""
        self.path.mkdir()
        self.file.keep(SAVED)
        self.assertEqual((self.file.saved, self.file.late), (False, False))
        self.clock.pump([1.0, 1.0])
        self.assertEqual((len(self.said), self.file.late), (1, True))
        self.path.rmdir()
        self.clock.advance(1.0)
        self.assertEqual(self.said, ["it is not a file", "again"])
        self.assertEqual((self.file.saved, self.file.late, self.file.reason), (True, False, ""))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_stopped(self) -> None:
        """It tries no more."""
        self.path.mkdir()
        self.file.keep(SAVED)
        self.file.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_goes_on_after_a_stop(self) -> None:
        """What could not be written until then is tried again once it is used again."""
        self.path.mkdir()
        self.file.keep(SAVED)
        self.file.stop()
        self.path.rmdir()
        self.file.keep(SAVED)
        self.clock.advance(1.0)
        self.assertTrue(self.file.saved)
        self.assertEqual((read_writer(self.path), self.clock.getDelayedCalls()), (SAVED, []))

    def test_two_processes(self) -> None:
        """The first one writes.  The other one says why it does not, and takes over once that has ended: it
        is told what was written since it read the file.
        """
        self.file.keep(SAVED)
        other = self.writer()
        self.addCleanup(other.stop)
        other.keep(SAVED)
        self.assertEqual((other.saved, self.said), (False, ["written"]))
        self.clock.advance(1.0)
        self.assertIn("another process writes it", self.said[1])
        self.assertTrue(other.late)
        self.file.keep(LATER)
        self.assertEqual((read_writer(self.path), other.saved), (LATER, False))
        self.file.stop()
        self.clock.advance(1.0)
        self.assertEqual(self.found, [LATER])
        self.assertEqual((other.saved, other.late, other.reason), (True, False, ""))
        self.assertEqual(read_writer(self.path), SAVED, "it was told, and keeps what it was to keep")

    def test_lock_removed(self) -> None:
        """Somebody removes the lock, and another process writes: the first one overwrites nothing of that."""
        self.file.keep(SAVED)
        self.path.with_suffix(".lock").unlink()
        other = self.writer()
        other.keep(LATER)
        self.file.keep(SavedWriter(3, "7"))
        self.assertEqual((self.file.saved, read_writer(self.path)), (False, LATER))
        self.clock.advance(1.0)
        self.assertIn("another process writes it", self.said[-1])
        other.stop()
        self.clock.advance(1.0)
        self.assertEqual((self.found, self.file.saved), ([LATER], True))
        self.file.stop()

    def test_lock_removed_alone(self) -> None:
        """Nobody else has one: it is made again at once."""
        self.file.keep(SAVED)
        self.path.with_suffix(".lock").unlink()
        self.file.keep(LATER)
        self.assertEqual((self.said, read_writer(self.path)), (["written", "written"], LATER))
        self.assertRaises(BlockingIOError, DISK.lock, self.path)

    def test_no_news(self) -> None:
        """Whoever takes over is not told what it has read itself."""
        self.file.keep(SAVED)
        self.file.stop()
        other = self.writer()
        self.addCleanup(other.stop)
        other.keep(SAVED)
        self.assertEqual((self.found, other.saved), ([], True))

    def test_damaged_meanwhile(self) -> None:
        """It is not overwritten: what stood there is lost, and that is for a person to know."""
        self.path.write_bytes(b"{}")
        self.file.keep(SAVED)
        self.clock.advance(1.0)
        self.assertIn("it is not of version 1", self.said[0])
        self.path.unlink()
        self.clock.advance(1.0)
        self.assertEqual((read_writer(self.path), self.said[1:]), (SAVED, ["again"]))

    def test_stopped_while_it_is_written(self) -> None:
        """Nobody else writes before that stands there, and nobody is told of it any more."""
        clock = ThreadClock()
        file = self.writer(clock)
        file.keep(SAVED)
        clock.work()
        file.stop()
        self.assertRaises(BlockingIOError, DISK.lock, self.path)
        clock.work()
        DISK.lock(self.path).release()
        self.assertEqual((read_writer(self.path), self.said), (SAVED, []))

    def test_stopped_before_it_is_locked(self) -> None:
        """It has nothing any more."""
        clock = ThreadClock()
        file = self.writer(clock)
        file.keep(SAVED)
        file.stop()
        clock.work()
        DISK.lock(self.path).release()
        self.assertEqual((clock.waiting, self.said), ([], []))

    def test_stopped_while_it_is_locked(self) -> None:
        """What it found there was looked at by nobody: that is told when it is used again."""
        clock = ThreadClock()
        file = self.writer(clock)
        self.file.keep(LATER)
        self.file.stop()
        file.keep(SAVED)
        file.stop()
        clock.work()
        file.keep(SAVED)
        self.addCleanup(file.stop)
        clock.work()
        self.assertEqual(self.found, [LATER])

    def test_a_bug_of_who_is_told(self) -> None:
        """Is logged at once."""
        file = WriterFile(self.clock, self.path, SavedWriter(), self.bug, self.said.append, self.found.append)
        self.addCleanup(file.stop)
        file.keep(SAVED)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def bug(self, again: bool) -> None:
        """Raise."""
        raise ZeroDivisionError
