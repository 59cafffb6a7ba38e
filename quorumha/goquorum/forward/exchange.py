"""L{RpcExchange}: one HTTP request with a message of JSON-RPC, from its body to the response."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.goquorum.decide.call import Call, OwnResponse, unavailable
from quorumha.goquorum.decide.http_front import Refusal, too_large
from quorumha.goquorum.decide.message import read_call, read_message
from quorumha.goquorum.forward.ask import Asking, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.http_responses import BodyTooLarge, joined_head, notify_refused, own_head
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.request_books import finish
from quorumha.goquorum.forward.unsent import PIECE, UnsentBody
from quorumha.http.forward.request_body import RequestBody
from quorumha.http.wire.contracts import NOBODY, Nobody, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.writer import Writer
from quorumha.pool.upstream import AttemptResult

if TYPE_CHECKING:
    from quorumha.goquorum.forward.rpc_forwarder import RpcForwarder

log = Logger()

#: Bytes of a body that comes in one piece and is not counted in a budget: so many a connection reads at once.
SMALL = 4096


class RpcExchange(Nobody):
    """One request.  An L{Exchange<quorumha.http.wire.contracts.Exchange>}.

    Its attributes are those of L{Ended<quorumha.goquorum.forward.request_books.Ended>}, too.
    """

    __slots__ = (
        "_asking",
        "_body",
        "_origin",
        "_route",
        "_sink",
        "_unsent",
        "_working",
        "began_at",
        "broke",
        "call",
        "caller",
        "done",
        "error",
        "received",
        "sent",
        "status",
    )
    streams = False

    def __init__(
        self, route: RpcForwarder, head: RequestHead, client: Client, sink: ResponseSink, origin: bytes
    ) -> None:
        """
        @param origin: whose page asks; empty: none does.
        """
        self._route = route
        self._sink = sink
        key = route.listener if client.address == b"unknown" else client.address
        self.caller = Caller(client, head, key)
        self._origin = origin
        #: What is kept of the body; None: nothing, or so little that nobody counts it.
        self._body: RequestBody | None = None
        self._working: Deferred[None] | None = None
        #: Whose answer goes down as it comes.
        self._asking: Asking | None = None
        #: What a slow client has not taken yet of an answer that is there whole.
        self._unsent: UnsentBody | None = None
        self.began_at = route.plain.now()
        self.call: Call | str = ""
        self.error: OwnResponse | None = None
        self.broke = ""
        self.status = self.received = self.sent = 0
        self.done = False
        route.pool.counters.requests += 1

    # The body.

    def start(self, data: bytes, complete: bool) -> None:
        """Read a message that is there whole, or keep what is."""
        if complete and len(data) <= SMALL:
            self._take(data)
            return
        self._body = body = RequestBody(self._route.budget, 0, False)
        body.complete = complete
        self.body_data(data)
        if complete:
            self.body_end()

    def body_data(self, data: bytes) -> None:
        """Keep it, as far as there is room."""
        body, limit = self._body, self._route.body_limit
        if body is None or self.done or not data:
            return
        if limit and body.size + len(data) > limit:
            self._refuse(too_large(body.size + len(data), limit))
            return
        body.replay_lost = self._no_room
        if not body.add(data):
            self._no_room()

    def body_end(self) -> None:
        """It is whole."""
        body = self._body
        if body is None or self.done:
            return
        body.complete, body.replay_lost = True, None
        data = body.pieces[0] if len(body.pieces) == 1 else b"".join(body.pieces)
        # What is made of it takes its place, and counts as it did.
        body.pieces = []
        self._take(data)

    def _refuse(self, refusal: Refusal) -> None:
        route = self._route
        caller = self.caller
        notify_refused(route.pool.observers, route.listener, caller.client, caller.head, refusal)
        self._end(refusal.status)
        self._sink.response_failed(BodyTooLarge(refusal.text, route.origins.fields(self._origin)))

    def _no_room(self) -> None:
        """Bodies of all clients hold what they may, and this is the largest."""
        if not self.done:
            error = unavailable("there is no room for the message", "no-room")
            self._respond(self._route.engine.own(error, self.caller))

    def _take(self, data: bytes) -> None:
        self.received = len(data)
        try:
            call = read_call(data) or self._other_than_call(data)
            if call is None:
                return
            self.call, route = call, self._route
            deadline = self.began_at + route.longest_wait
            # The short way of nearly every read.
            self._asking = route.engine.pass_on(call, self.caller, deadline, self, self._otherwise)
            if self._asking is None and not self.done:
                self._otherwise(None)
        except Exception:
            self._broke(Failure())

    def _other_than_call(self, data: bytes) -> Call | None:
        """Read what is not one call as clients write it.

        @return: the call, if it is one all the same; None: it is something else, and gets its response.
        """
        route, caller = self._route, self.caller
        engine = route.engine
        try:
            message = read_message(data, route.batch_limit)
        except OwnResponse as error:
            self._respond(engine.own(error, caller))
            return None
        if message.batch:
            self.call = "batch"
            self._work(route.batches.respond(message, caller, self.began_at + route.longest_wait))
            return None
        entry = message.entries[0] if message.entries else None
        if isinstance(entry, Call):
            return entry
        self._respond(Reply(b"") if entry is None else engine.own(entry, caller))
        return None

    def _otherwise(self, outcome: Outcome | None) -> None:
        """Answer the call with all that it may take; what came of a first try, if there was one, is known."""
        call, caller, route = self.call, self.caller, self._route
        assert isinstance(call, Call)
        caller.own(call.envelope)
        deadline = self.began_at + route.longest_wait
        self._work(route.engine.respond(call, caller, deadline, stream=True, first=outcome))

    def _work(self, answering: Coroutine[Deferred[Any], Any, Reply]) -> None:
        self._working = Deferred.fromCoroutine(answering).addCallback(self._respond).addErrback(self._broke)

    # The response.

    def _respond(self, reply: Reply) -> None:
        if self.done:
            return
        self.error = reply.error
        if reply.rest is not None:
            self._asking = reply.rest
            reply.rest.pass_down(self)
            return
        body = reply.body + b"\n" if reply.body else b""
        if reply.head is not None:
            head = joined_head(reply.head, len(body))
        else:
            head = own_head(reply.status, len(body), self._route.origins.fields(self._origin))
        if len(body) >= 2 * PIECE:
            self._unsent = UnsentBody(body[PIECE:], self, self._route.asker.kept)
            self.response_head(head, body[:PIECE], False)
            if self._unsent is not None:
                self._unsent.go_on()
            return
        if reply.head is not None:
            self.response_head(head, body, True)
            return
        self.sent = len(body)
        self._end(head.status)
        self._sink.response_head(head, body, True)

    def _broke(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        log.failure("answering a call failed", failure=failure)
        if not self.done:
            self.broke = "internal error"
            self._end(0)
            self._sink.response_failed(UpstreamError("internal error"))

    # The answer of a member goes down.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self.sent, self.status = len(data), head.status
        if self._origin and head.status < 300:
            # What stands before nodes knows no pages: what it says at its own errors is not what they allow.
            self._route.origins.note(self._origin, head.fields)
        if ended:
            self._end(head.status)
        self._sink.response_head(head, data, ended)

    def response_data(self, data: bytes) -> None:
        self.sent += len(data)
        self._sink.response_data(data)

    def response_end(self) -> None:
        self._end(self.status)
        self._sink.response_end()

    def response_cut(self) -> None:
        self.broke = "the response broke off"
        self._end(0)
        self._sink.response_cut()

    def _end(self, status: int) -> None:
        self.done = True
        # Without a circle nothing waits for the garbage collector.
        self._asking = None
        unsent, self._unsent = self._unsent, None
        if unsent is not None:
            unsent.leave()
        if self._body is not None:
            self._body.release()
        self.status, route = status, self._route
        pool = route.pool
        if status and self.error is None and self.caller.attempts is None and not pool.observers.requests:
            # So it is for nearly all.
            pool.counters.answered += 1
        else:
            if status and self.error is not None:
                route.asker.numbers.own[status] += 1
            finish(self, route)

    def writer(self) -> Writer | None:  # type: ignore[override]  # nobody tells it anything
        return self._sink.writer()

    # What downstream does.

    def pause(self) -> None:
        if self._asking is not None:
            self._asking.request.pause()
        elif self._unsent is not None:
            self._unsent.pause()

    def resume(self) -> None:
        if self._asking is not None:
            self._asking.request.resume()
        elif self._unsent is not None:
            self._unsent.resume()

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken here."""

    def results(self) -> Sequence[AttemptResult]:
        """What came of asking for the client's own calls, as far as somebody wants to know."""
        return self.caller.attempts or ()

    def abandon(self) -> None:
        """The client is gone: reads end, a write that was sent is read further."""
        asking = self._asking
        self._sink = NOBODY
        if not self.done:
            self._end(0)
        if asking is not None:
            asking.leave()
        if self._working is not None:
            self._working.cancel()
