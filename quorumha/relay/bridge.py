"""L{Bridge}: two sides as one connection, with one time limit for both directions together.

Bytes and half-closes are carried by the sides themselves (L{quorumha.relay.side}).

Which limit runs, from the state of both sides:

  - one side is gone: the other one has L{LINGER} for each of its steps to take what is left;
  - the upstream sends no more, and the client has all of it: L{LINGER} of silence;
  - the client sends no more, and a half-close cannot be carried to its upstream (TLS): as long as the
    response is awaited the idle limit; L{LINGER} of silence once it came;
  - else the idle limit, also for a client that sends no more and waits for its response.

Silence means that nothing moves: a reader that takes bytes steadily is not silent.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from quorumha.net.timeout import LazyTimeout
from quorumha.pool.pool import Member
from quorumha.relay.side import Side

if TYPE_CHECKING:
    from quorumha.relay.factory import RelayFactory
    from quorumha.relay.protocol import RelayProtocol

#: Seconds without a byte for a connection that is over but for what one side has still to take or to notice.
LINGER = 30.0


class Bridge(Factory):
    """A downstream side and, once one is connected, an upstream side, which it builds.

    @ivar idle_timeout: seconds without a byte in either direction; 0 means no limit.
    @ivar ended_by: who ended it first: C{"client"}, C{"upstream"} or C{"proxy"}; empty: nobody has.
    """

    noisy = False
    # As in L{Side}, the class says how most begin.
    ended_by = ""
    _limit: LazyTimeout | None = None
    _upstream: Side | None = None
    _progress_at = 0.0
    #: Whose bytes were the last that moved; None: nobody has said anything.
    _spoke: Side | None = None
    _one_gone = False
    #: The client sends no more, and its upstream does not know.
    _untold = False

    def __init__(self, downstream: RelayProtocol, relay: RelayFactory) -> None:
        self._downstream: RelayProtocol | None = downstream
        self._relay = relay
        self._clock = relay.clock
        # The relay may have others for those who come later.
        self.idle_timeout = relay.idle_timeout
        self._linger = relay.linger
        self._numbers = relay.numbers

    def buildProtocol(self, addr: IAddress | None) -> Side:
        """Build the upstream's side; anew for each upstream that is tried."""
        downstream = self._downstream
        side = Side() if downstream is None else downstream.upstream_side()
        side.bridge = self
        return side

    @property
    def member(self) -> Member | None:
        """Whose connection it is, while there is one and a pool knows."""
        upstream = self._upstream
        return None if upstream is None or upstream.lease is None else upstream.lease.member

    def join(self, upstream: Side) -> None:
        """Pass bytes on, both ways."""
        downstream = self._downstream
        assert downstream is not None
        self._upstream = upstream
        self._progress_at = self._clock.seconds()
        self._watch()
        downstream.join(upstream)
        upstream.join(downstream)

    def progressed(self, side: Side, size: int) -> None:
        """So many bytes of C{side} were passed on."""
        self._spoke = side
        if side is self._downstream:
            self._numbers.received += size
        else:
            self._numbers.sent += size
        self._progress_at = self._clock.seconds()
        if self._untold:
            self._watch()

    def taken(self) -> None:
        """The reader of one side took some of what waits for it."""
        self._progress_at = self._clock.seconds()

    def ends(self, by: str) -> None:
        """Somebody ends it, wholly or in one direction: the first one counts."""
        if not self.ended_by:
            self.ended_by = by

    def changed(self) -> None:
        """One direction of one side has ended: another limit may run."""
        self._progress_at = self._clock.seconds()
        self._watch()

    @property
    def idle_since(self) -> float:
        """Since when, by the clock, nobody waits for anything: the last bytes went to the client.

        Infinity while the upstream may be at work for the client, and before there is one.
        """
        downstream, upstream = self._downstream, self._upstream
        if downstream is None or upstream is None or downstream.lost or upstream.lost:
            return inf
        if self._spoke is downstream or downstream.writer.queued or upstream.writer.queued:
            return inf
        return self._progress_at

    def linger(self) -> None:
        """One side is gone; the other one's time is limited."""
        self._one_gone = True
        self.changed()

    def cannot_half_close(self, side: Side) -> None:
        """C{side} shall get no more bytes, and only closing can say so.

        A client is closed: its upstream is done.  An upstream is not, because the client may still
        wait for the response.
        """
        if side is self._upstream:
            self._untold = True
        else:
            side.close()
        self._watch()

    def _allowed(self) -> float:
        """Seconds of silence after which both sides are cut; 0 means no limit."""
        downstream, upstream = self._downstream, self._upstream
        if downstream is None or upstream is None:
            return self._linger if self._one_gone else 0.0
        over = self._one_gone or downstream.closing or upstream.closing
        if not over and upstream.read_ended:
            over = downstream.write_ended
        if not over and self._untold:
            over = self._spoke is not downstream
        if not over:
            return self.idle_timeout
        return min(self.idle_timeout or self._linger, self._linger) if not self._one_gone else self._linger

    def _watch(self) -> None:
        """Arm the limit that runs now."""
        seconds = self._allowed()
        if not seconds:
            return
        if self._limit is None:
            self._limit = LazyTimeout(self._clock, self._passed)
        self._limit.set(seconds)

    def _passed(self) -> None:
        """The limit has passed, unless something moved since it was set."""
        seconds = self._allowed()
        if not seconds:
            return
        left = self._progress_at + seconds - self._clock.seconds()
        if left <= 0:
            if not self._progressing():
                self._end_late()
                return
            self.taken()
            left = seconds
        assert self._limit is not None
        self._limit.set(left)

    def _end_late(self) -> None:
        """Nobody moved in time.  Who was sent all there is keeps it; anybody else sees a break."""
        self.ends("proxy")
        for side in self._living():
            if side.write_ended:
                side.writer.close_now()
            else:
                side.abort()

    def _living(self) -> list[Side]:
        sides = (self._downstream, self._upstream)
        return [side for side in sides if side is not None and not side.lost]

    def _progressing(self) -> bool:
        """Whether a reader takes of what waits, though there is no room for more yet."""
        # Each is asked: what one of them knew earlier may have changed.
        taking = [side.writer.is_progressing() for side in self._living()]
        return any(taking)

    def side_lost(self) -> None:
        """A side is gone, and the other one knows."""
        downstream, upstream = self._downstream, self._upstream
        if downstream is None or not downstream.lost or (upstream is not None and not upstream.lost):
            return
        # What knows each other would wait for the garbage collector.
        self._downstream = self._upstream = self._spoke = None
        if self._limit is not None:
            self._limit.stop()
            self._limit = None
        self._relay.ended(downstream)

    def close(self) -> None:
        """End both sides; what was written to them arrives."""
        self.ends("proxy")
        for side in self._living():
            side.leave()
        self._watch()

    def end_idle(self) -> None:
        """End both sides while nobody waits for anything: TLS need not wait for the other's word."""
        sides = self._living()
        self.close()
        for side in sides:
            side.writer.close_now()

    def pause(self) -> None:
        """Let no byte pass, either way, until L{resume}; the end of either side is the end of both.

        The idle limit runs on.
        """
        for side in self._living():
            side.stand_still()

    def resume(self) -> None:
        """Go on, in order."""
        sides = self._living()
        for side in sides:
            side.move_on()
        for side in sides:
            side.pass_on_kept()

    def cut(self) -> None:
        """Break off both."""
        self.ends("proxy")
        for side in self._living():
            side.abort()
