"""Tests for L{quorumha.process.in_thread}."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorThreads
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from quorumha.process.in_thread import in_thread


class ThreadTests(SynchronousTestCase):
    def test_thread(self) -> None:
        """In a thread where there are any."""

        @implementer(IReactorThreads)
        class Threads:
            """Its thread pool is at once."""

            def getThreadPool(self) -> Threads:
                return self

            def callInThreadWithCallback(self, done: Any, call: Any, *arguments: Any) -> None:
                done(True, call(*arguments))

            def callFromThread(self, call: Any, *arguments: Any) -> None:
                call(*arguments)

        self.assertEqual(self.successResultOf(in_thread(object())(lambda: 1)), 1)
        self.assertEqual(self.successResultOf(in_thread(Threads())(lambda: 2)), 2)

    def test_no_thread(self) -> None:
        """The system gives none: that is a failure as any other, for whoever waits for the end of it."""

        @implementer(IReactorThreads)
        class Threads:
            def getThreadPool(self) -> Threads:
                return self

            def callInThreadWithCallback(self, done: Any, call: Any, *arguments: Any) -> None:
                raise RuntimeError("can't start new thread")

        self.failureResultOf(in_thread(Threads())(lambda: 1), RuntimeError)
