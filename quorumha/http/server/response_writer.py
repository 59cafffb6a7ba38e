"""L{Responses}: how the responses of one client's connection go down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from twisted.logger import Logger

from quorumha.errors import UpstreamError
from quorumha.http.server.server_limits import Wait
from quorumha.http.wire.chunked import LAST_CHUNK, chunk
from quorumha.http.wire.contracts import Exchange
from quorumha.http.wire.headers import own_answer, response_bytes
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.http.wire.request_reader import Reading
from quorumha.net.writer import Outlet

if TYPE_CHECKING:
    from quorumha.http.server.site import ProxySite

log = Logger()


class Responses(Protocol):
    """The writing half of a channel; the reading half derives from it."""

    transport: ITransport
    _outlet: Outlet

    def __init__(self, site: ProxySite) -> None:
        self._site = site
        self._reading = Reading.HEAD
        self._forwarding: Exchange | None = None
        self._head: RequestHead | None = None
        self._keep_alive = True
        #: Bytes of the current response went down.
        self._answering = False
        self._chunked_answer = False
        #: The client can tell a whole response from one that was cut.
        self._delimited = False
        #: By the clock, when the last request was answered, or it was connected; when a tunnel spoke to its
        #: client, infinity when the client spoke since.
        self._answered_at = 0.0

    def abort(self) -> None:
        """End it now."""
        raise NotImplementedError

    def close(self) -> None:
        """End it when what waits is written."""
        raise NotImplementedError

    def _limit(self, renew: Wait | None = None) -> None:
        raise NotImplementedError

    def _let_go(self) -> None:
        raise NotImplementedError

    def _answered(self) -> None:
        """The response went down whole."""
        raise NotImplementedError

    def _wait_for_client(self) -> None:
        """What was written waits for the client to read: stop the response."""
        raise NotImplementedError

    def _start_tunnel(self, out: bytes) -> None:
        raise NotImplementedError

    def answer_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """See L{AnswerSink}."""
        request = self._head
        assert request is not None
        minor = request.minor
        delimited = head.length is not None or bool(minor)
        if not delimited or self._site.draining:
            self._keep_alive = False
        self._answering = True
        out = response_bytes(head, minor=minor, keep_alive=self._keep_alive)
        self._chunked_answer = head.length is None and bool(minor) and not head.upgrade
        self._delimited = delimited and not head.upgrade
        if data:
            out += chunk(data) if self._chunked_answer else data
        if head.upgrade:
            self._start_tunnel(out)
            return
        if ended and self._chunked_answer:
            out += LAST_CHUNK
        self._outlet.write(out)
        if ended:
            self._answered()
        elif self._outlet.queued:
            self._wait_for_client()

    def answer_data(self, data: bytes) -> None:
        """See L{AnswerSink}."""
        outlet = self._outlet
        outlet.write(chunk(data) if self._chunked_answer else data)
        if self._reading is Reading.TUNNEL:
            self._answered_at = self._site.clock.seconds()
            self._limit(Wait.IDLE)
        if outlet.queued:
            self._wait_for_client()

    def answer_end(self) -> None:
        """See L{AnswerSink}."""
        if self._reading is Reading.TUNNEL:
            self._forwarding = None
            self.close()
            return
        if self._chunked_answer:
            self._outlet.write(LAST_CHUNK)
        self._answered()

    def answer_cut(self) -> None:
        """See L{AnswerSink}."""
        self._let_go()
        if self._delimited:
            # Its length, or the missing last chunk, shows that it is not whole.
            self.close()
        else:
            self.abort()

    def answer_failed(self, error: UpstreamError) -> None:
        """See L{AnswerSink}."""
        request = self._head
        assert request is not None
        said, status = str(error), error.status
        log.warn("{error}; told the client {status}", event="no-answer", error=said, status=status, fold=said)
        keep_alive = self._keep_alive and not (self._site.draining or error.closes) and bool(request.minor)
        self._keep_alive = keep_alive
        self._answering = self._delimited = True
        self._outlet.write(
            own_answer(error.status, str(error), keep_alive=keep_alive, with_body=request.method != b"HEAD")
        )
        self._answered()

    def end_idle(self) -> None:
        """End it while nobody waits for anything: TLS need not wait for its client's word (RFC 8446 6.1)."""
        self.close()
        self._outlet.close_now()

    def outlet(self) -> Outlet | None:
        """See L{AnswerSink}."""
        return None if self._chunked_answer or self._outlet.closed else self._outlet
