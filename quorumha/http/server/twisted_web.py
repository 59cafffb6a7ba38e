"""The slow lane: forwarding resources under L{twisted.web.server.Site}.

twisted.web has read the whole request when it renders a resource.  By itself it spools bodies over 100 KB to
a file; give the site C{requestFactory=InMemoryRequest} to keep private payloads off the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from attrs import evolve
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web.server import Request
from zope.interface import implementer

from quorumha.errors import DownstreamError, UpstreamError
from quorumha.http.server.explaining import explained
from quorumha.http.wire.contracts import Exchange, Nobody
from quorumha.http.wire.grammar import REQUEST_LINE, holds_controls
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.http.wire.parsing import check_request, separate
from quorumha.http.wire.request_id import NAME

if TYPE_CHECKING:
    from quorumha.http.server.resource import Plan


#: What twisted.web says of its own accord, in place of which the upstream's fields go down.
_NOT_OURS = (b"server", b"date", b"content-type")
#: The field, in lower case.
_EXPLAINED = b"x-quorumha"


class InMemoryRequest(Request):
    """A request whose body stays in memory, whatever its size."""

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()


class ExplainingRequest(InMemoryRequest):
    """Likewise; and its response says in C{X-Quorumha} who gave it, as with C{explain_header}."""


def render_forwarding(plan: Callable[[RequestHead, int], Plan], request: Request) -> None:
    """Forward a request that twisted.web has read."""
    head = None
    try:
        head = _head_of(request)
        planned = plan(head, _matched(request, head))
    except DownstreamError as error:
        if head is None:
            # Where this request ends is not sure: nothing behind it is read.
            request.setHeader(b"connection", b"close")
            if request.channel is not None:
                request.channel.persistent = False
        _response(request, error.status, str(error))
        return
    body = request.content.read() if request.content is not None else b""
    if head.length is None:
        # twisted.web took the chunks apart; the length is known now.
        head = evolve(head, length=len(body))
    sink = _RequestSink(request)
    client = Client.at(getattr(request.getClientAddress(), "host", None), secure=request.isSecure())
    client.head_end = head.end
    if client.request_id:
        request.setHeader(NAME, client.request_id)
    sink.forwarding = planned.forwarder.forward(
        evolve(head, upgrade=b""), client, sink, planned.target, planned.on_complete
    )
    sink.explains = isinstance(request, ExplainingRequest)
    request.notifyFinish().addErrback(sink.client_gone)
    sink.forwarding.start(body, True)


def _head_of(request: Request) -> RequestHead:
    fields = [(n, v) for n, values in request.requestHeaders.getAllRawHeaders() for v in values]
    line = b"%b %b %b\r\n" % (request.method, request.uri, request.clientproto)
    if not REQUEST_LINE.match(line) or holds_controls(line + b"".join([n + v for n, v in fields])):
        raise DownstreamError("malformed head")
    onward, separated = separate(fields)
    minor = 0 if request.clientproto == b"HTTP/1.0" else 1
    return check_request(request.method, request.uri, minor, onward, separated)


def _matched(request: Request, head: RequestHead) -> int:
    """Bytes of the target that the walk through the tree took."""
    at = 0
    for _ in request.prepath or ():
        at = head.target.find(b"/", at + 1)
        if at < 0:
            return len(head.target.partition(b"?")[0])
    return at


def _response(request: Request, status: int, text: str) -> None:
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"text/plain; charset=utf-8")
    request.write(text.encode("utf-8") + b"\n")
    request.finish()


@implementer(IPushProducer)
class _RequestSink(Nobody):
    """Writes a response to a twisted.web request, whose body is there already."""

    forwarding: Exchange
    explains = False

    def __init__(self, request: Request) -> None:
        self._request = request
        self._gone = False
        self._streaming = False

    def client_gone(self, failure: Failure) -> None:
        self._gone = True
        self.forwarding.abandon()

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        request = self._request
        request.setResponseCode(head.status, head.reason)
        for name in _NOT_OURS:
            request.responseHeaders.removeHeader(name)
        ours = [NAME] if request.responseHeaders.hasHeader(NAME) else []
        if self.explains:
            ours.append(_EXPLAINED)
            self._explain(head.status)
        for name, value in head.fields:
            if name.lower() not in ours:
                request.responseHeaders.addRawHeader(name, value)
        if head.stated_length is not None:
            request.setHeader(b"content-length", b"%d" % head.stated_length)
        # A type of its own would be made up where the upstream stated none.
        request.defaultContentType = None
        if ended:
            if data:
                request.write(data)
            request.finish()
            return
        self._streaming = True
        request.registerProducer(self, True)
        request.write(data)

    def response_data(self, data: bytes) -> None:
        self._request.write(data)

    def response_end(self) -> None:
        self._end_stream()
        self._request.finish()

    def response_cut(self) -> None:
        self._end_stream()
        if self._request.channel is not None:
            self._request.channel.forceAbortClient()

    def response_failed(self, error: UpstreamError) -> None:
        if not self._gone:
            if self.explains:
                self._explain(0)
            _response(self._request, error.status, str(error))

    def _explain(self, status: int) -> None:
        self._request.setHeader(_EXPLAINED, explained(self.forwarding.results(), status))

    def _end_stream(self) -> None:
        if self._streaming:
            self._streaming = False
            self._request.unregisterProducer()

    def pauseProducing(self) -> None:
        self.forwarding.pause()

    def resumeProducing(self) -> None:
        self.forwarding.resume()

    def stopProducing(self) -> None:
        """The client is gone; L{client_gone} follows."""
