"""L{Rounds}: one request, asked for again until its judge is content or its time is over.

A round is one L{ForwardedRequest}: every candidate once.  Between
rounds the request is parked: it waits for a member to come back.  The client sees one answer,
and what nobody judges goes down untouched, as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import Unavailable, UpstreamError
from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT
from quorumha.http.forward.paused_response import PausedResponse
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.round_policy import (
    Again,
    Ask,
    Deliver,
    Elsewhere,
    Fail,
    Next,
    Response,
    RoundFacts,
)
from quorumha.http.forward.subrequest import inquire
from quorumha.http.forward.waiting_room import pause_for
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.timeout import Limit
from quorumha.pool.candidates import SingleCandidate

if TYPE_CHECKING:
    from quorumha.http.forward.waiting_forwarder import Choose, WaitingForwarder
    from quorumha.net.writer import Writer

log = Logger()


class Rounds:
    """One request; has what L{ForwardedRequest} has for its downstream side, and is its sink."""

    # What most requests never have stands in the class: making one is on the hot path.
    _response: ResponseHead | None = None
    _asking: Deferred[None] | None = None
    _collected: bytearray | None = None
    _done = False
    _judged = False
    _parked = False
    #: When an answer below 500 was judged first.
    _refused_at: float | None = None
    #: What of an answer waits at its connection, and the beginning that is there of its body.
    _rest: tuple[bytes, PausedResponse] | None = None
    _on_complete: Callable[[ForwardedRequest], None] | None = None
    _timer: Limit | None = None
    _woken: Callable[[], None] | None = None

    def __init__(
        self,
        line: WaitingForwarder,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        choose: Choose,
    ) -> None:
        self._line = line
        self._sink = sink
        self._choose = choose
        forwarder = line.forwarder
        self._forwarding = forwarder.forward(head, client, self, target, choose(forwarder.pool))

    # What downstream does.

    @property
    def done(self) -> bool:
        """The answer, or the error, went down whole."""
        return self._done or self._forwarding.done

    @property
    def streams(self) -> bool:
        """See L{ForwardedRequest.streams}."""
        return self._forwarding.streams

    def start(
        self, data: bytes, complete: bool, on_complete: Callable[[ForwardedRequest], None] | None = None
    ) -> None:
        """See L{ForwardedRequest.start}."""
        if on_complete is not None:
            self._on_complete = on_complete
        self._forwarding.start(data, complete, on_complete)

    def body_data(self, data: bytes) -> None:
        """See L{ForwardedRequest.body_data}."""
        self._forwarding.body_data(data)
        if self._woken is not None:
            self._line.waiting_room.grew(self, len(data))

    def body_end(self) -> None:
        """See L{ForwardedRequest.body_end}."""
        self._forwarding.body_end()

    def pause(self) -> None:
        """See L{ForwardedRequest.pause}."""
        self._forwarding.pause()

    def resume(self) -> None:
        """See L{ForwardedRequest.resume}."""
        self._forwarding.resume()

    def tunnel(self, data: bytes) -> None:
        """See L{ForwardedRequest.tunnel}."""
        self._forwarding.tunnel(data)

    def abandon(self) -> None:
        """See L{ForwardedRequest.abandon}."""
        self._ask_no_more()
        self._drop_rest()
        self._drop_collected()
        self._forwarding.abandon()

    # What a round tells.

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """See L{ResponseSink}."""
        line = self._line
        if self._judged or head.status not in line.statuses:
            if self._rest is not None:
                self._drop_rest()
            forwarding = self._forwarding
            line.judge.passed(forwarding.head, forwarding.target or forwarding.head.target, head, data, ended)
            self._sink.response_head(head, data, ended)
            if self._parked and not line.forwarder.pool.full(line.forwarder.clock.seconds()):
                line.waiting_room.wake()
        elif ended:
            self._over(Response(head, data))
        else:
            self._response = head
            self._collected = bytearray()
            self.response_data(data)

    def response_data(self, data: bytes) -> None:
        """See L{ResponseSink}."""
        collected = self._collected
        if collected is None:
            self._sink.response_data(data)
            return
        collected += data
        if len(collected) > BUFFERED_RESPONSE_LIMIT:
            # Its beginning is judged; the rest waits.  Where it cannot, it is the answer.
            assert self._response is not None
            rest = self._forwarding.pause_response(len(collected))
            if rest is not None:
                self._collected = None
                self._drop_rest()
                kept = bytes(collected)
                self._rest = kept, rest
                self._over(Response(self._response, kept))
            elif not self._forwarding.is_whole:
                self._collected = None
                self._judged = True
                self.response_head(self._response, bytes(collected), False)

    def response_end(self) -> None:
        """See L{ResponseSink}."""
        collected, self._collected = self._collected, None
        if collected is None:
            self._sink.response_end()
        else:
            assert self._response is not None
            self._over(Response(self._response.with_length(len(collected)), bytes(collected)))

    def response_cut(self) -> None:
        """See L{ResponseSink}."""
        if self._collected is None:
            self._sink.response_cut()
        else:
            self._collected = None
            self._over(UpstreamError("an answer broke off"))

    def response_failed(self, error: UpstreamError) -> None:
        """See L{ResponseSink}."""
        self._over(error)

    def pause_request(self) -> None:
        """See L{ResponseSink}."""
        self._sink.pause_request()

    def resume_request(self) -> None:
        """See L{ResponseSink}."""
        self._sink.resume_request()

    def writer(self) -> Writer | None:
        """See L{ResponseSink}."""
        return self._sink.writer() if self._collected is None else None

    # Between rounds.

    def _over(self, came: Response | UpstreamError) -> None:
        """A round is over: judge it."""
        if not self._is_paused(came):
            self._drop_rest()
        earlier = self._forwarding
        line = self._line
        self._forwarding = later = self._make_forwarding(earlier)
        earlier.hand_over(later)
        facts = self._facts(came, others=[Response(*other) for other in earlier.others])
        self._act(facts, line.judge.decide)

    def _make_forwarding(self, earlier: ForwardedRequest) -> ForwardedRequest:
        forwarder = self._line.forwarder
        others = self._choose(forwarder.pool)
        return forwarder.forward(earlier.head, earlier.client, self, earlier.target, others)

    def _facts(
        self,
        came: Response | UpstreamError,
        asked: Response | UpstreamError | None = None,
        others: Sequence[Response] = (),
    ) -> RoundFacts:
        forwarding = self._forwarding
        body = forwarding.body
        now = self._line.forwarder.clock.seconds()
        if self._refused_at is None and isinstance(came, Response) and came.head.status < 500:
            self._refused_at = now
        return RoundFacts(
            forwarding.head,
            forwarding.target or forwarding.head.target,
            lambda: b"".join(body.pieces) if body is not None and body.replayable else b"",
            forwarding.attempts,
            forwarding.resent or any(attempt.unknown for attempt in forwarding.attempts),
            self._line.forwarder.pool.members,
            came if isinstance(came, Response) else None,
            came if isinstance(came, UpstreamError) else None,
            asked,
            now,
            others,
            self._left(),
            0.0 if self._refused_at is None else now - self._refused_at,
        )

    def _act(self, facts: RoundFacts, decide: Callable[[RoundFacts], Next]) -> None:
        try:
            following = decide(facts)
        except Exception:
            log.failure("judging failed")
            following = Fail(UpstreamError("internal error"))
        self._follow(following, facts)

    def _follow(self, following: Next, facts: RoundFacts) -> None:
        match following:
            case Deliver(response):
                self._tell(response)
            case Fail(error):
                self._tell(error)
            case Ask():
                self._ask(following, facts)
            case Elsewhere(member):
                self._forwarding.leave_out(member)
                self._again()
            case Again(after, question):
                self._park(after, question, facts)

    def _park(self, after: float, question: RequestHead | None, facts: RoundFacts) -> None:
        line, forwarding = self._line, self._forwarding
        body = forwarding.body
        left = self._left()
        if (left is not None and left <= 0) or not (body is None or body.replayable):
            self._give_up(facts)
            return
        after = pause_for(facts.error, after)
        self._woken = self._again if question is None else lambda: self._ask(Ask(question), facts)
        self._arm(after, facts)
        quietly = self._parked or (facts.response is not None and facts.response.head.status < 500)
        self._parked = True
        line.waiting_room.park(self, 0 if body is None else body.size, quietly=quietly)

    def _arm(self, after: float, facts: RoundFacts) -> None:
        """Go on after so long, or tell the client when the time is over, whichever is first."""
        line, left = self._line, self._left()
        clock, pool = line.forwarder.clock, line.forwarder.pool
        last = left is not None and left <= after

        def over() -> None:
            woken = self._woken
            if last:
                self._wait_no_more()
                self._give_up(facts)
            elif pool.has_room(clock.seconds()) or line.waiting_room.may_try(clock.seconds(), after):
                self._wait_no_more()
                assert woken is not None
                woken()
            else:
                # One tries for all: whoever finds that a member answers wakes the others.
                self._arm(after, facts)

        self._timer = Limit(clock, left if last and left is not None else after, over)

    def _left(self) -> float | None:
        """Seconds that it may still wait; None: for ever."""
        return self._forwarding.time_left()

    def _give_up(self, facts: RoundFacts) -> None:
        """That time is over."""
        self._act(facts, self._line.judge.at_last)

    def wake(self) -> None:
        """See L{WaitingRequest<quorumha.http.forward.waiting_room.WaitingRequest>}."""
        woken = self._woken
        self._wait_no_more()
        if woken is not None:
            woken()

    def release(self) -> None:
        """See L{WaitingRequest<quorumha.http.forward.waiting_room.WaitingRequest>}."""
        self._wait_no_more()
        self._tell(self._line.waiting_room.refusal())

    def _wait_no_more(self) -> None:
        timer, self._timer = self._timer, None
        self._woken = None
        if timer is not None:
            timer.cancel()
            self._line.waiting_room.leave(self)

    def _again(self) -> None:
        forwarding = self._forwarding
        body = forwarding.body
        forwarding.start(b"", body is None or body.complete, self._on_complete)

    def _ask(self, question: Ask, facts: RoundFacts) -> None:
        line, forwarding = self._line, self._forwarding

        def asked(result: Response | Failure) -> None:
            self._asking = None
            if self._done:
                return
            if isinstance(result, Failure):
                if not result.check(UpstreamError):
                    log.failure("an inquiry failed", result)
                value = result.value
                came: Response | UpstreamError = (
                    value if isinstance(value, UpstreamError) else UpstreamError("internal error")
                )
            else:
                came = result
            told = facts.response or facts.error
            assert told is not None
            self._act(self._facts(told, came), line.judge.decide)

        deadline = forwarding.deadline
        if question.within:
            deadline = min(deadline or inf, line.forwarder.clock.seconds() + question.within)
        member = question.member
        only = None if member is None else SingleCandidate(line.asking.pool, member)
        asking = inquire(line.asking, question.head, forwarding.client, only, deadline)
        self._asking = asking.addBoth(asked)
        self._asking.addErrback(lambda failure: log.failure("judging failed", failure))

    def _ask_no_more(self) -> None:
        """Neither the next round nor the judge's question is wanted."""
        self._done = True
        self._wait_no_more()
        if self._asking is not None:
            self._asking.cancel()

    def _count_anew(self) -> None:
        """Something else goes down: C{_tell} counts once more what this round counted.  Who waits is not."""
        if self._woken is None and self._asking is None:
            self._line.forwarder.pool.counters.requests -= 1
            self._drop_collected()

    def _drop_collected(self) -> None:
        """What is there of an answer goes nowhere."""
        if self._collected is not None:
            self._line.forwarder.pool.counters.answered -= 1
            self._collected = None

    def _is_paused(self, what: Response | UpstreamError) -> bool:
        """Whether it is the answer whose rest waits."""
        return self._rest is not None and isinstance(what, Response) and what.body is self._rest[0]

    def _drop_rest(self) -> None:
        rest, self._rest = self._rest, None
        if rest is not None:
            rest[1].drop()

    def _tell(self, what: Response | UpstreamError) -> None:
        """The end: this goes down."""
        forwarding = self._forwarding
        if self._rest is not None and isinstance(what, Response) and self._is_paused(what):
            (kept, rest), self._rest = self._rest, None
            if not rest.broken:
                self._judged = True
                forwarding.deliver_paused(rest, what.head, kept, self._on_complete)
                return
            what = UpstreamError("an answer broke off")
        self._drop_rest()
        pool = self._line.forwarder.pool
        counters = pool.counters
        counters.requests += 1
        self._done = True
        if isinstance(what, Response):
            counters.answered += 1
            self._line.judge.passed(
                forwarding.head, forwarding.target or forwarding.head.target, what.head, what.body, True
            )
            self._sink.response_head(what.head, what.body, True)
        else:
            counters.failed += 1
            self._sink.response_failed(what.of_pool(pool.name) if isinstance(what, Unavailable) else what)
        forwarding.complete_with(self._on_complete)
