"""L{Mirror}: the same request to other upstreams too, and the responses dropped.

A mirror cannot hurt: copies start when it is known what became of the request, on connections of their own;
what becomes of them is held against nobody; how many wait is bounded, and how many bytes all mirrors hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import inf

from attrs import evolve, field, frozen
from twisted.internet.interfaces import IReactorTime

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.request_body import PIECE_COST
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.contracts import NOBODY
from quorumha.net.timeout import LazyTimeout
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.pool import Counters, Member, UpstreamPool

#: Bytes of a body that a copy keeps until its response is there.
KEPT_WHOLE = 64 * 1024
#: The slow lane has a body in one piece; copies release it in pieces of so many bytes.
PIECE = 64 * 1024

#: A copy goes to one upstream once; a stale kept connection is still made anew.
_ONCE = RetryPolicy(error=False, timeout=False, statuses=frozenset(), tries=1)


@frozen(eq=False)
class Mirror:
    """Where copies go, and within which bounds.  Who already got the request whole gets none.

    A copy shares the pieces of its request's body.  A small body is kept until the copy has its response: it
    may go out again where a kept connection was stale.  Of a larger one each piece is released when sent.

    @ivar forwarder: how they are sent, on connections that only this mirror uses; the members of its pool get
        them, but those that the operator disabled.  Make it with L{mirror_to}.
    @ivar timeout: seconds that one copy may take in all; 0 means no limit.
    @ivar pending_limit: copies under way at once; more are dropped and counted.
    @ivar budget: what the bodies of all copies may hold, of other mirrors as well.
    @ivar pending: the copies under way, and when it is too late for each, by the clock.
    """

    forwarder: PoolForwarder
    timeout: float
    counters: Counters
    budget: MirrorBudget
    pending_limit: int = 100
    pending: dict[ForwardedRequest, float] = field(factory=dict, init=False)
    _timer: LazyTimeout = field(init=False)

    @_timer.default
    def _make_timer(self) -> LazyTimeout:
        return LazyTimeout(self.forwarder.clock, self._too_late)

    def copy(self, done: ForwardedRequest) -> None:
        """Send copies of a request that is settled to everyone who did not get it.

        @param done: how it was forwarded; its body is there.
        """
        body = done.body
        pieces: Sequence[bytes] = () if body is None else body.pieces
        size = sum(map(len, pieces))
        cost = size + PIECE_COST * (len(pieces) + size // PIECE)
        parted = False
        for member in self.forwarder.pool.members:
            if not member.enabled or any(_same(member, other) for other in done.reached):
                continue
            if (
                len(self.pending) >= self.pending_limit
                or (body is not None and not body.replayable)
                or (size and not self.budget.make_room(cost))
            ):
                self.counters.mirror_dropped += 1
                continue
            if not parted and size > KEPT_WHOLE:
                pieces, parted = [part for piece in pieces for part in _parted(piece)], True
            self._send(member, done, pieces, size <= KEPT_WHOLE)

    def _send(self, member: Member, done: ForwardedRequest, pieces: Sequence[bytes], keeps: bool) -> None:
        forwarder, timeout = self.forwarder, self.timeout
        only = SingleCandidate(forwarder.pool, member.for_copies())
        # A copy never asks for another protocol.
        head = evolve(done.head, upgrade=b"") if done.head.upgrade else done.head
        request = forwarder.forward(head, done.client, NOBODY, done.target, self._ended, candidates=only)
        self.pending[request] = forwarder.clock.seconds() + timeout if timeout else inf
        body = request.body
        if body is not None and pieces:
            for piece in pieces:
                body.add(piece)
            if not keeps:
                body.lose_replay()
            self.budget.copies[body] = partial(self._drop, request)
        if timeout and len(self.pending) == 1:
            # One delayed call for all copies, for when the oldest is too late.
            self._timer.set(timeout)
        request.start(b"", True)

    def _too_late(self) -> None:
        now = self.forwarder.clock.seconds()
        for request in [request for request, ends_at in self.pending.items() if ends_at <= now]:
            self._abandon(request)
            self.counters.mirror_failed += 1
        if self.pending:
            self._timer.set(min(self.pending.values()) - now)

    def _drop(self, request: ForwardedRequest) -> None:
        """Others need its room."""
        self._abandon(request)
        self.counters.mirror_dropped += 1

    def _abandon(self, request: ForwardedRequest) -> None:
        request.abandon()
        self._forget(request)

    def _forget(self, request: ForwardedRequest) -> None:
        self.pending.pop(request, None)
        if request.body is not None:
            self.budget.copies.pop(request.body, None)

    def _ended(self, request: ForwardedRequest) -> None:
        self._forget(request)
        if request.status:
            self.counters.mirrored += 1
        else:
            self.counters.mirror_failed += 1

    def stop(self) -> None:
        """Let go of every copy under way."""
        for request in list(self.pending):
            self._abandon(request)
        self._timer.stop()
        self.forwarder.connections.stop()


def _parted(piece: bytes) -> list[bytes]:
    """A piece, in such parts as are released one by one."""
    if len(piece) <= 2 * PIECE:
        return [piece]
    return [piece[at : at + PIECE] for at in range(0, len(piece), PIECE)]


def _same(one: Member, other: Member) -> bool:
    """Whether two members, perhaps of two pools, have one address."""
    a, b = one.upstream, other.upstream
    return one is other or (bool(a.address) and a.address == b.address)


def mirror_to(
    like: PoolForwarder,
    pool: UpstreamPool,
    timeout: float,
    clock: IReactorTime,
    counters: Counters,
    connections_limit: int = 16,
    budget: MirrorBudget | None = None,
) -> Mirror:
    """A mirror to every member of C{pool}.

    @param like: the forwarder whose requests are copied; heads are rewritten alike.
    @param timeout: seconds for one copy in all; 0 means no limit.
    @param connections_limit: kept connections for each member.
    @param budget: what the bodies of all mirrors that share it may hold; None: one of its own.
    """
    budget = MirrorBudget() if budget is None else budget
    limits = Limits(total=0, first_byte=timeout, between=timeout, send=timeout)
    forwarder = PoolForwarder(
        pool,
        Connections(clock, connections_limit),
        clock,
        _ONCE,
        limits,
        like.rules,
        like.replay_limit,
        budget,
        origin=None,
        numbers=like.numbers,
    )
    return Mirror(forwarder, timeout, counters, budget)
