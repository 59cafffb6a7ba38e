"""L{Pipe}: the bytes in flight in one direction, and how that direction ended.

It stands for the buffers of both kernels together: bounded, ordered, and
readable after the writer is gone.
"""

from __future__ import annotations

from collections import deque

from quorumha.testing.http.chunking import Chunker


class Gauge:
    """A number of bytes, and the most it ever was.

    @ivar now: bytes held now, in all pipes and all write buffers together.
    @ivar most: the most that were held at any time; may be set to start anew.
    """

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    def add(self, size: int) -> None:
        """Count C{size} bytes more, or fewer where it is negative."""
        self.now += size
        self.most = max(self.most, self.now)


class Segments:
    """A queue of bytes that remembers where one write ended and the next began.

    @ivar size: bytes in it.
    """

    def __init__(self, gauge: Gauge) -> None:
        self.size = 0
        self._gauge = gauge
        self._parts: deque[bytes] = deque()

    def put(self, data: bytes) -> None:
        """Add at the end."""
        if data:
            self._parts.append(data)
            self.size += len(data)
            self._gauge.add(len(data))

    @property
    def first(self) -> int:
        """Bytes left of the oldest write."""
        return len(self._parts[0])

    def take(self, size: int) -> bytes:
        """Remove that many bytes, or all if there are fewer, from the front."""
        taken: list[bytes] = []
        wanted = min(size, self.size)
        self.size -= wanted
        self._gauge.add(-wanted)
        while wanted:
            part = self._parts.popleft()
            if len(part) > wanted:
                self._parts.appendleft(part[wanted:])
                part = part[:wanted]
            taken.append(part)
            wanted -= len(part)
        return b"".join(taken)

    def clear(self) -> None:
        """Forget everything."""
        self._parts.clear()
        self._gauge.add(-self.size)
        self.size = 0


class Pipe:
    """One direction between two transports.

    @ivar ended: the writer sent its FIN: after the bytes comes the end.
    @ivar broken: the writer sent a RST: after the bytes comes the break.
    @ivar carried: bytes that the reader has taken, since the beginning.
    """

    def __init__(self, capacity: int, chunker: Chunker, gauge: Gauge) -> None:
        self.ended = False
        self.broken = False
        self.carried = 0
        self._capacity = capacity
        self._chunker = chunker
        self._segments = Segments(gauge)

    @property
    def size(self) -> int:
        """Bytes in flight."""
        return self._segments.size

    @property
    def room(self) -> int:
        """Bytes that it takes before it is full."""
        return self._capacity - self._segments.size

    def put(self, data: bytes) -> None:
        """Add bytes; the caller looked at C{room} first."""
        self._segments.put(data)

    def take(self) -> bytes:
        """Remove the next piece, cut by the chunker."""
        available = self._segments.size
        size = self._chunker(self._segments.first, available)
        if not 1 <= size <= available:
            raise ValueError(f"the chunker asked for {size} of {available} bytes")
        piece = self._segments.take(size)
        self.carried += len(piece)
        return piece

    def clear(self) -> None:
        """Drop what is in flight: nobody will read it."""
        self._segments.clear()
