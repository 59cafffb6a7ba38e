"""L{watch_of}: who calls our transports when their sockets are ready.

Twisted's reactor wraps every event in a logging context, two calls and several look-ups, which for a small
message costs more than reading it.  So the reactor watches one reader, a L{Poller}: an epoll of our own,
which reports an end as the reactor does.  Without epoll, or on a reactor that watches no descriptors (a
test's), the reactor does it itself.  What is lost: legacy log messages made below all have the same
C{system}.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable
from typing import Any, cast
from weakref import WeakKeyDictionary

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadDescriptor
from twisted.internet.posixbase import PosixReactorBase
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.interest import Interest, Watch

log = Logger()

#: What the kernel says of an other side that has ended; the last of it only where it is asked for.
_OVER = select.EPOLLERR | select.EPOLLHUP | select.EPOLLRDHUP if hasattr(select, "epoll") else 0

_DONE = Failure(ConnectionDone())
_LOST = Failure(ConnectionLost())


def watch_of(reactor: Any) -> Watch:
    """The reactor's poller, the same one each time; or the reactor itself."""
    found = _watches.get(reactor)
    if found is None:
        if not hasattr(select, "epoll") or not isinstance(reactor, PosixReactorBase):
            return cast(Watch, reactor)
        found = _watches[reactor] = Poller(reactor)
    return found


def before_reading(reactor: Any, call: Callable[[], object]) -> Callable[[], None]:
    """Have it called before anything is read in a turn: it is for each of them, so cheap.

    After a process stood still, bytes go by before what was due meanwhile is done: a reactor's delayed calls
    come after its sockets.  Where no poller reads, nobody calls it.

    @return: call it to have it called no more.
    """
    watch = watch_of(reactor)
    return watch.before_reading(call) if isinstance(watch, Poller) else lambda: None


