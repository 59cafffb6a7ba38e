"""L{Asker}: one request to one member, and what came of it.  Whom to ask, and what follows, others decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.errors import UpstreamError
from quorumha.goquorum.forward.caller import Caller
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponse, LateResponses
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import Response
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.wire.contracts import Nobody, ResponseSink
from quorumha.http.wire.messages import ResponseHead
from quorumha.net.timeout import Limit
from quorumha.net.writer import Writer
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import AttemptResult, AttemptState

#: Seconds for which a member that a write was sent to may be down by its checks before nobody waits any more.
DOWN_FOR = 1.0


@frozen(eq=False)
class Answer:
    """A member answered.

    @ivar body: all of it; where there is C{rest}, its beginning.
    @ivar rest: more comes; L{Asking.pour} has all of it go down.
    """

    member: Member
    head: ResponseHead
    body: bytes
    rest: Asking | None = None


@frozen(eq=False)
class NoAnswer:
    """A member did not answer, or not whole.

    @ivar sent: a byte of the request was sent: what it asks for may have been done.
    @ivar error: why, in words.
    """

    member: Member
    sent: bool
    error: str
    attempts: tuple[AttemptResult, ...] = ()


Outcome = Answer | NoAnswer


@define(eq=False)
class Asker:
    """Sends requests of one listener to single members.

    @ivar reads: how what may be sent twice goes: on kept connections, with one fresh try where one was stale.
    @ivar writes: how what may not goes: a byte that was sent is never sent again.
    @ivar late: where responses to writes are read that nobody waits for any more.
    @ivar response_limit: bytes of a response that is kept whole.
    """

    pool: UpstreamPool
    reads: PoolForwarder
    writes: PoolForwarder
    late: LateResponses
    response_limit: int = 16 * 1024**2
    under_way: defaultdict[Member, set[Asking]] = field(factory=lambda: defaultdict(set), init=False)

    @property
    def clock(self) -> IReactorTime:
        """The time."""
        return self.reads.clock

    def ask(self, member: Member, body: bytes, caller: Caller, *, prefix: bytes = b"") -> Deferred[Outcome]:
        """Ask for what may be asked twice.

        @param prefix: a response that begins with it is not waited for whole: it is the L{Answer}'s C{rest}.
        @return: never fails.  Cancel it to give up.
        """
        return Asking(self, self.reads, member, body, caller, prefix).result

    def tell(
        self,
        member: Member,
        body: bytes,
        caller: Caller,
        deadline: float,
        late: Callable[[Response | None], object] = lambda response: None,
    ) -> Deferred[Outcome]:
        """Send what may be sent once.

        @param deadline: by the clock, until when the answer is waited for; 0: for ever.
        @param late: called with an answer that came after C{NoAnswer}, or None: none will come.
        @return: never fails.  Cancelled, it is read further, and C{late} is told.
        """
        return Telling(self, self.writes, member, body, caller, deadline, late).result

    def down(self, member: Member) -> None:
        """Its checks put a member down: reads leave it at once, writes a little later."""
        for one in tuple(self.under_way.get(member, ())):
            one.member_down()


class Asking(Nobody):
    """One request at one member."""

    __slots__ = ("_asker", "_head", "_pieces", "_prefix", "_sink", "_size", "member", "request", "result")

    def __init__(
        self,
        asker: Asker,
        forwarder: PoolForwarder,
        member: Member,
        body: bytes,
        caller: Caller,
        prefix: bytes = b"",
    ) -> None:
        self._asker = asker
        self.member = member
        self._prefix = prefix
        self._head: ResponseHead | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._sink: ResponseSink | None = None
        self.result: Deferred[Outcome] = Deferred(lambda _: self._cancelled())
        only = SingleCandidate(asker.pool, member)
        head = caller.request(len(body))
        self.request: ForwardedRequest = forwarder.forward(head, caller.client, self, None, None, only)
        asker.under_way[member].add(self)
        self.request.start(body, True)

    def _over(self, outcome: Outcome) -> None:
        self._asker.under_way[self.member].discard(self)
        if not self.result.called:
            self.result.callback(outcome)

    def _cancelled(self) -> None:
        self._asker.under_way[self.member].discard(self)
        self.request.abandon()

    def member_down(self) -> None:
        """Its member's checks put it down: it is asked for elsewhere."""
        if self._sink is None:
            self.request.overtake(lambda attempt: attempt.break_off())

    # What the request tells.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self._head = head
        self._pieces.append(data)
        self._size = len(data)
        if ended:
            self.response_end()
        else:
            self._look()

    def response_data(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink.response_data(data)
            return
        self._pieces.append(data)
        self._size += len(data)
        self._look()

    def _look(self) -> None:
        """Whether it is known already that this is the answer, or too large."""
        head, size = self._head, self._size
        assert head is not None
        if self.result.called:
            return
        if self._prefix and size >= len(self._prefix):
            first = b"".join(self._pieces)
            self._pieces = [first]
            if head.status == 200 and (first.startswith(self._prefix) or size >= 64 * 1024):
                self.request.pause()
                self.result.callback(Answer(self.member, head, first, self))
                return
        if size > self._asker.response_limit:
            self.request.abandon()
            self._over(NoAnswer(self.member, True, "its answer is larger than response_limit"))

    def response_end(self) -> None:
        if self._sink is not None:
            self._asker.under_way[self.member].discard(self)
            self._sink.response_end()
            return
        assert self._head is not None
        self._over(Answer(self.member, self._head, b"".join(self._pieces)))

    def response_cut(self) -> None:
        if self._sink is not None:
            self._asker.under_way[self.member].discard(self)
            self._sink.response_cut()
        else:
            self._over(NoAnswer(self.member, True, "its answer broke off", tuple(self.request.attempts)))

    def response_failed(self, error: UpstreamError) -> None:
        attempts = tuple(self.request.attempts)
        sent = any(one.state >= AttemptState.SENT_SOME for one in attempts)
        self._over(NoAnswer(self.member, sent, str(error), attempts))

    # An answer that goes down as it comes.

    def pour(self, sink: ResponseSink) -> None:
        """Let all of it go down: what is there, and the rest as it comes."""
        assert self._head is not None
        self._sink = sink
        first, self._pieces = b"".join(self._pieces), []
        ended = self.request.done
        sink.response_head(self._head, first, ended)
        if not ended:
            self.request.resume()

    def writer(self) -> Writer | None:
        return None


class Telling(Asking):
    """One request that is sent once."""

    __slots__ = ("_body", "_caller", "_late", "_limit")

    def __init__(
        self,
        asker: Asker,
        forwarder: PoolForwarder,
        member: Member,
        body: bytes,
        caller: Caller,
        deadline: float,
        late: Callable[[Response | None], object],
    ) -> None:
        self._limit: Limit | None = None
        self._late = late
        self._caller = caller
        super().__init__(asker, forwarder, member, body, caller)
        if deadline and not self.result.called:
            left = max(0.0, deadline - asker.clock.seconds())
            self._limit = Limit(asker.clock, left, lambda: self._let_go("no answer in time"))

    def member_down(self) -> None:
        """Its checks put its member down.  It may only have been slow: that is known in a second."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = Limit(self._asker.clock, DOWN_FOR, self._still_down)

    def _still_down(self) -> None:
        if self.member.health.down:
            self._let_go("its checks put it down")

    def _let_go(self, why: str) -> None:
        """Wait no more; read what comes all the same."""
        request = self.request
        sent = bool(request.reached) or request.streams
        if not self._keep():
            request.abandon()
        self._over(NoAnswer(self.member, sent, why, tuple(request.attempts)))

    def _cancelled(self) -> None:
        self._asker.under_way[self.member].discard(self)
        self._stop_limit()
        if not self._keep():
            self.request.abandon()
            self._late(None)

    def _keep(self) -> bool:
        """Let the attempt be read further, by somebody else; whether there is one."""
        kept = self.request.give_away(self._hand_over)
        if kept:
            self.request.abandon()
        return kept

    def _hand_over(self, attempt: Attempt) -> None:
        late, asker = self._late, self._asker

        def ended(one: LateResponse, response: Response | None) -> None:
            asker.late.ended(one)
            late(response)

        request = self.request
        rules = asker.writes.rules
        one = LateResponse(request.head, self._caller.client, rules, attempt, ended)
        asker.late.keep(one)

    def _stop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _over(self, outcome: Outcome) -> None:
        self._stop_limit()
        super()._over(outcome)
