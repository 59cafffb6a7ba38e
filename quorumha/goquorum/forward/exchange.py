"""L{RpcExchange}: one HTTP request with a message of JSON-RPC, from its body to the response."""

from __future__ import annotations

from attrs import define, evolve, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.goquorum.decide.call import Call, OwnAnswer
from quorumha.goquorum.decide.message import read_message
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.caller import Caller
from quorumha.goquorum.forward.engine import Engine
from quorumha.goquorum.forward.reply import Reply
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.contracts import NOBODY, OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead

log = Logger()


@define(eq=False)
class RpcForwarder:
    """A L{Forwarder<quorumha.http.wire.contracts.Forwarder>} of messages of JSON-RPC.

    @ivar listener: whose clients these are where they have no address.
    @ivar client_timeout: seconds.
    """

    engine: Engine
    asker: Asker
    listener: str
    client_timeout: float
    batch_limit: int
    upgrade: bool = field(default=False, init=False)

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
    ) -> RpcExchange:
        """Read the body, then answer each call."""
        return RpcExchange(self, head, client, sink)


class RpcExchange:
    """One request.  An L{Exchange<quorumha.http.wire.contracts.Exchange>}."""

    streams = False

    def __init__(self, route: RpcForwarder, head: RequestHead, client: Client, sink: ResponseSink) -> None:
        self._route = route
        self._sink = sink
        key = route.listener if client.address == b"unknown" else client.address
        self._caller = Caller(client, head, key)
        self._body = bytearray()
        self._working: Deferred[None] | None = None
        self._rest: ForwardedRequest | None = None
        self.done = False

    def start(self, data: bytes, complete: bool) -> None:
        self._body += data
        if complete:
            self.body_end()

    def body_data(self, data: bytes) -> None:
        self._body += data

    def body_end(self) -> None:
        body, self._body = bytes(self._body), bytearray()
        working = self._working = Deferred.fromCoroutine(self._answer(body))
        working.addErrback(self._broke)

    async def _answer(self, body: bytes) -> None:
        route = self._route
        try:
            message = read_message(body, route.batch_limit)
        except OwnAnswer as error:
            self._respond(Reply(error.body(b""), error.status))
            return
        deadline = route.asker.clock.seconds() + route.client_timeout
        (entry,) = message.entries
        assert isinstance(entry, Call)
        self._respond(await route.engine.answer(entry, self._caller, deadline, stream=True))

    def _respond(self, reply: Reply) -> None:
        if reply.rest is not None:
            self._rest = reply.rest.request
            reply.rest.pour(self._sink)
            return
        self.done = True
        body = reply.body + b"\n" if reply.body else b""
        made = Response.made(body, b"application/json", reply.status)
        head = made.head
        if reply.head is not None:
            head = evolve(reply.head, length=len(body), stated_length=len(body), chunked=False)
        self._sink.response_head(head, body, True)

    def _broke(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        log.failure("answering a call failed", failure=failure)
        if not self.done:
            self.done = True
            self._sink.response_failed(UpstreamError("internal error"))

    # What downstream does.

    def pause(self) -> None:
        if self._rest is not None:
            self._rest.pause()

    def resume(self) -> None:
        if self._rest is not None:
            self._rest.resume()

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken here."""

    def abandon(self) -> None:
        """The client is gone."""
        self.done = True
        self._sink = NOBODY
        if self._rest is not None:
            self._rest.abandon()
        if self._working is not None:
            self._working.cancel()
