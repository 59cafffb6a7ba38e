"""L{RpcForwarder}: how requests over HTTP get their responses."""

from __future__ import annotations

from attrs import Factory, define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.goquorum.decide.http_front import Refusal, asks_for_health, origin_of_message, refusal_of
from quorumha.goquorum.decide.origins import Origins, origin_of
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.batches import Batches
from quorumha.goquorum.forward.engine import Engine
from quorumha.goquorum.forward.exchange import RpcExchange
from quorumha.goquorum.forward.http_responses import RefusedExchange, notify_refused, noting
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.wire.contracts import Exchange, Forwarder, OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import UpstreamPool


@define(eq=False)
class RpcForwarder:
    """A L{Forwarder<quorumha.http.wire.contracts.Forwarder>} of messages of JSON-RPC.

    @ivar plain: for what goes to a member as it is.
    @ivar budget: what bodies may hold together.
    @ivar listener: whose clients these are where they have no address.
    @ivar longest_wait: seconds.
    @ivar body_limit: bytes; 0 means no limit.
    @ivar sockets: for those who ask for a WebSocket; None: nobody gets one.
    """

    engine: Engine
    asker: Asker
    batches: Batches
    plain: PoolForwarder
    origins: Origins
    budget: ReplayBudget
    listener: str
    longest_wait: float
    batch_limit: int
    body_limit: int
    sockets: Forwarder | None = field(default=None, init=False)
    pool: UpstreamPool = field(init=False, default=Factory(lambda self: self.asker.pool, takes_self=True))
    clock: IReactorTime = field(init=False, default=Factory(lambda self: self.asker.clock, takes_self=True))

    @property
    def upgrade(self) -> bool:
        """Whether WebSocket is spoken."""
        return self.sockets is not None

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
    ) -> Exchange:
        """Read the body, then answer each call; what is no message is answered as nodes do."""
        origin = origin_of_message(head, self.body_limit)
        if origin is not None:
            return RpcExchange(self, head, client, sink, origin)
        if head.upgrade and self.sockets is not None:
            return self.sockets.forward(head, client, sink, target, on_complete)
        refusal = refusal_of(head, self.body_limit)
        origin = origin_of(head)
        if refusal is None:
            if head.method == b"OPTIONS":
                return self.plain.forward(head, client, noting(sink, self.origins, origin))
            if not asks_for_health(head):
                return RpcExchange(self, head, client, sink, origin)
            refusal = self._health()
        else:
            notify_refused(self.pool.observers, self.listener, client, head, refusal)
        if not refusal.closes:
            # Else the channel knows that it is no member's.
            self.asker.numbers.own[refusal.status] += 1
        return RefusedExchange(refusal, head, sink, self.origins.fields(origin))

    def _health(self) -> Refusal:
        if self.pool.usable(self.clock.seconds()):
            return Refusal(200)
        return Refusal(503, "no member can be read from")
