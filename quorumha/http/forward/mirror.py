"""L{Mirror}: the same request to other upstreams too, and the responses dropped.

A mirror cannot hurt: copies start when it is known what became of the request, so they delay nothing; they
have connections and limits of their own, and what becomes of them is held against nobody; how many wait is
bounded, and how many bytes all mirrors hold.  A node that already got the request whole gets no copy, so each
gets it once.

A copy shares the pieces of its request's body.  A small body is kept until the copy has its response: it may
go out again where a kept connection was stale.  A larger one goes on a new connection, and each piece is
released when it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, field, frozen
from twisted.internet.interfaces import IReactorTime

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.request_body import PIECE_COST
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.contracts import NOBODY, OnComplete
from quorumha.http.wire.messages import RequestHead
from quorumha.net.timeout import LazyTimeout
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.pool import Counters, Member, UpstreamPool

#: Bytes of a body that a copy keeps until its response is there.
KEPT_WHOLE = 64 * 1024
#: The slow lane has a body in one piece; copies release it in pieces of so many bytes.
PIECE = 64 * 1024

#: A copy goes to one upstream once; a stale kept connection is still made anew.
_ONCE = RetryPolicy(error=False, timeout=False, statuses=frozenset(), tries=1)


class _Copy:
    """One copy under way: a L{Copy<quorumha.http.forward.mirror_budget.Copy>}; nobody hears its response.

    @ivar request: how it is sent; set at once by who makes the copy.
    @ivar ends_at: when it is too late, by the clock; 0 means never.
    """

    __slots__ = ("_dropped", "ends_at", "request")

    request: ForwardedRequest

    def __init__(self, dropped: Callable[[_Copy], None], ends_at: float) -> None:
        """
        @param dropped: called when others need its room.
        """
        self._dropped = dropped
        self.ends_at = ends_at

    @property
    def kept_bytes(self) -> int:
        """Bytes of the shared budget that it holds."""
        body = self.request.body
        return 0 if body is None else body.shared

    def drop(self) -> None:
        """Give it up, and what it holds."""
        self.request.abandon()
        self._dropped(self)


@frozen(eq=False)
class Mirror:
    """Where copies go, and within which bounds.

    @ivar forwarder: how they are sent, on connections that only this mirror uses; the members of its pool get
        them, but those that the operator disabled.  Make it with L{mirror_to}.
    @ivar timeout: seconds that one copy may take in all; 0 means no limit.
    @ivar pending_limit: copies under way at once; more are dropped and counted.
    @ivar counters: where the copies are counted.
    @ivar budget: what the bodies of all copies may hold, of other mirrors as well.
    @ivar pending: the copies under way.
    """

    forwarder: PoolForwarder
    timeout: float
    counters: Counters
    budget: MirrorBudget
    pending_limit: int = 100
    pending: set[_Copy] = field(factory=set, init=False)
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
        copy = _Copy(self._dropped, forwarder.clock.seconds() + timeout if timeout else 0.0)
        only = SingleCandidate(forwarder.pool, member.for_copies())
        head = _without_upgrade(done.head)
        ended: OnComplete = lambda request: self._ended(copy, bool(request.status))  # noqa: E731  # short
        request = forwarder.forward(head, done.client, NOBODY, done.target, ended, only)
        copy.request = request
        self.pending.add(copy)
        body = request.body
        if body is not None and pieces:
            for piece in pieces:
                body.add(piece)
            if not keeps:
                body.lose_replay()
            self.budget.copies[copy] = None
        if timeout and len(self.pending) == 1:
            # One delayed call for all copies, for when the oldest is too late.
            self._timer.set(timeout)
        request.start(b"", True)

    def _too_late(self) -> None:
        now = self.forwarder.clock.seconds()
        for copy in [copy for copy in self.pending if copy.ends_at <= now]:
            copy.request.abandon()
            self._ended(copy, False)
        if self.pending:
            self._timer.set(min(copy.ends_at for copy in self.pending) - now)

    def _dropped(self, copy: _Copy) -> None:
        self._forget(copy)
        self.counters.mirror_dropped += 1

    def _forget(self, copy: _Copy) -> None:
        self.pending.discard(copy)
        self.budget.copies.pop(copy, None)

    def _ended(self, copy: _Copy, whole: bool) -> None:
        self._forget(copy)
        if whole:
            self.counters.mirrored += 1
        else:
            self.counters.mirror_failed += 1

    def stop(self) -> None:
        """Let go of every copy under way."""
        for copy in list(self.pending):
            copy.request.abandon()
            self._forget(copy)
        self._timer.stop()
        self.forwarder.connections.stop()


def _parted(piece: bytes) -> list[bytes]:
    """A piece, in such parts as are released one by one."""
    if len(piece) <= 2 * PIECE:
        return [piece]
    return [piece[at : at + PIECE] for at in range(0, len(piece), PIECE)]


def _without_upgrade(head: RequestHead) -> RequestHead:
    """The head of a copy: it never asks for another protocol."""
    return evolve(head, upgrade=b"") if head.upgrade else head


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
    @param counters: where copies are counted.
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
    )
    return Mirror(forwarder, timeout, counters, budget)
