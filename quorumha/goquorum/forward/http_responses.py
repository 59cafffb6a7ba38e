"""What the proxy answers itself over HTTP: L{RefusedExchange}, L{NotingSink}, L{own_head}."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from quorumha.errors import REASONS, UpstreamError
from quorumha.events import Observers, Refused
from quorumha.goquorum.decide.http_front import Refusal
from quorumha.goquorum.decide.origins import Origins
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import Fields, RequestHead, ResponseHead
from quorumha.net.writer import Writer
from quorumha.pool.upstream import AttemptResult

_JSON = (b"Content-Type", b"application/json")
#: As C{http.Error} of Go has it.
_NO_SNIFF = (b"X-Content-Type-Options", b"nosniff")
_TEXT = [(b"Content-Type", b"text/plain; charset=utf-8"), _NO_SNIFF]
_RETRY = (b"Retry-After", b"1")


class BodyTooLarge(UpstreamError):
    """A request's body is larger than it may be: nothing more of it is read."""

    status = 413
    closes = True
    # It has the text of the nodes, and no other.
    says_id = False

    def __init__(self, text: str, fields: Fields) -> None:
        super().__init__(text)
        self.fields = [_NO_SNIFF, *fields]


def own_head(status: int, length: int, fields: Fields = []) -> ResponseHead:  # noqa: B006  # not changed
    """Of an answer in JSON.

    @param fields: those that let a page read it.
    """
    named = [_JSON, _RETRY] if status == 503 else [_JSON]
    return ResponseHead(status, REASONS.get(status, b"OK"), [*named, *fields], length, False, True, length)


def joined_head(head: ResponseHead, length: int) -> ResponseHead:
    """A member's, for a body that is not the one that came with it.  Mostly it is as it came."""
    if head.length == length:
        return head
    return evolve(head, length=length, stated_length=length, chunked=False)


class RefusedExchange:
    """A request that is no message.  An L{Exchange<quorumha.http.wire.contracts.Exchange>}."""

    __slots__ = ("_fields", "_head", "_refusal", "_sink", "done")
    streams = False

    def __init__(self, refusal: Refusal, head: RequestHead, sink: ResponseSink, fields: Fields) -> None:
        """
        @param fields: those that let a page read it.
        """
        self._refusal = refusal
        self._head = head
        self._sink = sink
        self._fields = fields
        self.done = False

    def start(self, data: bytes, complete: bool) -> None:
        """Answer at once; the body is read and dropped."""
        self.done = True
        refusal = self._refusal
        status, text = refusal.status, refusal.text
        if refusal.closes:
            self._sink.response_failed(BodyTooLarge(text, self._fields))
            return
        body = b"%b\n" % text.encode("ascii") if text else b""
        fields = [*(_TEXT if body else ()), *((_RETRY,) if status == 503 else ()), *self._fields]
        length = 0 if self._head.method == b"HEAD" else len(body)
        reason = REASONS.get(status, b"OK")
        head = ResponseHead(status, reason, fields, length, False, True, len(body))
        self._sink.response_head(head, body[:length], True)

    def body_data(self, data: bytes) -> None:
        """It is not looked at; nor is there anything else to do."""

    tunnel = body_data

    def body_end(self) -> None:
        """Nothing follows from it."""

    pause = resume = abandon = body_end

    def results(self) -> Sequence[AttemptResult]:
        """Nobody was asked."""
        return ()


class NotingSink:
    """Takes note of what an answer lets a page do, on its way down."""

    def __init__(self, sink: ResponseSink, origins: Origins, origin: bytes) -> None:
        self._sink = sink
        self._origins = origins
        self._origin = origin
        self.response_data = sink.response_data
        self.response_end = sink.response_end
        self.response_cut = sink.response_cut
        self.response_failed = sink.response_failed
        self.pause_request = sink.pause_request
        self.resume_request = sink.resume_request

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Note its fields, if it is a node's."""
        if head.status < 300:
            self._origins.note(self._origin, head.fields)
        self._sink.response_head(head, data, ended)

    def writer(self) -> Writer | None:
        """Where the body goes."""
        return self._sink.writer()


def noting(sink: ResponseSink, origins: Origins, origin: bytes) -> ResponseSink:
    """The sink of a request that goes to a member as it is."""
    return NotingSink(sink, origins, origin) if origin else sink


def notify_refused(
    observers: Observers, listener: str, client: Client, head: RequestHead, refusal: Refusal
) -> None:
    """A client is at fault."""
    if refusal.status >= 400:
        observers.notify(
            Refused(
                listener,
                client.address.decode("latin-1"),
                refusal.status,
                refusal.text or "no such path",
                client.request_id.decode("ascii"),
                head.method.decode("latin-1"),
                # No call of it was read.
                "" if refusal.status == 404 else "/",
                observers.shown_target(head.target),
            )
        )
