"""L{HandshakeReader}: what a member responds to a handshake of ours.  Pure."""

from __future__ import annotations

from attrs import define, field, frozen

from quorumha.goquorum.websocket.opening import is_accepted
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.messages import ResponseHead
from quorumha.http.wire.parsing import MalformedResponse, parse_response_head

#: Bytes of a head, and of what is said beside a refusal.
HEAD_LIMIT = REFUSAL_LIMIT = 64 * 1024


@frozen
class Opened:
    """It is open; these bytes came behind its head."""

    rest: bytes


@define(eq=False)
class HandshakeReader:
    """Reads one response."""

    key: bytes
    _buffer: bytes = field(default=b"", init=False)
    _refusal: ResponseHead | None = field(default=None, init=False)

    def feed(self, data: bytes) -> Opened | Response | None:
        """More of it.

        @return: that it is open, or how it was refused; None: it is not whole.
        @raise MalformedResponse: it is neither.
        """
        data = self._buffer = self._buffer + data
        if self._refusal is None:
            end = data.find(b"\r\n\r\n") + 4
            if end < 4:
                if len(data) > HEAD_LIMIT:
                    raise MalformedResponse("the head is too large")
                return None
            head = parse_response_head(data[:end], b"GET")
            data = self._buffer = data[end:]
            if is_accepted(head, self.key):
                return Opened(data)
            self._refusal = head
        length = self._refusal.length or 0
        if length <= REFUSAL_LIMIT and len(data) < length:
            return None
        return _refused(self._refusal, data[:length] if length <= REFUSAL_LIMIT else b"")

    def end(self) -> Response | None:
        """The connection ended: how it was refused; None: that is not known."""
        return None if self._refusal is None else _refused(self._refusal, b"")


def _refused(head: ResponseHead, body: bytes) -> Response:
    fields = [one for one in head.fields if not one[0].lower().startswith(b"sec-websocket-")]
    return Response(ResponseHead(head.status, head.reason, fields, len(body), False, True, len(body)), body)
