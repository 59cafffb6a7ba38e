"""L{WaitingForwarder}: what a route has in order to hold its requests while no member can respond."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.hedged import HedgedRounds
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import RoundPolicy
from quorumha.http.forward.rounds import Rounds
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.forward.writes import Overtaking, WriteRounds
from quorumha.http.wire.contracts import OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import Candidates
from quorumha.pool.pool import UpstreamPool

#: Gives the candidates for one round.
Choose = Callable[[UpstreamPool], Candidates]


@frozen(eq=False)
class WaitingForwarder:
    """Forwards in rounds; between them requests wait while no member can respond.

    @ivar subrequests: for what the round policy asks.
    @ivar hedge: seconds without a response after which a second member is asked, too; 0: never.  Only for
        what may be asked twice.
    @ivar wait: seconds that a write waits at most while it finds no member, where its client waits for ever;
        0: as long as the client does.
    @ivar overtaking: what lets a write go on elsewhere when its member's checks put that down; None: nothing.
    @ivar choose: whom each round asks.
    """

    forwarder: PoolForwarder
    round_policy: RoundPolicy
    waiting_room: WaitingRoom
    subrequests: PoolForwarder
    hedge: float = 0.0
    wait: float = 0.0
    overtaking: Overtaking | None = None
    choose: Choose = Candidates
    upgrade: bool = field(default=False, init=False)
    _rounds: type[Rounds] = field(init=False)

    @_rounds.default
    def _of_the_kind(self) -> type[Rounds]:
        if self.hedge:
            return HedgedRounds
        return WriteRounds if self.wait or self.overtaking is not None else Rounds

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
        *,
        choose: Choose | None = None,
    ) -> ForwardedRequest:
        """As L{PoolForwarder.forward}, in rounds.

        @param choose: whom each round of this request asks, in place of the route's choice.
        """
        choose = choose or self.choose
        forwarder = self.forwarder
        whom = choose(forwarder.pool)
        request = forwarder.forward(head, client, sink, target, on_complete, candidates=whom)
        self._rounds(self, request, choose)
        return request
