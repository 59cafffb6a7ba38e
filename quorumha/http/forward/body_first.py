"""L{BodyFirstExchange}: how a request is forwarded depends on the beginning of its body."""

from __future__ import annotations

from collections.abc import Callable

from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import Exchange, Forwarder, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead


class BodyFirstExchange:
    """An L{Exchange<quorumha.http.wire.contracts.Exchange>} that begins when enough of the body is there.

    Subclasses say in L{look} when that is, and call L{begin}, or L{prepare} and L{go}.
    """

    def __init__(self, head: RequestHead, client: Client, sink: ResponseSink, target: bytes | None) -> None:
        self._head = head
        self._client = client
        self._sink = sink
        self._target = target
        self._data = bytearray()
        self._complete = False
        self._on_complete: Callable[[ForwardedRequest], None] | None = None
        self._inner: Exchange | None = None
        self._over = False

    def look(self, beginning: bytearray, complete: bool) -> None:
        """Look at what is there of the body, and begin if that is enough.

        @param beginning: all that has come; not to be changed.
        @param complete: that is all.
        """
        raise NotImplementedError

    def prepare(self, way: Forwarder) -> None:
        """This is the way, but it is not the time yet: what comes of the body is kept there.

        The time for the whole request runs from now on as if it had begun.
        """
        inner = self._inner = way.forward(self._head, self._client, self._sink, self._target)
        data, self._data = bytes(self._data), bytearray()
        if data:
            inner.body_data(data)
            if self._complete:
                inner.body_end()

    def go(self, on_complete: Callable[[ForwardedRequest], None] | None = None) -> None:
        """It is the time.

        @param settled: in place of the one that L{start} was given.
        """
        assert self._inner is not None
        self._inner.start(b"", self._complete, on_complete or self._on_complete)

    def begin(self, way: Forwarder, on_complete: Callable[[ForwardedRequest], None] | None = None) -> None:
        """This is the way, and it is the time."""
        inner = self._inner = way.forward(self._head, self._client, self._sink, self._target)
        data, self._data = bytes(self._data), bytearray()
        inner.start(data, self._complete, on_complete or self._on_complete)

    # What downstream does.

    @property
    def done(self) -> bool:
        """The answer, or the error, went down whole."""
        return self._over if self._inner is None else self._inner.done

    @property
    def streams(self) -> bool:
        """See L{ForwardedRequest.streams}."""
        return self._inner is not None and self._inner.streams

    def start(
        self, data: bytes, complete: bool, on_complete: Callable[[ForwardedRequest], None] | None = None
    ) -> None:
        """See L{ForwardedRequest.start}."""
        self._on_complete = on_complete
        self._complete = complete
        self._data += data
        self.look(self._data, complete)

    def body_data(self, data: bytes) -> None:
        """See L{ForwardedRequest.body_data}."""
        if self._inner is not None:
            self._inner.body_data(data)
        else:
            self._data += data
            self.look(self._data, False)

    def body_end(self) -> None:
        """See L{ForwardedRequest.body_end}."""
        self._complete = True
        if self._inner is not None:
            self._inner.body_end()
        else:
            self.look(self._data, True)

    def pause(self) -> None:
        """See L{ForwardedRequest.pause}."""
        if self._inner is not None:
            self._inner.pause()

    def resume(self) -> None:
        """See L{ForwardedRequest.resume}."""
        if self._inner is not None:
            self._inner.resume()

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken on these paths."""

    def abandon(self) -> None:
        """See L{ForwardedRequest.abandon}."""
        self._over = True
        self._data = bytearray()
        if self._inner is not None:
            self._inner.abandon()
