"""Tests for L{quorumha.logs.sinks}."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import resource
import stat
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from quorumha.logs.sinks import FILE_SIZE, FILES, LogFile, Stream, sink_of, standard_output, write_all


class StreamTests(SynchronousTestCase):
    """What is open already."""

    def test_descriptor(self) -> None:
        """What the stream held back comes first."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        with open(writing, "w") as stream:
            stream.write("held ")
            sink = Stream(stream)
            sink.write(b"told")
            sink.reopen()
            self.assertEqual(os.read(reading, 100), b"held told")

    def test_without_descriptor(self) -> None:
        """A stream in memory."""
        stream = io.StringIO()
        Stream(stream).write("é".encode())
        self.assertEqual(stream.getvalue(), "é")

    def test_of_a_stream(self) -> None:
        """A file with a name is that file, and can be opened anew; anything else is a stream."""
        with open(self.mktemp(), "a") as stream:
            sink = sink_of(stream)
        assert isinstance(sink, LogFile)
        self.addCleanup(sink.close)
        self.assertIsInstance(sink, LogFile)
        self.assertIsInstance(sink_of(io.StringIO()), Stream)
        self.assertIsInstance(standard_output(), Stream)

    def test_takes_more(self) -> None:
        """A full pipe takes no more; one whose reader is gone makes nobody wait; memory neither."""
        reading, writing = os.pipe()
        with open(writing, "w") as stream:
            sink = Stream(stream)
            self.assertTrue(sink.takes_more(0))
            os.set_blocking(writing, False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writing, b"x" * 4096)
            self.assertFalse(sink.takes_more(0))
            os.close(reading)
            self.assertTrue(sink.takes_more(0))
        self.assertTrue(Stream(io.StringIO()).takes_more(0))

    def test_one_that_does_not_wait(self) -> None:
        """A pipe that somebody made non-blocking is waited for all the same, whatever its number."""
        reading, low = os.pipe()
        os.set_blocking(low, False)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
        # One that select(2) cannot take: the file may be opened anew when there are many connections.
        writing = fcntl.fcntl(low, fcntl.F_DUPFD, 1100)
        os.close(low)
        data = os.urandom(300_000)

        def write() -> None:
            with contextlib.closing(os.fdopen(writing, "wb")):
                write_all(writing, data)

        thread = threading.Thread(target=write)
        thread.start()
        with open(reading, "rb") as file:
            self.assertEqual(file.read(), data)
        thread.join()


