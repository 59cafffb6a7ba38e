"""L{Responses}: how the responses of one client's connection go down."""

from __future__ import annotations

from math import inf

from quorumha.errors import UpstreamError
from quorumha.http.server.channel_limits import TimedChannel
from quorumha.http.server.client_limits import Wait
from quorumha.http.server.explaining import explained
from quorumha.http.wire.chunked import LAST_CHUNK, chunk
from quorumha.http.wire.contracts import SpokenTunnel
from quorumha.http.wire.headers import explained_bytes, own_response, response_bytes
from quorumha.http.wire.messages import Fields, ResponseHead
from quorumha.http.wire.request_reader import Reading
from quorumha.net.writer import Writer
from quorumha.numbers import FIRST


class Responses(TimedChannel):
    """The writing half of a channel; the reading half derives from it."""

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Write the head anew, and the first of the body."""
        request = self._head
        assert request is not None
        site = self._site
        numbers, clock = site.numbers, site.now
        self._answered_at = now = clock()
        numbers.statuses[head.status // 100] += 1
        seconds, histogram = now - self._begun_at, numbers.seconds
        if seconds <= FIRST:
            # As C{observe}, without a call.
            histogram.counts[0] += 1
            histogram.total += seconds
        else:
            histogram.observe(seconds)
        minor = request.minor
        delimited = head.length is not None or bool(minor)
        if not delimited or site.last_words:
            self._keep_alive = False
        self._answering = True
        keep_alive, end = self._keep_alive, self._head_end
        self._delimited = delimited and not head.upgrade
        self._chunked_response = head.length is None and self._delimited
        if self._chunked_response:
            data = (chunk(data) if data else b"") + (LAST_CHUNK if ended else b"")
        if self._limits.explain_header:
            said = self._explained(head.status)
            out = explained_bytes(head, said, minor=minor, keep_alive=keep_alive, end=end) + data
        else:
            out = response_bytes(head, minor, keep_alive, end, data)
        if head.upgrade:
            self._start_tunnel(out)
            return
        self._writer.write(out)
        if ended:
            self._answered()
        elif self._writer.queued:
            self._wait_for_client()

    def response_data(self, data: bytes) -> None:
        """Write more of the body."""
        writer = self._writer
        writer.write(chunk(data) if self._chunked_response else data)
        if self._reading is Reading.TUNNEL:
            self._answered_at = self._site.clock.seconds()
            self._limit(Wait.IDLE)
        if writer.queued:
            self._wait_for_client()

    def response_end(self) -> None:
        """End the response; the next request may come."""
        if self._reading is Reading.TUNNEL:
            self.exchange = None
            self.close()
            return
        if self._chunked_response:
            self._writer.write(LAST_CHUNK)
        self._answered_at = self._site.clock.seconds()
        self._answered()

    def response_cut(self) -> None:
        """End the connection so that the client sees that the response is not whole."""
        self._release()
        if self._delimited:
            # Its length, or the missing last chunk, shows that it is not whole.
            self.close()
        else:
            self.cut()

    def response_failed(self, error: UpstreamError) -> None:
        """Respond with an error of our own."""
        request = self._head
        assert request is not None
        numbers, status = self._site.numbers, error.status
        numbers.statuses[status // 100] += 1
        numbers.own[status] += 1
        self._answered_at = self._site.clock.seconds()
        numbers.seconds.observe(self._answered_at - self._begun_at)
        keep_alive = self._keep_alive and not (self._site.last_words or error.closes) and bool(request.minor)
        self._keep_alive = keep_alive
        self._answering = self._delimited = True
        self._writer.write(
            own_response(
                status,
                str(error),
                keep_alive=keep_alive,
                with_body=request.method != b"HEAD",
                fields=[*error.fields, *self._own_fields()],
                end=self._head_end,
                says_id=error.says_id,
            )
        )
        self._answered()

    def _explained(self, status: int) -> bytes:
        return explained(() if self.exchange is None else self.exchange.results(), status)

    def _own_fields(self) -> Fields:
        return [(b"X-Quorumha", self._explained(0))] if self._limits.explain_header else []

    def writer(self) -> Writer | None:
        """Where the body may go without being looked at; None where it has to be chunked."""
        return None if self._chunked_response or self._writer.closed else self._writer

    def _next_request(self) -> None:
        raise NotImplementedError

    def _answered(self) -> None:
        """The answer went down whole."""
        if not self._keep_alive:
            self._release()
            if self._reading is Reading.WAITING and not self._buffer:
                self.close()
            else:
                self._linger()
        elif self._reading is Reading.WAITING:
            self._next_request()
        # Else the rest of the request's body is read and dropped first.

    def _wait_for_client(self) -> None:
        """What was written waits for the client to read: stop the answer."""
        self._limit()
        if self.exchange is not None:
            self.exchange.pause()

    def _start_tunnel(self, out: bytes) -> None:
        self._reading = Reading.TUNNEL
        if isinstance(self.exchange, SpokenTunnel):
            self._timer.durations = {**self._timer.durations, Wait.IDLE: 0.0}
        self._writer.write(out)
        self._limit()
        early, self._buffer = self._buffer, b""
        self._answered_at = self._site.clock.seconds()
        if early:
            self._tunnel(early)
        self._input_paused = False
        self._resume_input()
        if self._site.draining and isinstance(self.exchange, SpokenTunnel):
            self.exchange.finish_soon()

    def _tunnel(self, data: bytes) -> None:
        self._answered_at = inf
        if self.exchange is not None:
            self.exchange.tunnel(data)
