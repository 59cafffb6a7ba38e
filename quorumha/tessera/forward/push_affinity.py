"""L{PushForwarder}: pushes of one payload go to one member, one after the other.

A payload for two keys of the party is pushed twice.  Tessera puts the two together, but only inside
one process: sent to two members at the same time, one fails, or loses its box (WIRE A3; Tessera issues
809, 882).
"""

from __future__ import annotations

from collections import deque
from functools import partial

from quorumha.http.forward.body_first import BodyFirstExchange, BodyFirstForwarder
from quorumha.http.forward.keyed_queue import KeyedQueue
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.wire.contracts import both
from quorumha.net.timeout import Limit
from quorumha.pool.candidates import OrderedCandidates, rendezvous_order
from quorumha.pool.pool import UpstreamPool
from quorumha.tessera.knowledge.wire_format import BEGINNING, affinity_of

#: Seconds that a push waits for the one before it, where the whole request has no limit.
_QUEUED_MOST = 2.0


class PushExchange(BodyFirstExchange["PushForwarder"]):
    """One push."""

    _affinity: bytes | None = None
    _queued: Limit | None = None

    def look(self, beginning: bytearray, complete: bool) -> None:
        """Begin, or queue, once it is known which payload it is."""
        route = self._route
        affinity = self._affinity = affinity_of(bytes(beginning[:BEGINNING]))
        if affinity is None:
            if complete or len(beginning) >= BEGINNING:
                self.begin(route.waiting.forward)
            return
        self._on_complete = both(self._completed, self._on_complete)
        waiting = route.waiting
        # To the member for this payload, and to others if it cannot respond.
        forward = partial(waiting.forward, choose=partial(_by_payload, affinity))
        if route.queue.enter(affinity, self):
            self.begin(forward)
        else:
            self._queued = Limit(waiting.forwarder.clock, route.queued_most, self._waited_enough)
            self.prepare(forward)

    def your_turn(self) -> None:
        """The one before is completed."""
        self._leave_queue()
        if not self._over:
            self.go()

    def _waited_enough(self) -> None:
        self._leave()
        self.go()

    def _completed(self, request: ForwardedRequest) -> None:
        assert self._affinity is not None
        # Without a circle nothing waits for the garbage collector.
        self._on_complete = None
        self._route.leave(self._affinity, self)

    def _leave_queue(self) -> None:
        if self._queued is not None:
            self._queued.cancel()

    def _leave(self) -> None:
        self._leave_queue()
        if self._affinity is not None:
            self._route.leave(self._affinity, self)

    def abandon(self) -> None:
        """Let the next push of the payload go."""
        super().abandon()
        self._leave()


class PushForwarder(BodyFirstForwarder):
    """For C{POST /push}.

    @ivar waiting: for each push, once it is known whom to ask first.
    @ivar queue: who waits for whom.
    @ivar queued_most: seconds that a push waits for the one before it.  Then it goes all the same, to
        the same member: half of what there is, so that there is time left for a response.
    """

    exchange = PushExchange

    def __init__(self, waiting: WaitingForwarder, queue: KeyedQueue[PushExchange] | None = None) -> None:
        self.waiting = waiting
        self.queue: KeyedQueue[PushExchange] = KeyedQueue() if queue is None else queue
        self.queued_most = waiting.forwarder.limits.total / 2 or _QUEUED_MOST
        self._ready: deque[PushExchange] = deque()
        self._releasing = False

    def leave(self, affinity: bytes, one: PushExchange) -> None:
        """C{one} is completed, or waits no more: the next may go."""
        following = self.queue.leave(affinity, one)
        if following is None:
            return
        self._ready.append(following)
        if self._releasing:
            # One that fails at once must not begin the next inside itself, and so on.
            return
        self._releasing = True
        try:
            while self._ready:
                self._ready.popleft().your_turn()
        finally:
            self._releasing = False


def _by_payload(affinity: bytes, pool: UpstreamPool) -> OrderedCandidates:
    return OrderedCandidates(pool, rendezvous_order(pool, affinity), awake=True)