@implementer(IReadDescriptor)
class Poller(Interest):
    """One epoll for many sockets, which lives as long as the reactor: a proxy's connections come and go.

    All that are ready are served once, then the reactor has its turn: a limit that is judged between two
    turns of the reactor knows what lies in every socket.  Who is paused is watched for its end.

    A descriptor that is closed must be taken out before, by its owner.  Its number may be given to
    another socket at once, in the middle of a batch; what the batch still says about that number
    is old then, and nobody is called.
    """

    def __init__(self, reactor: Any) -> None:
        super().__init__(reactor)
        #: Those that end when the batch has been served, and why.
        self._ending: list[tuple[Any, Failure]] = []
        self._serving = False
        #: What is called before anything is read.
        self._before: list[Callable[[], object]] = []

    def before_reading(self, call: Callable[[], object]) -> Callable[[], None]:
        """Have it called before each batch is served; see the function of this name."""
        self._before.append(call)
        return lambda: self._before.remove(call)

    def fileno(self) -> int:
        """The epoll's own descriptor: readable when any of those in it is ready."""
        return self._epoll.fileno()

    def logPrefix(self) -> str:
        return "quorumha"

    def doRead(self) -> None:
        """Serve those that are ready.  What one of them raises ends that one, and no other."""
        if self._before:
            self._call_before()
        readers, fresh = self._readers, self._fresh
        fresh.clear()
        self._resumed.clear()
        ready = self._epoll.poll(0, len(self._masks) or 1)
        self._serving = True
        one: Any = None
        try:
            for fd, event in ready:
                if fd in fresh:
                    continue
                try:
                    one = readers.get(fd)
                    if event == select.EPOLLIN:
                        # Nearly all of them.
                        if one is not None:
                            why = one.doRead()
                            if why:
                                self._end(one, why, reading=True)
                    else:
                        self._serve(fd, event)
                except BaseException as error:
                    self._failed(fd, one, error)
        finally:
            self._serving = False
        if self._ending:
            ending, self._ending = self._ending, []
            for one, reason in ending:
                self._notify_lost(one.connectionLost, reason)

    def _call_before(self) -> None:
        for call in tuple(self._before):
            try:
                call()
            except Exception as error:
                self._log(error)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops, and has released everything."""
        for one in {*self.watched(), *self._paused.values()}:
            self._notify_lost(one.connectionLost, reason)

    def _serve(self, fd: int, event: int) -> None:
        """As Twisted's C{_doReadOrWrite}: a hang-up counts once there is nothing left to read."""
        reader = self._readers.get(fd)
        if reader is None and fd in self._paused:
            if event & _OVER and self._serve_paused(fd, self._paused[fd], event):
                return
        elif not event & select.EPOLLIN and event & (select.EPOLLHUP | select.EPOLLERR):
            if fd in self._resumed:
                # It was paused when the kernel said so. Bytes may lie there: the next turn hears of them.
                return
            if reader is not None:
                self._end(reader, ConnectionDone(), reading=True)
            elif fd in self._writers:
                self._end(self._writers[fd], ConnectionLost(), reading=False)
            return
        if reader is not None and event & select.EPOLLIN:
            why = reader.doRead()
            if why:
                self._end(reader, why, reading=True)
                return
        if not event & select.EPOLLOUT or fd in self._fresh:
            return
        # The process may have stood still in the midst of a batch, too.
        self._call_before()
        writer = self._writers.get(fd)
        if writer is not None and fd not in self._fresh:
            why = writer.doWrite()
            if why:
                self._end(writer, why, reading=False)

    def _serve_paused(self, fd: int, one: Any, event: int) -> bool:
        """The other side of one that is not read has ended, or is gone; say whether that was all."""
        if event & select.EPOLLERR or (event & select.EPOLLHUP and fd in self._writers):
            # Reset; or closed, and what waits for it will never be taken.
            self._end(one, ConnectionLost(), reading=False)
            return True
        why, reading = one.hung_up()
        if why is not None:
            self._end(one, why, reading=reading)
            return True
        # There are bytes before the end: they are read first, and the kernel would say so without end.
        if event & select.EPOLLHUP:
            self.removeReader(one)
            return True
        self._change(fd, self._masks[fd] & ~select.EPOLLRDHUP)
        return False

    def _failed(self, fd: int, one: Any, error: BaseException) -> None:
        """What it raised ends it, whatever it was, and however broken it is."""
        self._log(error)
        if fd in self._fresh:
            # Its number has another owner already.
            return
        one = one or self._writers.get(fd) or self._paused.get(fd)
        try:
            if one is not None:
                self._end(one, error, reading=False)
        except BaseException as again:
            self._log(again)
            self._drop(fd)

    def _drop(self, fd: int) -> None:
        """Know nothing of a number any more."""
        for group in (self._readers, self._writers, self._paused, self._masks):
            group.pop(fd, None)
        with contextlib.suppress(OSError, ValueError):
            self._epoll.unregister(fd)

    def _log(self, error: BaseException) -> None:
        with contextlib.suppress(BaseException):
            log.failure("a protocol failed; its connection is ended", Failure(error))

    def _end(self, one: Any, why: BaseException, *, reading: bool) -> None:
        """As Twisted's C{_disconnectSelectable}."""
        if reading and type(why) is ConnectionDone and IHalfCloseableDescriptor.providedBy(one):
            self._end_reading(one)
            return
        self.removeReader(one)
        self.removeWriter(one)
        kind = type(why)
        reason = _DONE if kind is ConnectionDone else _LOST if kind is ConnectionLost else Failure(why)
        self._notify_lost(one.connectionLost, reason)

    def _end_reading(self, one: Any) -> None:
        fd = one.fileno()
        try:
            one.readConnectionLost(_DONE)
        except BaseException as error:
            self._log(error)
            self._end(one, error, reading=False)
            return
        if self._readers.get(fd) is one:
            # It goes on writing: that it is gone is still news.
            self.pauseReader(one)

    def _notify_lost(self, lost: Any, reason: Failure) -> None:
        try:
            lost(reason)
        except BaseException as error:
            self._log(error)

    def end_soon(self, one: Any, reason: Failure) -> bool:
        """Call C{connectionLost} when this batch has been served; say whether one is."""
        if self._serving:
            self._ending.append((one, reason))
        return self._serving


_watches: WeakKeyDictionary[Any, Poller] = WeakKeyDictionary()
