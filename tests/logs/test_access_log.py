"""Tests for L{quorumha.logs.access_log}: batches, what is dropped, and the end."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.logs.access_log import ACCESS_BOUND, GATHERED, AccessLog
from quorumha.logs.sinks import Sink, Stream
from tests.logs.test_access_line import DONE


class FullDisk:
    """A sink that takes nothing until there is room."""

    def __init__(self) -> None:
        self.room = False
        self.written: list[bytes] = []
        self.reopened = 0

    def write(self, data: bytes) -> None:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.written.append(data)

    def takes_more(self, seconds: float) -> bool:
        return True

    def reopen(self) -> None:
        self.reopened += 1

    def close(self) -> None:
        """Nothing is to be done."""


class AccessLogTests(SynchronousTestCase):
    """The turns of the thread are the test's."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.dropped = 0
        self.stream = io.StringIO()

    def made(self, sink: Sink | None = None) -> AccessLog:
        def drop(count: int) -> None:
            self.dropped += count

        begin: Callable[[Callable[[], None]], object] = lambda run: None  # noqa: E731  # short
        sink = Stream(self.stream) if sink is None else sink
        return AccessLog(self.clock, sink, lambda: 1.0, drop, begin)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def test_batches(self) -> None:
        """Lines of a quarter of a second are written together."""
        log = self.made()
        log(DONE)
        log(evolve(DONE, id="abc-2"))
        self.clock.advance(GATHERED / 2)
        self.assertFalse(log.writer.waiting)
        self.clock.advance(GATHERED / 2)
        self.assertTrue(log.writer.waiting)
        log.writer.turn()
        self.assertEqual([json.loads(line)["id"] for line in self.lines()], ["abc-1", "abc-2"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_nothing(self) -> None:
        """What has no line costs no call."""
        log = self.made()
        log(object())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_bound(self) -> None:
        """A disk that hangs: so much waits, the rest is dropped, counted, and marked where it is missing."""
        log = self.made()
        fact = evolve(DONE, error="x" * 10_000)
        count = 2 * ACCESS_BOUND // 10_000
        for _ in range(count):
            log(fact)
        log.hand_over()
        self.assertGreater(self.dropped, count // 3)
        while log.writer.waiting:
            log.writer.turn()
        lines = self.lines()
        self.assertEqual(len(lines) - 1, count - self.dropped)
        self.assertEqual(json.loads(lines[-1])["dropped"], self.dropped)
        self.assertLess(len(self.stream.getvalue()), ACCESS_BOUND + 200)

    def test_full_disk(self) -> None:
        """Lines are dropped and counted, nothing is raised; and it goes on when there is room."""
        disk = FullDisk()
        log = self.made(disk)
        for _ in range(3):
            log(DONE)
        log.hand_over()
        log.writer.turn()
        self.assertEqual((self.dropped, disk.written), (3, []))
        disk.room = True
        log(DONE)
        log.hand_over()
        log.writer.turn()
        missing, line = b"".join(disk.written).splitlines()
        self.assertEqual((json.loads(missing)["dropped"], json.loads(line)["id"]), (3, "abc-1"))
        self.assertEqual(self.dropped, 3)

    def test_reopen(self) -> None:
        """Behind the lines that are there."""
        disk = FullDisk()
        disk.room = True
        log = self.made(disk)
        log(DONE)
        log.reopen()
        log.writer.turn()
        self.assertEqual((len(disk.written), disk.reopened), (1, 1))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_errors_only(self) -> None:
        log = self.made()
        log.errors_only = True
        log(DONE)
        log(evolve(DONE, status=404))
        log.hand_over()
        log.writer.turn()
        self.assertEqual([json.loads(line)["status"] for line in self.lines()], [404])


class ThreadTests(SynchronousTestCase):
    """With the thread."""

    def test_end(self) -> None:
        """All is written at the end."""
        stream = io.StringIO()
        log = AccessLog(Clock(), Stream(stream), lambda: 1.0, lambda count: None)
        log(DONE)
        log.end(10.0)
        self.assertEqual(len(stream.getvalue().splitlines()), 1)
