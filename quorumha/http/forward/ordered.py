"""ForwardedRequest with another choice of members than the pool's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import fields, frozen

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Candidates, UpstreamPool


@frozen(eq=False)
class OrderedForwarder(PoolForwarder):
    """A forwarder that asks whom it is told to ask, in every round anew.

    @ivar choice: the candidates for one round.
    """

    choice: Callable[[UpstreamPool], Candidates] = Candidates

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None = None,
        candidates: Candidates | None = None,
    ) -> ForwardedRequest:
        """See L{PoolForwarder.forward}."""
        return ForwardedRequest(self, head, client, sink, target, candidates or self.choice(self.pool))


def with_candidates(like: PoolForwarder, choice: Callable[[UpstreamPool], Candidates]) -> OrderedForwarder:
    """A forwarder like C{like}, but for whom it asks."""
    settings: dict[str, Any] = {
        one.name: getattr(like, one.name) for one in fields(PoolForwarder) if one.init
    }
    return OrderedForwarder(**settings, choice=choice)
