"""L{watch_of}: who tells plain transports that their sockets are ready.

Twisted's reactor wraps every event in a logging context, two calls and several look-ups, which for a
small message costs more than reading it.  So the sockets are watched by an epoll of our own, which the
reactor watches as one reader: a L{Poller}.  An end is told as Twisted's reactor tells it.

Without epoll, or on a reactor that watches no descriptors (a test's), the reactor does it itself.

What is lost: legacy log messages made below all have the same C{system}.  Events of
L{twisted.logger} name their own namespace and lose nothing.
"""

from __future__ import annotations

import select
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary, ref

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadDescriptor
from twisted.internet.posixbase import PosixReactorBase
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

log = Logger()

#: Sockets that are served before the reactor has its turn again: delayed calls and
#: everybody else wait for no more than these.
BATCH = 128

_DONE = Failure(ConnectionDone())
_LOST = Failure(ConnectionLost())


class Watch(Protocol):
    """The part of a reactor that a transport needs in order to be told."""

    def addReader(self, reader: Any) -> None:
        """Call its C{doRead} when there is something to read."""

    def addWriter(self, writer: Any) -> None:
        """Call its C{doWrite} when the kernel takes bytes."""

    def removeReader(self, reader: Any) -> None:
        """No more; it need not be there."""

    def removeWriter(self, writer: Any) -> None:
        """No more; it need not be there."""


def watch_of(reactor: Any) -> Watch:
    """The reactor's poller, the same one each time; or the reactor itself."""
    found = _watches.get(reactor)
    if found is None:
        if not hasattr(select, "epoll") or not isinstance(reactor, PosixReactorBase):
            return cast(Watch, reactor)
        found = _watches[reactor] = Poller(reactor)
    return found


@implementer(IReadDescriptor)
class Poller:
    """One epoll for many sockets.

    It is in the reactor while it watches any, so that an idle reactor is as clean as it
    would be without.  The epoll itself lives as long as the reactor: a proxy's connections come and go.

    A descriptor that is closed must be taken out before, by its owner.  Its number may be given to
    another socket at once, in the middle of a batch; what the batch still says about that number
    is old then, and nobody is told.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = ref(reactor)
        self._epoll = select.epoll()
        self._readers: dict[int, Any] = {}
        self._writers: dict[int, Any] = {}
        #: Numbers that came in since the kernel was asked.
        self._fresh: set[int] = set()
        #: Those that end when the batch has been served, and why.
        self._ending: list[tuple[Any, Failure]] = []
        self._serving = False

    # For the reactor.

    def fileno(self) -> int:
        """The epoll's own descriptor: readable when any of those in it is ready."""
        return self._epoll.fileno()

    def logPrefix(self) -> str:
        """What legacy log messages made below begin with."""
        return "quorumha"

    def doRead(self) -> None:
        """Serve those that are ready.  What one of them raises ends that one, and no other."""
        readers, fresh = self._readers, self._fresh
        fresh.clear()
        ready = self._epoll.poll(0, BATCH)
        self._serving = True
        for fd, event in ready:
            if fd in fresh:
                continue
            if event == select.EPOLLIN:
                # Nearly all of them.
                one = readers.get(fd)
                if one is not None:
                    try:
                        why = one.doRead()
                    except BaseException as error:
                        why = self._bug(error)
                    if why:
                        self._end(one, why, reading=True)
            else:
                self._serve(fd, event)
        self._serving = False
        if self._ending:
            ending, self._ending = self._ending, []
            for one, reason in ending:
                self._tell(one.connectionLost, reason)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor stops, and has let go of everything."""
        for one in self.watched():
            self._tell(one.connectionLost, reason)

    def _serve(self, fd: int, event: int) -> None:
        """As Twisted's C{_doReadOrWrite}: a hang-up counts once there is nothing left to read."""
        reader = self._readers.get(fd)
        if not event & select.EPOLLIN and event & (select.EPOLLHUP | select.EPOLLERR):
            if reader is not None:
                self._end(reader, ConnectionDone(), reading=True)
            elif fd in self._writers:
                self._end(self._writers[fd], ConnectionLost(), reading=False)
            return
        why: BaseException | None = None
        if reader is not None and event & select.EPOLLIN:
            try:
                why = reader.doRead()
            except BaseException as error:
                why = self._bug(error)
            if why:
                self._end(reader, why, reading=True)
                return
        writer = self._writers.get(fd)
        if writer is not None and event & select.EPOLLOUT and fd not in self._fresh:
            try:
                why = writer.doWrite()
            except BaseException as error:
                why = self._bug(error)
            if why:
                self._end(writer, why, reading=False)

    def _bug(self, error: BaseException) -> BaseException:
        log.failure("a protocol failed; its connection is ended")
        return error

    def _end(self, one: Any, why: BaseException, *, reading: bool) -> None:
        """As Twisted's C{_disconnectSelectable}."""
        self.removeReader(one)
        if reading and type(why) is ConnectionDone and IHalfCloseableDescriptor.providedBy(one):
            self._tell(one.readConnectionLost, _DONE)
            return
        self.removeWriter(one)
        kind = type(why)
        reason = _DONE if kind is ConnectionDone else _LOST if kind is ConnectionLost else Failure(why)
        self._tell(one.connectionLost, reason)

    def _tell(self, lost: Any, reason: Failure) -> None:
        try:
            lost(reason)
        except BaseException as error:
            self._bug(error)

    # For transports.

    def addReader(self, reader: Any) -> None:
        """See L{Watch}."""
        fd = reader.fileno()
        if self._readers.get(fd) is not reader:
            self._add(fd, fd in self._writers, select.EPOLLIN)
            self._readers[fd] = reader

    def addWriter(self, writer: Any) -> None:
        """See L{Watch}."""
        fd = writer.fileno()
        if self._writers.get(fd) is not writer:
            self._add(fd, fd in self._readers, select.EPOLLOUT)
            self._writers[fd] = writer

    def removeReader(self, reader: Any) -> None:
        """See L{Watch}."""
        fd = reader.fileno()
        if self._readers.get(fd) is reader:
            del self._readers[fd]
            self._remove(fd, fd in self._writers, select.EPOLLOUT)

    def removeWriter(self, writer: Any) -> None:
        """See L{Watch}."""
        fd = writer.fileno()
        if self._writers.get(fd) is writer:
            del self._writers[fd]
            self._remove(fd, fd in self._readers, select.EPOLLIN)

    def end_soon(self, one: Any, reason: Failure) -> bool:
        """Call C{connectionLost} when this batch has been served.

        @return: whether it will; not, when none is.
        """
        if self._serving:
            self._ending.append((one, reason))
        return self._serving

    def watched(self) -> set[Any]:
        """Everyone who is told of anything."""
        return {*self._readers.values(), *self._writers.values()}

    def _add(self, fd: int, known: bool, event: int) -> None:
        if known:
            self._epoll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
            return
        self._epoll.register(fd, event)
        self._fresh.add(fd)
        reactor = self._reactor()
        if reactor is not None:
            # Each time: a test's reactor is swept clean of what the last test left.
            reactor.addReader(self)

    def _remove(self, fd: int, known: bool, rest: int) -> None:
        if known:
            self._epoll.modify(fd, rest)
            return
        self._epoll.unregister(fd)
        if not self._readers and not self._writers:
            reactor = self._reactor()
            if reactor is not None:
                reactor.removeReader(self)


_watches: WeakKeyDictionary[Any, Poller] = WeakKeyDictionary()
