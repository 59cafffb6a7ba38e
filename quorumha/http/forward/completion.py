"""L{overhear}: what becomes of a request, for whoever forwards it."""

from __future__ import annotations

from collections.abc import Callable

from quorumha.errors import UpstreamError
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import Exchange, Forwarder, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.writer import Writer


def overhear(
    way: Forwarder,
    head: RequestHead,
    client: Client,
    sink: ResponseSink,
    target: bytes | None,
    told: Callable[[ForwardedRequest, int], None],
) -> Exchange:
    """An exchange on that way; nothing about it changes.

    @param told: called once, when the request is settled (its whole body is there), with the status
        of the answer that went down; 0: there was none.  Not called when the client left before.
    """
    heard = _Overheard(sink, told)
    heard.inner = way.forward(head, client, heard, target)
    return heard


class _Overheard:
    """Stands on both sides: an exchange for downstream, a sink for the way."""

    inner: Exchange

    def __init__(self, sink: ResponseSink, told: Callable[[ForwardedRequest, int], None]) -> None:
        self._sink = sink
        self._told = told
        self._status = 0
        self._on_complete: Callable[[ForwardedRequest], None] | None = None

    def _ended(self, forwarding: ForwardedRequest) -> None:
        self._told(forwarding, self._status)
        if self._on_complete is not None:
            self._on_complete(forwarding)

    # As an exchange.

    @property
    def done(self) -> bool:
        return self.inner.done

    @property
    def streams(self) -> bool:
        return self.inner.streams

    def start(
        self, data: bytes, complete: bool, on_complete: Callable[[ForwardedRequest], None] | None = None
    ) -> None:
        self._on_complete = on_complete
        self.inner.start(data, complete, self._ended)

    def body_data(self, data: bytes) -> None:
        self.inner.body_data(data)

    def body_end(self) -> None:
        self.inner.body_end()

    def pause(self) -> None:
        self.inner.pause()

    def resume(self) -> None:
        self.inner.resume()

    def tunnel(self, data: bytes) -> None:
        self.inner.tunnel(data)

    def abandon(self) -> None:
        self.inner.abandon()

    # As a sink.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self._status = head.status
        self._sink.response_head(head, data, ended)

    def response_data(self, data: bytes) -> None:
        self._sink.response_data(data)

    def response_end(self) -> None:
        self._sink.response_end()

    def response_cut(self) -> None:
        self._status = 0
        self._sink.response_cut()

    def response_failed(self, error: UpstreamError) -> None:
        self._sink.response_failed(error)

    def pause_request(self) -> None:
        self._sink.pause_request()

    def resume_request(self) -> None:
        self._sink.resume_request()

    def writer(self) -> Writer | None:
        return self._sink.writer()
