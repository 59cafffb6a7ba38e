"""L{Interest}: which sockets wait for what, and what the kernel was asked for."""

from __future__ import annotations

import select
from typing import Any, TypeAlias
from weakref import ref

from twisted.internet.interfaces import IReactorFDSet

#: The part of a reactor that a transport needs: who calls it when its socket is ready.
Watch: TypeAlias = "Interest | IReactorFDSet"


class Interest:
    """The sockets in one epoll, by number; the reactor watches it while there are any."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = ref(reactor)
        self._epoll = select.epoll()
        self._readers: dict[int, Any] = {}
        self._writers: dict[int, Any] = {}
        #: Those that are not read, and whose end is watched.
        self._paused: dict[int, Any] = {}
        #: What the kernel was asked for, by number.
        self._masks: dict[int, int] = {}
        #: Numbers that came in since the kernel was asked what is ready, which it said of others then.
        self._fresh: set[int] = set()
        #: Numbers that are read again since then: whether bytes were there, the kernel was not asked.
        self._resumed: set[int] = set()

    def addReader(self, reader: Any) -> None:
        fd = reader.fileno()
        if self._readers.get(fd) is not reader:
            self._change(fd, self._masks.get(fd, 0) & select.EPOLLOUT | select.EPOLLIN)
            self._paused.pop(fd, None)
            self._readers[fd] = reader
            self._resumed.add(fd)

    def pauseReader(self, reader: Any, closes: bool = False) -> None:
        """Read it no more for now, and call its C{hung_up} when the other side has ended.

        C{hung_up} returns why it is over, and whether that concerns reading alone; with None in place
        of a reason there is still something to be read.

        @param closes: the end of the other side's bytes is the end of the connection.
        """
        fd = reader.fileno()
        if fd >= 0:
            mask = self._masks.get(fd, 0) & select.EPOLLOUT
            self._change(fd, mask | select.EPOLLRDHUP if closes else mask)
            self._readers.pop(fd, None)
            self._paused[fd] = reader

    def addWriter(self, writer: Any) -> None:
        fd = writer.fileno()
        if self._writers.get(fd) is not writer:
            self._change(fd, self._masks.get(fd, 0) | select.EPOLLOUT)
            self._writers[fd] = writer

    def removeReader(self, reader: Any) -> None:
        fd = reader.fileno()
        group = self._readers if self._readers.get(fd) is reader else self._paused
        if group.get(fd) is reader:
            del group[fd]
            self._remove(fd, self._masks[fd] & select.EPOLLOUT)

    def removeWriter(self, writer: Any) -> None:
        fd = writer.fileno()
        if self._writers.get(fd) is writer:
            del self._writers[fd]
            self._remove(fd, self._masks[fd] & ~select.EPOLLOUT)

    def watched(self) -> set[Any]:
        """All sockets that wait for something; none that is paused."""
        return {*self._readers.values(), *self._writers.values()}

    def _change(self, fd: int, mask: int) -> None:
        before = self._masks.get(fd)
        if before is not None:
            if before != mask:
                self._epoll.modify(fd, mask)
                self._masks[fd] = mask
            return
        self._epoll.register(fd, mask)
        self._masks[fd] = mask
        self._fresh.add(fd)
        reactor = self._reactor()
        if reactor is not None:
            # Each time: a test's reactor is swept clean of what the last test left.
            reactor.addReader(self)

    def _remove(self, fd: int, rest: int) -> None:
        if rest or fd in self._paused:
            self._change(fd, rest)
            return
        del self._masks[fd]
        self._epoll.unregister(fd)
        if not self._masks:
            reactor = self._reactor()
            if reactor is not None:
                reactor.removeReader(self)
