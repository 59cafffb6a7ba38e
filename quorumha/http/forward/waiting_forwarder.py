"""L{WaitingForwarder}: what a route has in order to hold its requests while nobody can answer."""

from __future__ import annotations

from attrs import field, frozen

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.hedged import HedgedRounds
from quorumha.http.forward.round_policy import RoundPolicy
from quorumha.http.forward.rounds import Rounds
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.forward.writes import Overtaking, WriteRounds
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead


@frozen(eq=False)
class WaitingForwarder:
    """See the module.

    @ivar forwarder: for the rounds.
    @ivar judge: what follows from each.
    @ivar parking: where requests wait.
    @ivar asking: for the judge's own questions.
    @ivar hedge: seconds without an answer after which a second member is asked, too; 0: never.  Only for
        what may be asked twice.
    @ivar wait: seconds that a write waits at most while it finds no member, where its client waits for ever;
        0: as long as the client does.
    @ivar overtaking: what lets a write go on elsewhere when its member's checks put that down; None: nothing.
    """

    forwarder: PoolForwarder
    judge: RoundPolicy
    waiting_room: WaitingRoom
    asking: PoolForwarder
    hedge: float = 0.0
    wait: float = 0.0
    overtaking: Overtaking | None = None
    upgrade: bool = field(default=False, init=False)
    statuses: frozenset[int] = field(init=False)

    @statuses.default
    def _of_the_judge(self) -> frozenset[int]:
        return self.judge.statuses

    def forward(self, head: RequestHead, client: Client, sink: ResponseSink, target: bytes | None) -> Rounds:
        """As L{PoolForwarder.forward}."""
        if self.hedge:
            return HedgedRounds(self, head, client, sink, target)
        rounds = WriteRounds if self.wait or self.overtaking is not None else Rounds
        return rounds(self, head, client, sink, target)
