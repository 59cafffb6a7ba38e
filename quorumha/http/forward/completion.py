"""L{overhear}: what becomes of a request, for whoever forwards it."""

from __future__ import annotations

from collections.abc import Callable

from quorumha.errors import UpstreamError
from quorumha.http.forward.request import Forwarding
from quorumha.http.wire.contracts import AnswerSink, Exchange, Way
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.writer import Outlet


def overhear(
    way: Way,
    head: RequestHead,
    client: Client,
    sink: AnswerSink,
    target: bytes | None,
    told: Callable[[Forwarding, int], None],
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

    def __init__(self, sink: AnswerSink, told: Callable[[Forwarding, int], None]) -> None:
        self._sink = sink
        self._told = told
        self._status = 0
        self._settled: Callable[[Forwarding], None] | None = None

    def _ended(self, forwarding: Forwarding) -> None:
        self._told(forwarding, self._status)
        if self._settled is not None:
            self._settled(forwarding)

    # As an exchange.

    @property
    def done(self) -> bool:
        return self.inner.done

    @property
    def streams(self) -> bool:
        return self.inner.streams

    def start(self, data: bytes, complete: bool, settled: Callable[[Forwarding], None] | None = None) -> None:
        self._settled = settled
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

    def answer_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self._status = head.status
        self._sink.answer_head(head, data, ended)

    def answer_data(self, data: bytes) -> None:
        self._sink.answer_data(data)

    def answer_end(self) -> None:
        self._sink.answer_end()

    def answer_cut(self) -> None:
        self._status = 0
        self._sink.answer_cut()

    def answer_failed(self, error: UpstreamError) -> None:
        self._sink.answer_failed(error)

    def pause_request(self) -> None:
        self._sink.pause_request()

    def resume_request(self) -> None:
        self._sink.resume_request()

    def outlet(self) -> Outlet | None:
        return self._sink.outlet()
