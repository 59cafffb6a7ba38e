"""L{subrequest}: a request of the proxy's own to the members of a pool."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from quorumha.errors import UpstreamError
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.contracts import Nobody
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.pool.pool import Candidates

#: Bytes of a response's body that are taken; what is asked here has short ones.
RESPONSE_LIMIT = 256 * 1024


class _Collected(Nobody):
    """Keeps the response."""

    __slots__ = ("_head", "_pieces", "_size", "request", "result")

    request: ForwardedRequest

    def __init__(self) -> None:
        self.result: Deferred[Response] = Deferred(lambda _: self.request.abandon())
        self._head: ResponseHead | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self._head = head
        self.response_data(data)

    def response_data(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > RESPONSE_LIMIT and not self.result.called:
            self.request.abandon()
            self.result.errback(UpstreamError("a response was larger than expected"))

    def completed(self, request: ForwardedRequest) -> None:
        if self.result.called:
            return
        if request.error is not None:
            self.result.errback(request.error)
        elif self._head is not None:
            self.result.callback(Response(self._head, b"".join(self._pieces)))


def subrequest(
    forwarder: PoolForwarder,
    head: RequestHead,
    client: Client,
    candidates: Candidates | None = None,
    deadline: float = 0.0,
    body: bytes = b"",
) -> Deferred[Response]:
    """Ask.

    @param candidates: whom; the pool's own choice unless given.
    @param deadline: by the clock, when it is to be over; 0: as the forwarder's limits say.
    @param body: its body, if it has one.
    @return: fires with any whole response, whatever its status; fails with L{UpstreamError}.
        Cancel it to give up.
    """
    sink = _Collected()
    sink.request = forwarder.forward(head, client, sink, None, sink.completed, candidates=candidates)
    sink.request.deadline = deadline
    # Nobody asked but the proxy.
    sink.request.origin = None
    sink.request.start(body, True)
    return sink.result
