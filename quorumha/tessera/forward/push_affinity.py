"""L{PushForwarder}: pushes of one payload go to one member, one after the other.

A payload for two keys of the party is pushed twice.  Tessera puts the two together, but only inside
one process: sent to two members at the same time, one fails, or loses its box (WIRE A3; Tessera issues
809, 882).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from quorumha.http.forward.body_first import BodyFirstExchange
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.keyed_queue import KeyedQueue
from quorumha.http.forward.ordered import with_candidates
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import Forwarder, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.net.timeout import Limit
from quorumha.pool.candidates import OrderedCandidates, rendezvous_order
from quorumha.pool.pool import UpstreamPool
from quorumha.tessera.knowledge.wire_format import BEGINNING, affinity_of

#: Seconds that a push waits for the one before it, where the whole request has no limit.
_PATIENCE = 2.0


class PushForwarder:
    """A L{Forwarder<quorumha.http.wire.contracts.Forwarder>} for C{POST /push}.

    @ivar turns: who waits for whom.
    @ivar patience: seconds that a push waits for the one before it.  Then it goes all the same, to
        the same member: half of what there is, so that there is time left for an answer.
    """

    upgrade = False

    def __init__(
        self, forwarder: PoolForwarder, make: Callable[[PoolForwarder], Forwarder] = lambda it: it
    ) -> None:
        """
        @param make: the way of one request from a forwarder that asks the right member first, as
            C{lambda it: WaitingForwarder(it, PushPolicy(), waiting_room, asking)}.
        """
        self.turns: KeyedQueue[PushExchange] = KeyedQueue()
        self.clock = forwarder.clock
        self.patience = forwarder.limits.total / 2 or _PATIENCE
        self.plain = make(forwarder)
        self._forwarder = forwarder
        self._make = make
        self._ready: deque[PushExchange] = deque()
        self._letting_go = False

    def forward(
        self, head: RequestHead, client: Client, sink: ResponseSink, target: bytes | None
    ) -> PushExchange:
        """See L{Forwarder<quorumha.http.wire.contracts.Forwarder>}."""
        return PushExchange(self, head, client, sink, target)

    def towards(self, affinity: bytes) -> Forwarder:
        """The way to the member for this payload, and to others if it cannot answer."""
        return self._make(with_candidates(self._forwarder, lambda pool: _by_affinity(pool, affinity)))

    def left(self, affinity: bytes, one: PushExchange) -> None:
        """C{one} is settled, or waits no more: the next may go."""
        following = self.turns.leave(affinity, one)
        if following is not None:
            self._ready.append(following)
        if self._letting_go:
            # One that fails at once must not begin the next inside itself, and so on.
            return
        self._letting_go = True
        try:
            while self._ready:
                self._ready.popleft().your_turn()
        finally:
            self._letting_go = False


class PushExchange(BodyFirstExchange):
    """One push."""

    def __init__(
        self, way: PushForwarder, head: RequestHead, client: Client, sink: ResponseSink, target: bytes | None
    ) -> None:
        super().__init__(head, client, sink, target)
        self._way = way
        self._affinity: bytes | None = None
        self._waiting: Limit | None = None

    def look(self, beginning: bytearray, complete: bool) -> None:
        """See L{BodyFirstExchange.look}."""
        way = self._way
        affinity = self._affinity = affinity_of(bytes(beginning[:BEGINNING]))
        if affinity is None:
            if complete or len(beginning) >= BEGINNING:
                self.begin(way.plain)
        elif way.turns.enter(affinity, self):
            self.begin(way.towards(affinity), self._ended)
        else:
            self._waiting = Limit(way.clock, way.patience, self._waited_enough)
            self.prepare(way.towards(affinity))

    def your_turn(self) -> None:
        """The one before is settled."""
        self._wait_no_more()
        if not self._over:
            self.go(self._ended)

    def _waited_enough(self) -> None:
        self._waiting = None
        assert self._affinity is not None
        self._way.left(self._affinity, self)
        self.go(self._ended)

    def _ended(self, forwarding: ForwardedRequest) -> None:
        self._leave()
        if self._on_complete is not None:
            self._on_complete(forwarding)

    def _wait_no_more(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.cancel()

    def _leave(self) -> None:
        self._wait_no_more()
        if self._affinity is not None:
            self._way.left(self._affinity, self)

    def abandon(self) -> None:
        """See L{BodyFirstExchange.abandon}."""
        super().abandon()
        self._leave()


def _by_affinity(pool: UpstreamPool, affinity: bytes) -> OrderedCandidates:
    return OrderedCandidates(pool, rendezvous_order(pool, affinity), awake=True)
