"""L{FailoverAgent}: requests of this process go to a pool as those of its clients do.

Any client over C{IAgent} gets the next member on errors, limits and the statuses of the retry policy:
C{treq.client.HTTPClient(FailoverAgent(forwarder))}.
"""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.python.failure import Failure
from twisted.web.client import URI, ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IBodyProducer, IClientRequest, IResponse
from zope.interface import implementer

from quorumha.errors import DownstreamError, UpstreamError
from quorumha.http.wire.contracts import Exchange, Forwarder
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.http.wire.parsing import check_request, separate


@implementer(IAgent)
@frozen(eq=False)
class FailoverAgent:
    """Sends a client's requests through a forwarder: next member on errors, limits and chosen statuses.

    @ivar forwarder: how requests are forwarded; a C{PoolForwarder}, most likely.
    """

    forwarder: Forwarder

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """Send a request to a member of the pool.

        @param uri: its path and query are asked for, its host goes up as C{Host}; who is dialled, and
            whether by TLS, the pool says.
        @param bodyProducer: is paused while the body goes up slowly.
        @return: fires with the response once its head is there; fails with
            L{UpstreamError<quorumha.errors.UpstreamError>} where no member gave one, or with
            L{DownstreamError<quorumha.errors.DownstreamError>} where the request has no clear reading.
            Cancel it to give up.
        """
        headers = Headers() if headers is None else headers
        exchange = _AgentExchange(_ClientRequest(method, uri, headers))
        try:
            address = URI.fromBytes(uri)
            head = _head_of(method, address, headers, bodyProducer)
        except (DownstreamError, ValueError) as error:
            clear = isinstance(error, DownstreamError)
            exchange.result.errback(error if clear else DownstreamError("the URI is not valid"))
            return exchange.result
        scheme = b"https" if address.scheme == b"https" else b"http"
        client = Client(scheme=scheme, head_end=head.end)
        exchange.start(self.forwarder.forward(head, client, exchange, None), head, bodyProducer)
        return exchange.result


def _head_of(method: bytes, uri: URI, headers: Headers, body: IBodyProducer | None) -> RequestHead:
    fields = [(n, v) for n, values in headers.getAllRawHeaders() for v in values if n.lower() not in _OURS]
    host = headers.getRawHeaders(b"host") or [uri.netloc]
    fields.append((b"Host", host[0]))
    if body is not None and body.length is UNKNOWN_LENGTH:
        fields.append((b"Transfer-Encoding", b"chunked"))
    elif body is not None:
        fields.append((b"Content-Length", b"%d" % body.length))
    onward, separated = separate(fields)
    return check_request(method, uri.originForm, 1, onward, separated)


#: Fields that are made here.
_OURS = (b"host", b"content-length", b"transfer-encoding", b"connection")


@implementer(IClientRequest)
@frozen
class _ClientRequest:
    """What the response says of its request."""

    method: bytes
    absoluteURI: bytes
    headers: Headers


@implementer(IResponse, IPushProducer)
class _AgentExchange:
    """One request: the sink and the consumer of the two bodies, and the response with its transport."""

    version = (b"HTTP", 1, 1)
    code = 0
    phrase = b""
    headers: Headers
    length: object = UNKNOWN_LENGTH
    previousResponse: IResponse | None = None
    disconnecting = False
    _exchange: Exchange
    #: Of the request's body, while more of it comes.
    _producer: IBodyProducer | None = None
    _protocol: IProtocol | None = None
    _reason: Failure | None = None

    def __init__(self, request: _ClientRequest) -> None:
        self.result: Deferred[IResponse] = Deferred(lambda _: self._give_up())
        self.request = request
        self._left = 0
        self._pieces: list[bytes] = []

    # The request.

    def start(self, exchange: Exchange, head: RequestHead, body: IBodyProducer | None) -> None:
        self._exchange = exchange
        exchange.start(b"", body is None or head.length == 0)
        if body is not None and head.length != 0:
            self._left = -1 if head.length is None else head.length
            self._producer = body
            producing = maybeDeferred(body.startProducing, self)
            producing.addCallbacks(self._produced, self._fail)

    def write(self, data: bytes) -> None:
        if self._producer is None:
            return
        if self._left >= 0:
            self._left -= len(data)
            if self._left < 0:
                self._fail(Failure(DownstreamError("the body is longer than its producer said")))
                return
        if data:
            self._exchange.body_data(data)

    def _produced(self, _: object) -> None:
        if self._left > 0:
            self._fail(Failure(DownstreamError("the body is shorter than its producer said")))
        elif self._producer is not None:
            self._producer = None
            self._exchange.body_end()

    def _fail(self, failure: Failure) -> None:
        if self._producer is None:
            # What comes of the request is known already.
            return
        self._give_up()
        if not self.result.called:
            self.result.errback(failure)
        else:
            self._end(ResponseFailed([failure]))

    def _give_up(self) -> None:
        self._stop_producing()
        self._exchange.abandon()

    def _stop_producing(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()

    def pause_request(self) -> None:
        if self._producer is not None:
            self._producer.pauseProducing()

    def resume_request(self) -> None:
        if self._producer is not None:
            self._producer.resumeProducing()

    # The response, as the request tells of it.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Fire with the response; its body waits until it is wanted."""
        self.code = head.status
        self.phrase = head.reason
        self.headers = Headers()
        for name, value in head.fields:
            self.headers.addRawHeader(name, value)
        if head.stated_length is not None:
            self.headers.setRawHeaders(b"content-length", [b"%d" % head.stated_length])
        if head.length is not None:
            self.length = head.length
        self.response_data(data)
        if ended:
            self.response_end()
        else:
            self._exchange.pause()
        self.result.callback(self)

    def response_data(self, data: bytes) -> None:
        if self._protocol is not None:
            self._protocol.dataReceived(data)
        elif data:
            self._pieces.append(data)

    def response_end(self) -> None:
        self._end(ResponseDone())

    def response_cut(self) -> None:
        self._end(ResponseFailed([Failure(UpstreamError("the response broke off"))]))

    def _end(self, reason: Exception) -> None:
        self._stop_producing()
        self._reason = Failure(reason)
        if self._protocol is not None:
            self._protocol.connectionLost(self._reason)

    def response_failed(self, error: UpstreamError) -> None:
        self._stop_producing()
        if not self.result.called:
            self.result.errback(error)

    def writer(self) -> None:
        """The body goes to a protocol of this process."""

    # The response, as the client has it.

    def setPreviousResponse(self, response: IResponse) -> None:
        self.previousResponse = response

    def deliverBody(self, protocol: IProtocol) -> None:
        if self._protocol is not None:
            raise RuntimeError("the body was delivered already")
        self._protocol = protocol
        protocol.makeConnection(self)  # type: ignore[arg-type]  # as Agent: a producer is all it is
        pieces, self._pieces = self._pieces, []
        reason = self._reason
        if pieces:
            protocol.dataReceived(b"".join(pieces))
        if reason is not None:
            protocol.connectionLost(reason)
        elif self._reason is None:
            self._exchange.resume()

    def pauseProducing(self) -> None:
        self._exchange.pause()

    def resumeProducing(self) -> None:
        self._exchange.resume()

    def stopProducing(self) -> None:
        """Its protocol wants no more."""
        if self._reason is None:
            self._exchange.abandon()
            self._end(ResponseFailed([Failure(UpstreamError("nobody wanted the rest"))]))

    loseConnection = abortConnection = stopProducing
