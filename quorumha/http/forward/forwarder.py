"""L{PoolForwarder}: what a route has in order to get its requests a response."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.events import Origin
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.retry_policy import IRetryPolicy, RequestFacts, RetryPolicy
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.contracts import OnComplete, ResponseSink
from quorumha.http.wire.headers import Client, HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.numbers import ListenerNumbers
from quorumha.pool.pool import Candidates, Member, UpstreamPool
from quorumha.pool.upstream import AttemptState

#: Methods that are remembered; clients make up more.
METHODS = 32


@define(eq=False)
class PoolForwarder:
    """What a route has to get its requests a response: pool, connections, policy, limits.

    @ivar pool: whom to ask.
    @ivar connections: the pool's kept connections.
    @ivar clock: the time.
    @ivar policy: when the next one is asked.
    @ivar limits: may be others from one request to the next.
    @ivar replay_limit: bytes of a request's body kept for another try; 0 means no limit of its own.
    @ivar budget: bytes that all kept bodies may hold together.
    @ivar upgrade: WebSocket upgrades are passed on.
    @ivar deep: who responds to these requests, and with no 5xx, has all that it needs, as its database.
    @ivar kept_once: what may not be sent again goes on kept connections, too, looked at before; where
        one ends all the same, nobody knows what became of the request.
    @ivar origin: where these requests come in; None: they are neither counted nor told of.
    @ivar numbers: of the listener that these requests are for.
    """

    pool: UpstreamPool
    connections: Connections
    clock: IReactorTime
    policy: IRetryPolicy = field(factory=RetryPolicy)
    limits: Limits = field(factory=Limits)
    rules: HeaderRules = field(factory=HeaderRules)
    replay_limit: int = 8 * 1024 * 1024
    budget: ReplayBudget = field(factory=ReplayBudget)
    upgrade: bool = False
    deep: bool = True
    kept_once: bool = False
    origin: Origin | None = field(factory=Origin)
    numbers: ListenerNumbers = field(factory=ListenerNumbers, repr=False)
    #: What the clock says.  Found once: a look-up at a reactor costs more than the reading.
    now: Callable[[], float] = field(init=False, repr=False)
    #: Whether a request of this method may be sent once more after a part of it was sent.
    may_resend: Callable[[bytes], bool] = field(init=False, repr=False)

    @now.default
    def _reading(self) -> Callable[[], float]:
        return self.clock.seconds

    @may_resend.default
    def _remember(self) -> Callable[[bytes], bool]:
        # Policies are pure: each is asked once for a method.
        policy = self.policy
        return lru_cache(METHODS)(lambda m: policy.may_resend(RequestFacts(m), AttemptState.SENT_SOME))

    def responded(self, member: Member, status: int) -> None:
        """Take note of a response from a member that something was wrong with."""
        self.pool.succeeded(member, self.clock.seconds(), deep=self.deep and status < 500)

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None = None,
        on_complete: OnComplete | None = None,
        *,
        candidates: Candidates | None = None,
    ) -> ForwardedRequest:
        """Begin to forward; the caller goes on with L{ForwardedRequest.start}.

        @param target: in place of the head's, where the route rewrites it.
        @param on_complete: called once, when it is known what became of the request and its whole body is
            there; not when the client left.
        @param candidates: whom to ask, in place of the pool's own choice.
        """
        whom = candidates or Candidates(self.pool)
        return ForwardedRequest(self, head, sink, on_complete, None, client, target, whom)
