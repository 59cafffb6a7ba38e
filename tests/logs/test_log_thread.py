"""Tests for L{quorumha.logs.log_thread}, without a thread; real ones in tests/integration/test_logs.py."""

from __future__ import annotations

import errno
from collections.abc import Callable

from twisted.logger import Logger, LogPublisher, textFileLogObserver
from twisted.trial.unittest import SynchronousTestCase

from quorumha.logs.log_thread import LogWriter


class ListSink:
    """Notes what is written; may fail.

    @ivar failing: the error of the next writes; None: they succeed.
    """

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.failing: int | None = None
        self.opened = 0
        #: Whether somebody reads; called with the seconds that are waited.
        self.read: Callable[[float], bool] = lambda seconds: True

    def write(self, data: bytes) -> None:
        if self.failing is not None:
            raise OSError(self.failing, "no")
        self.written.append(data)

    def takes_more(self, seconds: float) -> bool:
        return self.read(seconds)

    def reopen(self) -> None:
        if self.failing is not None:
            raise OSError(self.failing, "no")
        self.opened += 1

    @property
    def text(self) -> str:
        return b"".join(self.written).decode()


class WriterTests(SynchronousTestCase):
    """What the thread would do is done by C{turn}."""

    def setUp(self) -> None:
        self.sink = ListSink()
        self.now = 0.0
        self.writer = LogWriter(self.sink, bound=20, seconds=lambda: self.now)
        self.threads: list[Callable[[], None]] = []

    def start(self) -> None:
        self.writer.start(self.threads.append)

    def test_at_once_before_the_start(self) -> None:
        """While there is no thread yet, nothing waits."""
        self.writer.write("one\n")
        self.assertEqual(self.sink.written, [b"one\n"])
        self.writer.end()

    def test_unread_before_the_start(self) -> None:
        """A pipe that nobody reads stops no start: a second in all, then lines are for the thread."""
        waited: list[float] = []

        def nobody(seconds: float) -> bool:
            waited.append(seconds)
            self.now += seconds
            return False

        def late(seconds: float) -> bool:
            waited.append(seconds)
            self.now += 0.25
            return True

        self.sink.read = late
        self.writer.write("one\n")
        self.sink.read = nobody
        self.writer.write("two\n")
        self.writer.write("three\n")
        self.assertEqual(waited, [1.0, 0.75])
        self.assertEqual(self.sink.text, "one\n")
        self.start()
        self.writer.write("four\n")
        self.writer.turn()
        self.assertEqual(self.sink.text, "one\ntwo\nthree\nfour\n")

    def test_in_pieces(self) -> None:
        """With the thread, who writes does not wait, and several lines are one write."""
        self.start()
        self.start()
        self.assertEqual(len(self.threads), 1)
        for _ in range(3):
            self.writer.write("one\n")
        self.assertEqual(self.sink.written, [])
        self.writer.turn()
        self.assertEqual(self.sink.written, [b"one\n" * 3])

    def test_dropped(self) -> None:
        """What does not fit is dropped, and counted where it is missing."""
        self.start()
        for number in range(10):
            self.writer.write(f"line{number}\n")
        self.writer.turn()
        self.writer.write("after\n")
        self.writer.turn()
        self.assertEqual(self.sink.text, "line0\nline1\nline2\n7 lines dropped\nafter\n")

    def test_a_full_disk(self) -> None:
        """What cannot be written is counted, and told once something can."""
        self.start()
        for failing in (errno.ENOSPC, errno.EPIPE, None):
            self.sink.failing = failing
            self.writer.write("one\n")
            self.writer.turn()
        self.assertEqual(self.sink.text, "2 lines dropped\none\n")

    def test_before_the_start_too(self) -> None:
        """A broken pipe is no reason to fail."""
        self.sink.failing = errno.EPIPE
        self.writer.write("one\n")
        self.sink.failing = None
        self.writer.write("two\n")
        self.assertEqual(self.sink.text, "1 lines dropped\ntwo\n")

    def test_reopened_behind(self) -> None:
        """What was logged before goes to the old file."""
        self.start()
        self.writer.write("old\n")
        self.writer.reopen()
        self.writer.write("new\n")
        self.assertEqual(self.sink.opened, 0)
        self.writer.turn()
        self.assertEqual((self.sink.text, self.sink.opened), ("old\n", 1))
        self.writer.turn()
        self.assertEqual((self.sink.text, self.sink.opened), ("old\nnew\n", 1))

    def test_cannot_be_reopened(self) -> None:
        """That is told where it can be."""
        self.start()
        self.sink.failing = errno.EACCES
        self.writer.reopen()
        self.writer.turn()
        self.sink.failing = None
        self.writer.write("on\n")
        self.writer.turn()
        self.assertEqual(self.sink.text, "1 lines dropped\non\n")

    def test_the_end_is_bounded(self) -> None:
        """What the thread does not write in time is left."""
        self.start()
        self.writer.write("one\n")
        self.writer.end(0.0)
        self.assertEqual(self.sink.written, [])
        self.writer.write("two\n")

    def test_observers_format(self) -> None:
        """Twisted's observers take it for a text file, whatever the text."""
        log = Logger("there", observer=LogPublisher(textFileLogObserver(self.writer)))
        log.info("é \ud800")
        self.assertIn("[there#info] é \\ud800\n", self.sink.text)
