"""L{Asking}: one request at one member, until its answer is there, or goes down, or will not come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import frozen

from quorumha.errors import UpstreamError
from quorumha.goquorum.decide.verdict import ABSENT
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.request_body import RequestBody
from quorumha.http.wire.contracts import Nobody, ResponseSink
from quorumha.http.wire.messages import ResponseHead
from quorumha.net.timeout import Limit
from quorumha.net.writer import Writer
from quorumha.pool.pool import Member
from quorumha.pool.upstream import (
    AttemptResult,
    AttemptState,
    LocalFailure,
    Phase,
    TimedOut,
    WentDown,
    describe,
)

if TYPE_CHECKING:
    from quorumha.goquorum.forward.ask import Asker

#: Bytes of an answer after which it goes down as it comes, whatever it begins with.
JUDGED_FROM = 64 * 1024


@frozen(eq=False)
class MemberResponse:
    """A member answered.

    @ivar body: all of it; where there is C{rest}, its beginning.
    @ivar rest: more comes; L{Asking.pass_down} has all of it go down.
    """

    member: Member
    head: ResponseHead
    body: bytes
    rest: Asking | None = None


@frozen(eq=False)
class NoResponse:
    """A member did not answer, or not whole.

    @ivar sent: a byte of the request was sent: what it asks for may have been done.
    @ivar error: why, in words.
    @ivar limited: it is a bound of ours that ended it: no other member is asked for that.
    """

    member: Member
    sent: bool
    error: str
    attempts: tuple[AttemptResult, ...] = ()
    limited: bool = False

    @property
    def lacked(self) -> bool:
        """Whether it was this process that lacked something: that is held against no member."""
        return any(isinstance(one.outcome, LocalFailure) for one in self.attempts)


Outcome = MemberResponse | NoResponse


class Asking(Nobody):
    """One request at one member.

    @ivar request: as it is forwarded.
    @ivar kept: bytes of its answer that count in the bound of the process.
    """

    __slots__ = (
        "_asker",
        "_body",
        "_caller",
        "_head",
        "_limit",
        "_over",
        "_pieces",
        "_prefix",
        "_sink",
        "_size",
        "kept",
        "member",
        "request",
    )

    def __init__(
        self,
        asker: Asker,
        forwarder: PoolForwarder,
        member: Member,
        body: bytes,
        caller: Caller,
        over: Callable[[Outcome], object],
        prefix: bytes = b"",
    ) -> None:
        """
        @param over: called once, perhaps at once, with what came of it; not after L{leave}.
        @param prefix: an answer that begins with it is not waited for whole; empty: every one is.
        """
        self._asker = asker
        self._over: Callable[[Outcome], object] | None = over
        self.member = member
        self._prefix = prefix
        self._head: ResponseHead | None = None
        self._pieces: list[bytes] | None = None
        self._size = 0
        #: Where the answer goes down as it comes.
        self._sink: ResponseSink | None = None
        self._limit: Limit | None = None
        self.kept = 0
        self._caller = caller
        self._body = body
        head = caller.request(len(body))
        self.request = request = ForwardedRequest(
            forwarder,
            head,
            self,
            None,
            RequestBody.whole(body),
            caller.client,
            caller.target,
            asker.nobody,
        )
        request.next = member
        asker.under_way[member].add(self)
        request.start(b"", True)

    # Its end.

    def wait_until(self, deadline: float) -> None:
        """Wait for its answer until then, by the clock; 0: without a limit."""
        if deadline and self._over is not None:
            clock = self._asker.clock
            self._limit = Limit(clock, max(0.0, deadline - clock.seconds()), self.expire)

    def expire(self) -> None:
        """There was no answer in time."""
        sent, request = self._is_sent(), self.request
        request.note_unfinished(TimedOut(Phase.TOTAL))
        request.abandon()
        self._end(NoResponse(self.member, sent, "no answer in time", tuple(request.attempts)))

    def member_down(self) -> None:
        """Its member's checks put it down: it is asked for elsewhere, unless its answer goes down already."""
        if self._head is None:
            self.request.overtake(lambda attempt: attempt.break_off())
        elif self._over is not None:
            self._break_off(describe(WentDown()))

    def leave(self) -> None:
        """Nobody wants the answer any more."""
        self._over = None
        self._remove()
        self.request.abandon()

    def _is_sent(self) -> bool:
        return bool(self.request.reached) or self.request.sent_some

    def _remove(self) -> None:
        self._asker.under_way[self.member].discard(self)
        if self.kept:
            self._asker.kept.release(self)
        self._wait_on()

    def _wait_on(self) -> None:
        """Wait for the rest of its answer without a limit."""
        self._asker.deadlines.waiting.pop(self, None)
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def note_attempts(self) -> None:
        """Take note of what came of it, for who is told of the client's request."""
        self._caller.note(self._body, self.request.results())

    def give_up(self) -> None:
        """Too much is kept by all, and this is the largest."""
        self._break_off("too many bytes of answers are kept", limited=True)

    def _break_off(self, why: str, *, limited: bool = False) -> None:
        self.note_attempts()
        self.request.abandon()
        self._end(NoResponse(self.member, True, why, limited=limited))

    def _joined(self) -> bytes:
        return b"".join(self._pieces or ())

    def _end(self, outcome: Outcome) -> None:
        self.note_attempts()
        self._remove()
        over, self._over = self._over, None
        if over is not None:
            over(outcome)

    # What the request tells.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self._head = head
        self._pieces = [data]
        self._size = len(data)
        if ended:
            self.response_end()
        else:
            self._look()

    def response_data(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink.response_data(data)
            return
        assert self._pieces is not None
        self._pieces.append(data)
        self._size += len(data)
        self._look()

    def _look(self) -> None:
        """Whether it is known already that this is the answer, or too large."""
        head, size, prefix = self._head, self._size, self._prefix
        assert head is not None
        if self._over is None:
            return
        if prefix and head.status == 200 and size >= len(prefix) + len(ABSENT[0]):
            first = self._joined()
            self._pieces = [first]
            result = first.startswith(prefix) and not first.startswith(ABSENT, len(prefix))
            if result or size >= JUDGED_FROM:
                self.request.pause()
                self._wait_on()
                if self.kept:
                    self._asker.kept.release(self)
                over, self._over = self._over, None
                over(MemberResponse(self.member, head, first, self))
                return
        if 0 < self._asker.response_limit < size:
            self._break_off("its answer is larger than response_limit", limited=True)
        else:
            self._asker.kept.hold(self, size)

    def response_end(self) -> None:
        if self._sink is not None:
            self._remove()
            self._sink.response_end()
            return
        assert self._head is not None
        self._end(MemberResponse(self.member, self._head, self._joined()))

    def response_cut(self) -> None:
        if self._sink is not None:
            self._remove()
            self._sink.response_cut()
        else:
            self._end(NoResponse(self.member, True, "its answer broke off", tuple(self.request.attempts)))

    def response_failed(self, error: UpstreamError) -> None:
        attempts = tuple(self.request.attempts)
        sent = any(one.state >= AttemptState.SENT_SOME for one in attempts)
        why = describe(attempts[-1].outcome) if attempts else str(error)
        self._end(NoResponse(self.member, sent, why, attempts))

    # An answer that goes down as it comes.

    def pass_down(self, sink: ResponseSink) -> None:
        """Let all of it go down: what is there, and the rest as it comes."""
        assert self._head is not None
        self.note_attempts()
        self._sink = sink
        first, self._pieces = self._joined(), None
        ended = self.request.done
        if ended and self.request.error is not None:
            # It broke off while it had to wait.
            sink.response_cut()
            return
        sink.response_head(self._head, first, ended)
        if not ended:
            self.request.resume()

    def writer(self) -> Writer | None:  # type: ignore[override]  # nobody tells it anything
        """Once it goes down: where the client's bytes go."""
        return None if self._sink is None else self._sink.writer()
