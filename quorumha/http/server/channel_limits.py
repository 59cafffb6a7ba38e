"""L{TimedChannel}: which time limit runs for one client's connection, since when it is idle, how it ends."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from twisted.internet.interfaces import ISSLTransport, ITCPTransport, ITransport
from twisted.internet.protocol import Protocol

from quorumha.errors import DownstreamError
from quorumha.events import Refused
from quorumha.http.server.client_limits import WAITS_FOR, Wait, waits_for
from quorumha.http.server.client_timeout import ClientTimeout
from quorumha.http.wire.contracts import Exchange, SpokenTunnel
from quorumha.http.wire.headers import Client, own_response
from quorumha.http.wire.messages import RequestHead
from quorumha.http.wire.request_id import END, id_in
from quorumha.http.wire.request_reader import Reading, has_begun
from quorumha.net.writer import Writer

if TYPE_CHECKING:
    from quorumha.http.server.site import ProxySite


class TimedChannel(Protocol):
    """What a channel waits for, what follows when that takes too long, and its end."""

    transport: ITransport
    _writer: Writer

    def __init__(self, site: ProxySite) -> None:
        self._site = site
        self._reading = Reading.HEAD
        #: The request that is under way.
        self.exchange: Exchange | None = None
        self._head: RequestHead | None = None
        #: What ends the head of the response: the id of its request.
        self._head_end = END
        self._keep_alive = True
        #: Bytes of the current response went down.
        self._answering = False
        self._chunked_response = False
        #: The client can tell a whole response from one that was cut.
        self._delimited = False
        #: By the clock, when the last request was answered, or it was connected; when a tunnel spoke to its
        #: client, infinity when the client spoke since.
        self._answered_at = 0.0
        #: By the clock, when the head of the last request was read.
        self._begun_at = 0.0
        self._limits = site.limits
        self._buffer = b""
        self._input_paused = self._body_paused = False
        self._client: Client | None = None
        #: What is waited for before the next request is there.  The limit for the first head runs from the
        #: connection, unless there is no idle limit: then a client may keep one ready before it, too.
        self._before = Wait.HEAD if self._limits.idle_timeout else Wait.IDLE
        self._timer = ClientTimeout(site.clock, self._limit_passed, site.limits)

    def finish_soon(self, recent: float) -> None:
        self._keep_alive = False
        if self._reading is Reading.TUNNEL and isinstance(self.exchange, SpokenTunnel):
            self.exchange.finish_soon()
            return
        if self._reading is not Reading.HEAD or has_begun(self._buffer):
            return
        if self._client is not None and self._site.clock.seconds() - self._answered_at >= recent:
            self.close()
        else:
            # A request is on its way, most likely; its response will say that it is the last.
            self._before = Wait.GRACE if self._client is None else Wait.AGAIN
            self._limit()

    @property
    def quiet_since(self) -> float:
        """Since when, by the clock, a tunnel is silent behind bytes to its client; infinity: it is not."""
        quiet = self._reading is Reading.TUNNEL and not self._writer.queued
        return self._answered_at if quiet else inf

    def tunnels_to(self, member: object) -> bool:
        """Whether it carries bytes to a member of a pool, and back."""
        # Who speaks the protocol of a tunnel itself has no member for good.
        return self._reading is Reading.TUNNEL and getattr(self.exchange, "member", None) is member

    @property
    def idle_since(self) -> float:
        """Since when, by the clock, it waits only for its client's next request; infinity: it is busy."""
        idle = self._reading is Reading.HEAD and not has_begun(self._buffer) and not self._writer.queued
        return self._answered_at if idle else inf

    def _progressed(self) -> None:
        """The client takes what waits for it.  (No partial: each would be 200 bytes for a client.)"""
        self._limit(Wait.SEND)

    def _limit(self, renew: Wait | None = None) -> None:
        """Let the limit run that the state asks for.  The one place that sets the timer.

        @param renew: let this one begin anew, if it is the one that runs: there was progress.
        """
        reading, queued, stopped = self._reading, self._writer.queued, self._body_paused
        if queued or stopped:
            wait = waits_for(reading, self._before, queued=queued, stopped=stopped)
        else:
            # The same, without a call: so it is for most requests.
            wait = WAITS_FOR[reading] or self._before
        timer = self._timer
        if wait is not timer.waits or wait is renew:
            timer.wait_for(wait, renew)

    def _limit_passed(self) -> None:
        wait = self._timer.waits
        if wait is Wait.SEND:
            if self._writer.is_progressing():
                # It takes what waits, but the transport could not tell so.
                self._limit(Wait.SEND)
            elif self._delimited:
                # What it has got so far is not destroyed, and does not look whole.
                self._reading = Reading.CLOSED
                self._release()
                self._writer.close_now()
            else:
                self.cut()
        elif wait is Wait.HEAD and has_begun(self._buffer):
            self._refuse(DownstreamError("the head took too long", 408), self._buffer)
        elif wait is Wait.BODY:
            self._refuse(DownstreamError("the body took too long", 408))
        elif self._reading is Reading.HEAD:
            self.end_idle()
        else:
            # An idle tunnel, or lingering is over.
            self.cut()

    # Its end.

    def cut(self) -> None:
        """End it now."""
        self._reading = Reading.CLOSED
        self._writer.closed = True
        self._release()
        self.transport.abortConnection()  # type: ignore[attr-defined]  # all Twisted's have it

    def close(self) -> None:
        """End it when the client has taken what waits."""
        self._reading = Reading.CLOSED
        self._limit(Wait.SEND)
        self._writer.close()

    def end_idle(self) -> None:
        """End it while nobody waits for anything: TLS need not wait for its client's word (RFC 8446 6.1)."""
        self.close()
        self._writer.close_now()

    def end_whole(self) -> None:
        """End it, and what it carries bytes to; what was written arrives."""
        self._release()
        self.close()

    def _release(self) -> None:
        """Nobody waits for the answer, or the rest of the body, any more."""
        forwarding, self.exchange = self.exchange, None
        if forwarding is not None:
            forwarding.abandon()

    def _refuse(self, error: DownstreamError, begun: bytes = b"") -> None:
        """Answer with an error of the client's making, and end the connection.

        @param begun: where no head was read, what there is of it.
        """
        site, client = self._site, getattr(self.transport.getPeer(), "host", "unknown")
        if self._head_end is END and site.new_end is not None:
            # Nothing of it could be read.
            self._head_end = site.new_end()
        name = id_in(self._head_end).decode("ascii")
        method, call, target = site.named(self._head or begun)
        site.observers.notify(
            Refused(site.name, client, error.status, str(error), name, method, call, target)
        )
        self._release()
        if self._answering:
            self.cut()
            return
        self._delimited = True
        site.numbers.statuses[error.status // 100] += 1
        site.numbers.own[error.status] += 1
        with_body = self._head is None or self._head.method != b"HEAD"
        self._writer.write(
            own_response(error.status, str(error), keep_alive=False, with_body=with_body, end=self._head_end)
        )
        self._linger()

    def _linger(self) -> None:
        """Say that nothing more will be sent, and drop what still comes, for a while."""
        self._reading = Reading.LINGERING
        self._buffer = b""
        self._input_paused = self._body_paused = False
        self._resume_input()
        if self._writer.queued:
            # The time counts from when the client has taken the answer.
            self._limit()
        else:
            self._end_writing()

    def _end_writing(self) -> None:
        if ISSLTransport.providedBy(self.transport) or not ITCPTransport.providedBy(self.transport):
            # There is no half-close; what waits is sent all the same.
            self.close()
        else:
            self._limit()
            self.transport.loseWriteConnection()

    # What its client sends.

    def pause_request(self) -> None:
        """Read no more of the request's body: its upstream is slow."""
        if not self._body_paused:
            self._body_paused = True
            self._timer.body.stop(self._site.clock.seconds())
            self._limit()
            self._pause_transport()

    def resume_request(self) -> None:
        """Read the request's body again."""
        if self._body_paused:
            self._body_paused = False
            self._timer.body.go_on(self._site.clock.seconds())
            self._limit()
            self._resume_input()

    def _pause_transport(self) -> None:
        self.transport.pauseProducing()  # type: ignore[attr-defined]  # IPushProducer, as all are

    def _resume_input(self) -> None:
        if not self._input_paused and not self._body_paused and self._reading is not Reading.CLOSED:
            self.transport.resumeProducing()  # type: ignore[attr-defined]  # as above