class LogFileTests(SynchronousTestCase):
    """Files with numbers."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.path = self.folder / "log"

    def file(self, size: int = 10, files: int = 3) -> LogFile:
        file = LogFile(str(self.path), size=size, files=files)
        self.addCleanup(file.close)
        return file

    def there(self) -> dict[str, str]:
        return {one.name: one.read_text() for one in self.folder.iterdir()}

    def test_fifo(self) -> None:
        """Without a reader it is refused and not waited for; with one it is written to."""
        os.mkfifo(self.path)
        with self.assertRaises(OSError) as caught:
            self.file()
        self.assertEqual(caught.exception.errno, errno.ENXIO)
        reading = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reading)
        file = self.file()
        file.write(b"told")
        self.assertTrue(file.takes_more(0))
        self.assertEqual(os.read(reading, 10), b"told")

    def test_link_to_what_has_no_name(self) -> None:
        """As C{/dev/stdout}, which may be a pipe: it is opened by its link."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        if not os.path.exists(f"/proc/self/fd/{writing}"):
            raise SkipTest("there is no /proc")
        os.symlink(f"/proc/self/fd/{writing}", self.path)
        self.file().write(b"told")
        self.assertEqual(os.read(reading, 10), b"told")

    def test_usual(self) -> None:
        """Ten of ten megabytes."""
        self.assertEqual((FILE_SIZE, FILES), (10 * 1024 * 1024, 10))

    def test_rotates(self) -> None:
        """A line is never in two files, and the oldest goes."""
        file = self.file()
        for number in range(6):
            file.write(f"line {number}\n".encode())
        self.assertEqual(self.there(), {"log": "line 5\n", "log.1": "line 4\n", "log.2": "line 3\n"})

    def test_goes_on(self) -> None:
        """After a restart, with what is there; more files than there may be go."""
        self.path.write_text("12345678")
        for number in (1, 2, 3, 12):
            (self.folder / f"log.{number}").write_text(str(number))
        (self.folder / "log.old").write_text("mine")
        (self.folder / "log.01").write_text("mine")
        self.file().write(b"abc")
        expected = {"log": "abc", "log.1": "12345678", "log.2": "1", "log.old": "mine", "log.01": "mine"}
        self.assertEqual(self.there(), expected)

    def test_modes(self) -> None:
        """Its owner alone, whatever they were and whatever the umask; links are not followed."""
        other = self.folder / "other"
        for path in (self.path, self.folder / "log.1", other):
            path.write_text("x")
            path.chmod(0o644)
        (self.folder / "log.2").symlink_to(other)
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        file = self.file(files=4)
        for _ in range(2):
            file.write(b"1234567890")
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in self.folder.iterdir() if not p.is_symlink()}
        self.assertEqual({name for name, mode in modes.items() if mode != 0o600}, {"other"}, modes)

    def test_what_others_may_have_put_there(self) -> None:
        """In a folder where others make files, the superuser leaves owner and mode as they are."""
        if os.geteuid() != 0:
            raise SkipTest("only the superuser may be led to another user's file")
        self.folder.chmod(0o777)
        victim = self.folder / "victim"
        for path in (victim, self.folder / "log.1"):
            path.touch()
            path.chmod(0o644)
        self.path.hardlink_to(victim)
        file = LogFile(str(self.path), 1, 1)
        self.addCleanup(file.close)
        for path in (victim, self.folder / "log.1"):
            found = path.stat()
            self.assertEqual((found.st_uid, stat.S_IMODE(found.st_mode)), (0, 0o644))

    def test_moved_away(self) -> None:
        """Another program moved it: after it was opened anew, it is there again."""
        file = self.file(size=100)
        file.write(b"old\n")
        self.path.rename(self.folder / "kept")
        file.write(b"still old\n")
        file.reopen()
        file.write(b"new\n")
        self.assertEqual(self.there(), {"kept": "old\nstill old\n", "log": "new\n"})

    def test_through_a_link(self) -> None:
        """A link to it stays a link."""
        link = self.folder / "link"
        link.symlink_to("log")
        file = LogFile(str(link), size=10, files=3)
        self.addCleanup(file.close)
        for _ in range(2):
            file.write(b"12345678")
        self.assertTrue(link.is_symlink())
        self.assertEqual(sorted(self.there()), ["link", "log", "log.1"])

    def test_no_ordinary_file(self) -> None:
        """It is only written to."""
        file = LogFile("/dev/null", size=1, files=3)
        self.addCleanup(file.close)
        mode = os.stat("/dev/null").st_mode
        for _ in range(3):
            file.write(b"12345")
        self.assertEqual(os.stat("/dev/null").st_mode, mode)

    def test_cannot_be_moved(self) -> None:
        """Where no file can get a number, one takes as much as all together, and begins anew."""
        file = self.file()
        # What stands in the way of the second can be neither replaced nor removed.
        (self.folder / "log.1").mkdir()
        (self.folder / "log.1" / "x").touch()
        (self.folder / "log.2").mkdir()
        (self.folder / "log.2" / "x").touch()
        sizes = []
        for _ in range(12):
            file.write(b"1234567\n")
            sizes.append(self.path.stat().st_size)
        self.assertLessEqual(max(sizes), 40)
        self.assertGreater(max(sizes), 20)

    def test_cannot_be_opened(self) -> None:
        """The caller is told."""
        with self.assertRaises(OSError):
            LogFile(str(self.folder / "none" / "log"))
