"""L{ProxyChannel}: one client's connection in the fast lane.

One request at a time, in order.  The end of each message is known to the byte, so
pipelined requests wait as raw bytes, bounded, and an error never overtakes an
answer.  What is malformed gets its status and a close; not a byte of it goes on.

How responses are written stands in L{quorumha.http.server.response_writer}, what runs while
something is waited for, and how it ends, in L{quorumha.http.server.channel_limits}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.internet.interfaces import ISSLTransport
from twisted.python.failure import Failure

from quorumha.errors import DownstreamError
from quorumha.http.server.client_limits import BodyTime, Wait
from quorumha.http.server.response_writer import Responses
from quorumha.http.wire.headers import Client
from quorumha.http.wire.parsing import parse_request_head
from quorumha.http.wire.request_id import END
from quorumha.http.wire.request_reader import ChunkedBody, CountedBody, Reading, find_head, has_begun
from quorumha.net.writer import Writer, read_small_pieces, send_small_pieces_at_once

#: Bytes of pipelined requests that wait; above it the client is not read from.
WAITING_LIMIT = 64 * 1024
#: After an error so many bytes at most are still read.
LINGER_BYTES = 4 * 1024 * 1024

_CR = ord("\r")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ProxyChannel(Responses):
    """One client's connection.  It is the L{ResponseSink} of its requests."""

    _body: CountedBody | ChunkedBody | None = None
    _processing = False
    _lingered = 0

    # The connection.

    def connectionMade(self) -> None:
        """Wait for the first request."""
        transport = self.transport
        send_small_pieces_at_once(transport)
        read_small_pieces(transport)
        self._writer = Writer(transport, self._drained, self._progressed)
        site = self._site
        site.connections.add(self)
        site.numbers.connections += 1
        self._answered_at = site.clock.seconds()
        self._limit()
        if site.draining:
            self.close()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # its default is never used
        """Cancel the request under way: its client is gone."""
        self._reading = Reading.CLOSED
        self._writer.lost()
        self._timer.stop()
        self._buffer = b""
        self._release()
        self._site.ended(self)

    # What the client sends.

    def dataReceived(self, data: bytes) -> None:
        """Read requests, or pass bytes of a tunnel on."""
        reading = self._reading
        if reading is Reading.TUNNEL:
            self._limit(Wait.IDLE)
            self._tunnel(data)
        elif reading is Reading.LINGERING:
            self._lingered += len(data)
            if self._lingered > LINGER_BYTES:
                self.cut()
        elif reading is not Reading.CLOSED:
            if self._buffer:
                data = self._buffer + data
            if reading is Reading.WAITING or self._processing:
                self._buffer = data
                if len(data) > WAITING_LIMIT:
                    self._pause_input()
            else:
                self._process(data)

    def _process(self, data: bytes) -> None:
        """Read as many messages as can be read now; keep the rest."""
        self._buffer = b""
        self._processing = True
        try:
            while data:
                reading = self._reading
                if reading is Reading.HEAD:
                    if self._writer.queued:
                        # The last answer still waits for the client to read it.
                        self._pause_input()
                        break
                    taken = self._read_head(data)
                elif reading is Reading.BODY:
                    taken = self._read_body(data)
                else:
                    break
                if taken < 0:
                    break
                # An answer that comes at once may have put nothing there: it is ours alone.
                data = data[taken:]
        except DownstreamError as error:
            begun, data = data, b""
            self._refuse(error, begun)
        finally:
            self._processing = False
        if data and self._reading not in (Reading.CLOSED, Reading.LINGERING):
            if self._reading is Reading.TUNNEL:
                self._tunnel(data)
            else:
                self._buffer = data
                if self._reading is Reading.WAITING and len(data) > WAITING_LIMIT:
                    self._pause_input()

    def _read_head(self, data: bytes) -> int:
        """Begin to forward a request; return how many bytes were taken, or -1: its head is not whole."""
        site = self._site
        limits = site.limits
        if limits is not self._limits:
            # The site has turned.
            self._limits = limits
            self._timer.durations = limits.durations
        start, end = 0, data.find(b"\r\n\r\n") + 4
        if end < 4 or data[0] == _CR:
            # It is not whole, or empty lines stand before it.
            start, end = find_head(data, limits.head)
        if not end:
            if not has_begun(data, start):
                # Empty lines behind the last request: they are taken, and no limit runs for them.
                return start or -1
            if self._before is not Wait.HEAD:
                self._before = Wait.HEAD
                self._limit()
            return -1
        raw = data[start:end]
        heads = site.heads
        head = heads.get(raw) or heads.like(raw)
        if head is None:
            head = parse_request_head(raw, limits.head)
            heads.keep(raw, head)
        self._head = head
        length, end_of_heads, new_end = head.length, head.end, site.new_end
        if end_of_heads is END and new_end is not None:
            end_of_heads = new_end()
        self._head_end = end_of_heads
        if limits.body_limit and length is not None and length > limits.body_limit:
            raise DownstreamError("the body is too large", 413)
        plan = site.plan(head)
        if plan is None:
            self._hand_over(data[start:])
            return -1
        if head.upgrade and not (
            plan.forwarder.upgrade and length == 0 and head.upgrade.lower() == b"websocket"
        ):
            self._head = head = evolve(head, upgrade=b"")
        now = site.now
        self._begun_at = now()
        self._answering = self._chunked_response = False
        if not head.keep_alive:
            self._keep_alive = False
        client = self._client
        if client is None:
            # Known once its first bytes have come: PROXY protocol says it first.
            host = getattr(self.transport.getPeer(), "host", None)
            client = Client.at(host, secure=ISSLTransport.providedBy(self.transport))
            self._client = client
        if end_of_heads is not END:
            client = Client(client.address, client.scheme, end_of_heads)
        forwarder = plan.forwarder
        self.exchange = forwarding = forwarder.forward(head, client, self, plan.target, plan.on_complete)
        first = b""
        if length:
            first = data[end : end + length]
            end += len(first)
        if length is not None and len(first) == length:
            self._reading = Reading.WAITING
            self._limit()
            forwarding.start(first, True)
            return end
        self._reading = Reading.BODY
        self._body = ChunkedBody(limits.body_limit) if length is None else CountedBody(length - len(first))
        self._timer.body = BodyTime(limits, self._begun_at, len(first))
        if head.expects_continue:
            # Nobody is asked before the body is there: so it is the proxy that says that it wants it.
            self._writer.write(_CONTINUE)
        self._limit()
        forwarding.start(first, False)
        return end

    def _read_body(self, data: bytes) -> int:
        """Read of the body what is there, and return how many bytes that was."""
        body, forwarding = self._body, self.exchange
        assert body is not None and forwarding is not None
        payload, taken = body.take(data)
        if not body.done:
            self._timer.body.came(len(payload), self._site.clock.seconds(), streams=forwarding.streams)
            # Before it is passed on: then it may be the upstream's turn, without a limit here.
            self._limit(Wait.BODY)
            if payload:
                forwarding.body_data(payload)
            return taken
        self._reading = Reading.WAITING
        self._body = None
        self._limit()
        if payload:
            forwarding.body_data(payload)
        # It may have been answered before.
        if self.exchange is forwarding:
            answered = forwarding.done
            forwarding.body_end()
            if answered and self.exchange is forwarding:
                self._answered_at = self._site.clock.seconds()
                self._next_request()
        return taken

    def _hand_over(self, data: bytes) -> None:
        """Give the connection to twisted.web, with the bytes read so far, for good."""
        self._timer.stop()
        self._reading = Reading.CLOSED
        self._writer.release()
        self._site.hand_over(self, data)

    # From one request to the next.

    def _next_request(self) -> None:
        self.exchange = None
        self._head = None
        self._head_end = END
        self._before = Wait.IDLE
        self._answering = False
        self._reading = Reading.HEAD
        self._limit()
        if (self._buffer or self._input_paused) and not self._writer.queued:
            self._read_on()

    def _read_on(self) -> None:
        """Go on with what waits, unless that is being done already."""
        if self._processing:
            return
        if self._input_paused:
            self._input_paused = False
            self._resume_input()
        if self._buffer:
            self._process(self._buffer)

    def _drained(self) -> None:
        """The client took what waited."""
        if self._reading is Reading.CLOSED:
            return
        if self._reading is Reading.LINGERING:
            self._end_writing()
            return
        self._limit()
        if self._reading is Reading.HEAD:
            self._read_on()
        elif self.exchange is not None:
            self.exchange.resume()

    def _pause_input(self) -> None:
        if not self._input_paused:
            self._input_paused = True
            self._pause_transport()
