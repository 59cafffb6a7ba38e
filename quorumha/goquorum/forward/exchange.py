"""L{RpcExchange}: one HTTP request with a message of JSON-RPC, from its body to the response."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.message import read_message
from quorumha.goquorum.forward.ask import Asker, Asking, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.engine import Engine
from quorumha.goquorum.forward.reply import Reply
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.contracts import NOBODY, Nobody, OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.writer import Writer

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


class RpcExchange(Nobody):
    """One request.  An L{Exchange<quorumha.http.wire.contracts.Exchange>}."""

    __slots__ = ("_asking", "_body", "_caller", "_route", "_sink", "_working", "done")
    streams = False

    def __init__(self, route: RpcForwarder, head: RequestHead, client: Client, sink: ResponseSink) -> None:
        self._route = route
        self._sink = sink
        key = route.listener if client.address == b"unknown" else client.address
        self._caller = Caller(client, head, key)
        self._body = b""
        self._working: Deferred[None] | None = None
        #: Whose answer goes down as it comes.
        self._asking: Asking | None = None
        self.done = False

    def start(self, data: bytes, complete: bool) -> None:
        self._body = data
        if complete:
            self.body_end()

    def body_data(self, data: bytes) -> None:
        self._body += data

    def body_end(self) -> None:
        try:
            self._begin()
        except Exception:
            self._broke(Failure())

    def _begin(self) -> None:
        route, body = self._route, self._body
        self._body = b""
        try:
            message = read_message(body, route.batch_limit)
        except OwnResponse as error:
            self._respond(Reply(error.body(b""), error.status))
            return
        if message.batch:
            raise NotImplementedError("batches")
        entry = message.entries[0] if message.entries else None
        if not isinstance(entry, Call):
            self._respond(Reply(b"" if entry is None else entry.body()))
            return
        deadline = route.asker.clock.seconds() + route.client_timeout

        def otherwise(outcome: Outcome | None) -> None:
            self._work(route.engine.respond(entry, self._caller, deadline, stream=True, first=outcome))

        # The short way of nearly every read.
        self._asking = route.engine.pass_on(entry, self._caller, deadline, self, otherwise)
        if self._asking is None:
            otherwise(None)

    def _work(self, answering: Coroutine[Deferred[Any], Any, Reply]) -> None:
        self._working = Deferred.fromCoroutine(answering).addCallback(self._respond).addErrback(self._broke)

    def _respond(self, reply: Reply) -> None:
        if reply.rest is not None:
            self._asking = reply.rest
            reply.rest.pass_down(self)
            return
        self._end()
        body = reply.body + b"\n" if reply.body else b""
        made = Response.made(body, b"application/json", reply.status)
        head = made.head
        if reply.head is not None:
            # Mostly it is as it came.
            head = reply.head
            if head.length != len(body):
                head = evolve(head, length=len(body), stated_length=len(body), chunked=False)
        self._sink.response_head(head, body, True)

    def _broke(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        log.failure("answering a call failed", failure=failure)
        if not self.done:
            self.done = True
            self._sink.response_failed(UpstreamError("internal error"))

    # The answer of a member goes down.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        if ended:
            # As C{_end}, without a call.
            self.done = True
            self._asking = None
        self._sink.response_head(head, data, ended)

    def response_data(self, data: bytes) -> None:
        self._sink.response_data(data)

    def response_end(self) -> None:
        self._end()
        self._sink.response_end()

    def response_cut(self) -> None:
        self._end()
        self._sink.response_cut()

    def _end(self) -> None:
        self.done = True
        # Without a circle nothing waits for the garbage collector.
        self._asking = None

    def writer(self) -> Writer | None:  # type: ignore[override]  # nobody tells it anything
        return self._sink.writer()

    # What downstream does.

    def pause(self) -> None:
        if self._asking is not None:
            self._asking.request.pause()

    def resume(self) -> None:
        if self._asking is not None:
            self._asking.request.resume()

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken here."""

    def abandon(self) -> None:
        """The client is gone."""
        self.done = True
        self._sink = NOBODY
        if self._asking is not None:
            self._asking.leave()
            self._asking = None
        if self._working is not None:
            self._working.cancel()
