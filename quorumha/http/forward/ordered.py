"""ForwardedRequest with another choice of members than the pool's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from attrs import fields, frozen

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import leave_out
from quorumha.pool.pool import Candidates, Member, UpstreamPool


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


class OrderedCandidates(Candidates):
    """Members in a given order: those that are usable first, then those that are put aside.

    Disabled ones are never asked.
    """

    __slots__ = ("_order", "_regardless")

    def __init__(self, pool: UpstreamPool, order: Sequence[Member], regardless: Member | None = None) -> None:
        """
        @param regardless: asked first, whatever is known of its health.
        """
        super().__init__(pool)
        self._order = order
        self._regardless = regardless

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """See L{Candidates.take}."""
        first, self._regardless = self._regardless, None
        if first is not None and first.enabled:
            return self._picked(first, now)
        left = [m for m in self._order if m.enabled and not m.full and m not in self.tried]
        usable = next((member for member in left if member.health.usable(now)), None)
        if usable is not None:
            return self._picked(usable, now)
        if usable_only or not left or self.full(now):
            return None
        return self._picked(left[0], now)

    def _picked(self, member: Member, now: float) -> Member | None:
        # The pool keeps the books: it has nobody else to choose.
        others = [other for other in self._pool.members if other is not member]
        if self._pool.pick(now, others, usable_only=False) is None and self.tried:
            return None
        self.tried.append(member)
        return member


class AwakeCandidates(OrderedCandidates):
    """For writes, as L{AwakeCandidates<quorumha.pool.candidates.AwakeCandidates>}."""

    __slots__ = ()

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """See L{Candidates.take}."""
        leave_out(self.tried, self._pool.members)
        return super().take(now, usable_only=usable_only)


def rendezvous_order(pool: UpstreamPool, affinity: bytes) -> AwakeCandidates:
    """Members in an order that is the same for all that has this affinity (rendezvous hashing).

    Primaries before backups.  When a member comes or goes, nothing else changes its place.
    """

    def place(member: Member) -> tuple[bool, bytes]:
        name = member.upstream.name.encode("utf-8")
        return member.upstream.backup, blake2b(name, digest_size=8, key=affinity).digest()

    return AwakeCandidates(pool, sorted(pool.members, key=place))
