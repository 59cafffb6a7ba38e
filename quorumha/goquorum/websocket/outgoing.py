"""L{Outgoing}: what goes to one client, and what waits while it does not read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define, field

from quorumha.http.wire.contracts import ResponseSink


@define(eq=False)
class Outgoing:
    """Writes to one client, in order.

    @ivar limit: bytes that may wait.
    @ivar too_slow: called when more would: nothing that waited is there any more.
    @ivar paused: the client does not take what was written.
    @ivar size: bytes that wait.
    """

    sink: ResponseSink
    limit: int
    too_slow: Callable[[], object]
    paused: bool = False
    size: int = 0
    _waiting: deque[bytes] = field(factory=deque, init=False)

    def write(self, data: bytes) -> None:
        """Write a frame, or let it wait."""
        if not self.paused and not self._waiting:
            # It says at once if that is too much for now.
            self.sink.response_data(data)
            return
        self._waiting.append(data)
        self.size += len(data)
        if self.size > self.limit:
            self.clear()
            self.too_slow()

    def write_now(self, data: bytes) -> None:
        """Write the last frame, whatever the client takes."""
        self.clear()
        self.sink.response_data(data)

    def resume(self) -> None:
        """The client took what was written."""
        self.paused = False
        while self._waiting and not self.paused:
            data = self._waiting.popleft()
            self.size -= len(data)
            self.sink.response_data(data)

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self.size = 0
