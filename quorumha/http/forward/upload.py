"""L{Upload}: the half of a request that comes from the client.

A body is read whole before anybody is asked, as long as it can be kept: who sends slowly holds no member
meanwhile.  One that cannot be kept goes up as it comes, once its beginning is there, and comes no faster than
it goes up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from quorumha.http.forward.replay_budget import BEGINNING
from quorumha.http.forward.request_body import RequestBody
from quorumha.http.wire.contracts import OnComplete, ResponseSink
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.upstream import Phase

if TYPE_CHECKING:
    from quorumha.events import Origin
    from quorumha.http.forward.forwarder import PoolForwarder
    from quorumha.http.forward.rounds import Rounds


@define(eq=False, repr=False)
class Upload:
    """The half of a request that comes from the client.  Who derives from it says how it is sent.

    @ivar head: the request's.
    @ivar body: given where it is there whole already; None: one is made, if the head says that there is one.
    @ivar origin: whose it is; None: nobody counts it, and nobody is told of it.
    @ivar began_at: when its head was there, by the clock.
    @ivar waited: seconds for which it waited because no member could respond.
    @ivar round: who looks at how a round of attempts ended; None: nobody.
    @ivar source_paused: the client is kept from sending.
    @ivar done: the response, or the error, went down whole.
    @ivar deadline: when the time for the whole request is over, by the clock; 0 when it has no limit, or
        does not run yet.
    """

    _forwarder: PoolForwarder
    head: RequestHead
    _sink: ResponseSink
    _on_complete: OnComplete | None
    body: RequestBody | None
    origin: Origin | None = field(init=False)
    began_at: float = field(init=False)
    waited: float = field(default=0.0, init=False)
    deadline: float = field(default=0.0, init=False)
    done: bool = field(default=False, init=False)
    source_paused: bool = field(default=False, init=False)
    round: Rounds | None = field(default=None, init=False)
    #: The body is read, and nobody is asked yet.
    _gathers: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        forwarder, length = self._forwarder, self.head.length
        self.origin = forwarder.origin
        now = forwarder.now
        self.began_at = now()
        if length != 0 and self.body is None:
            # By place, as all that is called for each request: a name makes a dictionary.
            self.body = RequestBody(forwarder.budget, forwarder.replay_limit, length is None)

    def _next_attempt(self) -> None:
        """Ask the next member."""

    def _pump(self) -> None:
        """Send what has come of the body and was not sent yet, as far as the upstream takes it."""

    def _complete(self) -> None:
        """The outcome and the whole body are there."""

    # What downstream does.

    def start(self, data: bytes, complete: bool) -> None:
        """Go, with what is there of the body; C{complete}: that is all of it."""
        forwarder = self._forwarder
        if self.origin is not None:
            forwarder.pool.counters.requests += 1
        if self.round is not None and self.round.asks_beside:
            self.round.started(data, complete)
        body = self.body
        if body is not None:
            body.complete = complete
            if data:
                body.add(data)
            if not complete:
                body.replay_lost = self.body_lost_its_replay
                if body.replayable and self._may_gather(body):
                    self._gathers = True
                    return
        if complete and not self.deadline and forwarder.limits.total:
            self.deadline = self.began_at + forwarder.limits.total
        self._next_attempt()

    def body_data(self, data: bytes) -> None:
        """More of the request's body."""
        body = self.body
        assert body is not None
        if not self.done:
            body.replay_lost = self.body_lost_its_replay
            kept = body.add(data)
            if self.round is not None:
                self.round.body_came(len(data))
            if not (self._gathers and kept and self._may_gather(body)):
                self._go_up()
        elif self._on_complete is not None and body.replayable and not body.add(data):
            # Nobody but a mirror wanted the rest of it, and it is too large for that.
            body.release()

    def body_end(self) -> None:
        """The request's body is whole."""
        body = self.body
        assert body is not None
        body.complete = True
        body.replay_lost = None
        # Its time runs from its last byte on.
        total = self._forwarder.limits.total
        if total and not self.deadline:
            self.deadline = self._forwarder.clock.seconds() + total
        if self.done:
            self._complete()
        else:
            self._go_up()

    def body_lost_its_replay(self) -> None:
        """Others needed the room: it goes on now, and can be sent once."""
        body = self.body
        assert body is not None
        if self.done:
            body.release()
        else:
            self._go_up()

    def _go_up(self) -> None:
        """The body is whole, or cannot be kept: it waits no more for the rest of it."""
        if self._gathers:
            self._gathers = False
            self._next_attempt()
        else:
            self._pump()

    def _may_gather(self, body: RequestBody) -> bool:
        """Whether nobody is asked yet, with so much of the body there.

        One that is known to be too large streams once its beginning is there: who sends a byte now and then
        holds no member by stating a large length.
        """
        return self._is_kept() or body.size < min(self._forwarder.replay_limit, BEGINNING)

    def _is_kept(self) -> bool:
        """Whether all of the body will be kept, as far as that is known."""
        limit, length = self._forwarder.replay_limit, self.head.length
        return not limit or length is None or length <= limit

    def pause_source(self) -> None:
        if not self.source_paused:
            self.source_paused = True
            self._sink.pause_request()

    def resume_source(self) -> None:
        if self.source_paused:
            self.source_paused = False
            self._sink.resume_request()

    # Its time.

    def time_left(self) -> float | None:
        """Seconds until the deadline, at least 0; None without one."""
        if not self.deadline:
            return None
        return max(0.0, self.deadline - self._forwarder.clock.seconds())

    def within_total(self, phase: Phase, limit: float) -> tuple[Phase, float]:
        """The shorter of a phase's limit and what is left of the whole."""
        left = self.time_left()
        if left is None or (limit and limit <= left):
            return phase, limit
        return Phase.TOTAL, max(left, 0.001)
