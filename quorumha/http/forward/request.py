"""One request, through one or more attempts, to one answer.

A L{ForwardedRequest} is one request on its way.  Its rules:

  - A candidate is tried once; the policy says whether the next one is asked.
  - Nothing is tried again after a byte of an answer went down.
  - An answer beats an error: one that is held is delivered when the others fail,
    and is not given up for a 5xx.
  - A kept connection that dies before the first byte of an answer, or on which something else comes, was
    only stale: one fresh connection to the same member, outside the count, held against nobody.

This file is over 300 lines because it is one state machine; what could be told apart (the
body, the connection, held answers, heads, the policy) has files of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING

from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DialTimeout
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.http.forward.best_response import BestResponse
from quorumha.http.forward.download import Download
from quorumha.http.forward.retry_policy import AttemptFacts, RequestFacts, Verdict
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import LOCATED, Client, request_bytes, with_clients_location
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.timeout import end_within
from quorumha.pool.dial_errors import connect_failed, no_response
from quorumha.pool.passive_health import HEALTHY
from quorumha.pool.pool import Candidates, Member
from quorumha.pool.upstream import (
    Attempt,
    AttemptState,
    Broken,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    WentDown,
)

if TYPE_CHECKING:
    from quorumha.http.forward.forwarder import PoolForwarder

log = Logger()

#: Seconds; who leaves sooner just changed its mind.
PATIENCE = 1.0

#: Attempts of earlier rounds that are remembered; the older half only if their outcome is unknown.
ATTEMPTS_KEPT = 64

#: What a dial that was cut off by its limit fails with; endpoints differ.
_TOO_LATE = (DialTimeout, CancelledError, error.ConnectingCancelledError, error.TimeoutError)


class ForwardedRequest(Download):
    """One request on its way.

    @ivar client: whose it is.
    @ivar target: in place of the head's, or None.
    @ivar reached: the members that were sent the whole request, in order.
    @ivar attempts: those that did not become the answer, or whose answer is held, in order.
    @ivar resent: it was sent again after a connection died whose upstream may have acted on it.
    """

    __slots__ = (
        "_attempts",
        "_candidates",
        "_dialling",
        "_kept",
        "_next",
        "_on",
        "_sent_at",
        "attempts",
        "client",
        "reached",
        "resent",
        "target",
    )

    def __init__(
        self,
        forwarder: PoolForwarder,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        candidates: Candidates,
    ) -> None:
        super().__init__(forwarder, head, sink)
        self.client = client
        self.target = target
        self._candidates = candidates
        self._attempts = 0
        self._connection: UpstreamConnection | None = None
        self._member: Member | None = None
        self._state = AttemptState.DIALLED
        self._held: BestResponse | None = None
        self._dialling: Deferred[UpstreamConnection] | None = None
        self._next: Member | None = None
        self._kept = False
        self._sent_at = -1.0
        self.attempts: list[Attempt] = []
        #: The next member is asked once the call that begins an attempt has returned; None: there is none.
        self._on: bool | None = None
        self.reached: list[Member] = []
        self.resent = False

    # What downstream does.

    def tunnel(self, data: bytes) -> None:
        """Bytes from the client after the protocols were switched."""
        connection = self._connection
        if connection is not None:
            connection.writer.write(data)
            if connection.writer.queued:
                self._pause_source()

    def abandon(self) -> None:
        """The client is gone, or wants no answer any more."""
        if not self.done:
            self._on_complete = None
            self._finish()
        elif self._on_complete is not None and self.body is not None and not self.body.complete:
            # The rest of the body will not come.  Were it whole, it would settle right now.
            self._on_complete = None
            self._release_body()

    def hand_over(self, later: ForwardedRequest) -> None:
        """Let C{later} go on with this request.

        Called by the sink, when it is told of an answer that is not to go down, or of the failure.
        """
        counters = self._forwarder.pool.counters
        counters.requests -= 1
        if self._state is AttemptState.PASSED_DOWN:
            counters.answered -= 1
        else:
            counters.failed -= 1
        later.body, self.body = self.body, None
        if later.body is not None and later.body.owner is not None:
            later.body.owner = later
        later.deadline, later.resent = self.deadline, self.resent
        later.reached = self.reached[-ATTEMPTS_KEPT:]
        # Without a time limit there may be very many rounds; what may have had an effect is not forgotten.
        kept = self.attempts[-ATTEMPTS_KEPT:]
        later.attempts = [a for a in self.attempts[:-ATTEMPTS_KEPT] if a.unknown][:ATTEMPTS_KEPT] + kept
        self._on_complete = None

    def leave_out(self, member: Member) -> None:
        """Ask any member but this one.  Before the start."""
        self._candidates.tried.append(member)

    def complete_with(self, on_complete: Callable[[ForwardedRequest], None] | None) -> None:
        """Somebody else told the client what came of it; only what follows is left to do."""
        self._on_complete = on_complete
        self._complete()
        self._resolve()

    @property
    def others(self) -> Sequence[tuple[ResponseHead, bytes]]:
        """Answers that were held whole and did not become the answer."""
        return () if self._held is None else self._held.others

    # Attempts.

    def _next_attempt(self) -> None:
        """Ask the next member.  Where dials fail at once it is a loop: members may be many."""
        walking, self._on = self._on is not None, True
        if walking:
            return
        try:
            while self._on and not self.done:
                self._on = False
                self._begin_attempt()
        except Exception:
            self._bug(Failure())
        finally:
            self._on = None

    def _begin_attempt(self) -> None:
        forwarder = self._forwarder
        member = self._next
        if member is None:
            member = self._candidates.take(forwarder.clock.seconds(), usable_only=self._usable_only())
        self._next = None
        if member is None:
            self._out_of_candidates()
            return
        if self._attempts:
            forwarder.pool.counters.moved += 1
        self._attempts += 1
        self._member = member
        member.in_flight += 1
        connection = forwarder.connections.kept(member) if self._may_use_kept() else None
        if connection is not None:
            self._kept = True
            self._use(connection)
        else:
            self._dial(member)

    def _may_use_kept(self) -> bool:
        """A kept connection may turn out to be stale: what cannot be sent again gets a fresh one."""
        if self.body is not None and not (self.body.replayable and self._is_kept()):
            return False
        return self._forwarder.may_resend(self.head.method)

    def _dial(self, member: Member) -> None:
        forwarder = self._forwarder
        self._kept = False
        self._state = AttemptState.DIALLED
        self._sent_at = -1.0
        phase, limit = self._within_total(Phase.CONNECT, forwarder.pool.connect_timeout)
        dialling = self._dialling = forwarder.connections.dial(member)
        dialling.addCallbacks(self._dialled, self._dial_failed, errbackArgs=(phase,))
        dialling.addErrback(self._bug)
        if limit and self._dialling is dialling:
            end_within(dialling, limit, forwarder.clock)

    def _dialled(self, connection: UpstreamConnection) -> None:
        self._dialling = None
        if self.done:
            connection.abort()
        else:
            self._use(connection)

    def _dial_failed(self, failure: Failure, phase: Phase) -> None:
        self._dialling = None
        if self.done:
            return
        if failure.check(*_TOO_LATE):
            self._attempt_ended(TimedOut(phase))
        else:
            self._attempt_ended(connect_failed(failure))

    def _bug(self, failure: Failure) -> None:
        """Something raised that never should: end the request, keep the traceback."""
        log.failure("forwarding failed", failure=failure)
        self._break_off()
        if not self.done:
            self._fail(UpstreamError("internal error"))

    def _use(self, connection: UpstreamConnection) -> None:
        """Send the request."""
        forwarder = self._forwarder
        head = self.head
        upgrade = bool(head.upgrade)
        self._connection = connection
        self._state = AttemptState.SENT_SOME
        self._sent_at = -1.0
        connection.begin(self, head.method, forwarder.limits.between, upgrade=upgrade)
        out = request_bytes(
            head, forwarder.rules, connection.member.upstream.authority, self.client, self.target
        )
        body = self.body
        connection.writer.write(out if body is None else body.begin(out))
        if body is None or body.sent:
            self._watch_upload(connection)
        else:
            self._pump()

    def _pump(self) -> None:
        """Send what has come of the body and was not sent yet, as far as the upstream takes it."""
        connection = self._connection
        body = self.body
        if connection is None:
            if body is not None and not body.replayable:
                self._pause_source()
            return
        if body is not None:
            body.send_to(connection.writer)
        self._watch_upload(connection)

    def _watch_upload(self, connection: UpstreamConnection) -> None:
        """Set the limit for what is waited for now, and stop or start the source."""
        body = self.body
        limits = self._forwarder.limits
        reading = self._state >= AttemptState.HEAD_SEEN
        if connection.writer.queued:
            if not reading:
                connection.limit.wait_to_send(limits.send, self.deadline)
            if body is not None and not body.complete and not body.replayable:
                self._pause_source()
        elif body is None or body.sent:
            if self._state < AttemptState.SENT_ALL:
                self._state = AttemptState.SENT_ALL
                self._sent_at = self._forwarder.clock.seconds()
                self.reached.append(connection.member)
                connection.limit.wait(Phase.FIRST_BYTE, limits.first_byte, self.deadline)
                if self._source_paused:
                    # It sends no more of this, and its end is to be seen.
                    self._resume_source()
        else:
            # It is the client's turn; its own limits hold.
            if not reading:
                connection.limit.wait(Phase.SEND, 0)
            self._resume_source()

    def _facts(self) -> tuple[RequestFacts, AttemptFacts]:
        body = self.body
        return (
            RequestFacts(self.head.method, body is None or body.replayable),
            AttemptFacts(self._attempts, self._state, self.time_left(), self._waited()),
        )

    def _waited(self) -> float:
        """Seconds since the current attempt sent the whole request; 0 when it has not."""
        return self._forwarder.clock.seconds() - self._sent_at if self._sent_at >= 0 else 0.0

    def _usable_only(self) -> bool:
        """Whether members that are put aside are left out: a bad guess beats a sure error, but no answer."""
        held = self._held
        return held is not None and held.best is not None and not self._asks_all(held.best[0].status)

    def _asks_all(self, status: int) -> bool:
        """Whether those that are put aside are asked, too, with such an answer in hand."""
        policy = self._forwarder.policy
        return policy.ask_all or status in policy.ask_all_after

    def _note(self, outcome: Outcome) -> None:
        assert self._member is not None
        self.attempts.append(Attempt(self._member.upstream, outcome, self._state, self._waited()))

    def _attempt_ended(self, outcome: Outcome) -> None:
        """An attempt came to nothing: ask the policy what follows."""
        forwarder = self._forwarder
        assert self._member is not None
        self._note(outcome)
        if outcome != TimedOut(Phase.TOTAL) or self._state >= AttemptState.SENT_ALL:
            forwarder.pool.report(self._member, outcome, forwarder.clock.seconds())
        self._drop_member()
        self._go_on(outcome)

    def _go_on(self, outcome: Outcome) -> None:
        request, attempt = self._facts()
        if self._forwarder.policy.decide(request, outcome, attempt) is Verdict.TRY_NEXT:
            self.resent = self.resent or attempt.state >= AttemptState.SENT_SOME
            self._next_attempt()
        else:
            self._out_of_candidates()

    def overtake(self, keep: Callable[[UpstreamConnection], None]) -> None:
        """The checks put down who is waited for: go on as if it had not responded, as far as the policy lets.

        @param keep: see L{give_away}.
        """
        connection = self._connection
        if self._dialling is not None:
            self._dialling.cancel()
        elif (
            connection is not None
            and self._state <= AttemptState.SENT_ALL
            and (self.body is None or self.body.replayable)
        ):
            self._note(WentDown())
            if not self.give_away(keep):
                self._break_off()
            self._go_on(WentDown())

    def give_away(self, keep: Callable[[UpstreamConnection], None]) -> bool:
        """Let somebody else read the response to the whole request, if that is what is waited for.

        @param keep: called with the connection.
        @return: whether it was.
        """
        connection = self._connection
        if connection is None or self._state is not AttemptState.SENT_ALL:
            return False
        self._connection = None
        keep(connection)
        self._drop_member()
        return True

    # What the upstream does.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """See L{AttemptEvents}."""
        member = self._member
        assert member is not None
        connection = self._connection
        if head.status == 408 and not head.keep_alive and connection is not None and self._was_stale(member):
            # It ended an idle connection while the request was on its way (RFC 9110 section 15.5.9).
            connection.abort()
            return
        if member.health is not HEALTHY:
            self._forwarder.responded(member, head.status)
        if not self.reached or self.reached[-1] is not member:
            self.reached.append(member)
        if head.status in LOCATED:
            authority = member.upstream.authority
            head = with_clients_location(head, self.head, self._forwarder.rules, authority, self.client)
        if head.status in self._forwarder.policy.statuses and (self._may_hold(head) or self._has_response()):
            # With an answer in hand even the last one is read whole first: it may break off.
            if self._held is None:
                self._held = BestResponse()
            self._note(Responded(head.status))
            self._held.begin(head, data)
            self._state = AttemptState.HEAD_SEEN
            if ended:
                self._held_whole()
            else:
                # The next upstream waits no longer for its end than for a first byte.
                assert self._connection is not None
                self._connection.end_within(
                    *self._within_total(Phase.BETWEEN_BYTES, self._forwarder.limits.first_byte)
                )
            return
        if self._held is not None and self._held.beats(head.status):
            self._note(Responded(head.status))
            if ended:
                self._release_connection()
            self._deliver_held(self._held)
            return
        if head.status in self._forwarder.policy.statuses:
            self._note(Responded(head.status))
        self._deliver(head, data, ended)

    def upstream_data(self, data: bytes) -> None:
        """See L{AttemptEvents}."""
        held = self._held
        if held is None or not held.reading:
            self._sink.response_data(data)
        elif not held.add(data) and self._connection is not None and self._connection.in_use:
            # Too large to hold: its rest waits.  If nobody else is asked, it is the answer, or worse.
            rest = None if self._next is None else self.pause_response(held.size)
            if rest is not None:
                held.paused(rest)
                self._next_attempt()
                return
            head, data = held.release()
            if held.beats(head.status):
                self._break_off()
                self._held_over()
                return
            self._connection.end_within(Phase.BETWEEN_BYTES, 0)
            self._deliver(head, data, False)

    def upstream_end(self) -> None:
        """See L{AttemptEvents}."""
        if self._held is not None and self._held.reading:
            self._held_whole()
            return
        self._release_connection()
        self._complete()
        self._sink.response_end()
        self._resolve()

    def upstream_failed(self, outcome: Outcome) -> None:
        """See L{AttemptEvents}."""
        connection, member = self._connection, self._member
        assert connection is not None and member is not None
        self._connection = None
        if self._state >= AttemptState.PASSED_DOWN:
            forwarder = self._forwarder
            forwarder.pool.report(member, outcome, forwarder.clock.seconds())
            forwarder.pool.counters.answered -= 1
            forwarder.pool.counters.failed += 1
            # As which it counts from now on: L{hand_over} looks at that.
            self._state = AttemptState.HEAD_SEEN
            self._drop_member()
            self._complete()
            self._sink.response_cut()
            self._resolve()
            return
        if self._held is not None and self._held.reading:
            # It broke off: it is no answer.
            self._held.release()
        elif not connection.answered and isinstance(outcome, Broken) and self._was_stale(member):
            return
        self._attempt_ended(outcome)

    def _was_stale(self, member: Member) -> bool:
        """Begin anew on a fresh connection, held against nobody, if a kept one may just have been too old."""
        policy = self._forwarder.policy
        if not self._kept or not policy.may_resend(self._facts()[0], self._state, self._waited()):
            return False
        self._connection = None
        self.resent = True
        self._dial(member)
        return True

    def upstream_drained(self) -> None:
        """See L{AttemptEvents}."""
        if self.head.upgrade and self._state is AttemptState.PASSED_DOWN:
            self._resume_source()
        else:
            self._pump()

    # Answers.

    def _may_hold(self, head: ResponseHead) -> bool:
        """Whether this answer is kept while another member is asked."""
        request, attempt = self._facts()
        outcome = Responded(head.status)
        if self._forwarder.policy.decide(request, outcome, attempt) is not Verdict.HOLD:
            return False
        if self._next is None:
            held = self._held
            better = held is not None and held.best is not None and held.best[0].status < 500
            usable_only = self._usable_only() if better else not self._asks_all(head.status)
            self._next = self._candidates.take(self._forwarder.clock.seconds(), usable_only=usable_only)
        return self._next is not None

    def _has_response(self) -> bool:
        return self._held is not None and self._held.best is not None

    def _held_whole(self) -> None:
        assert self._held is not None
        self._held.whole()
        self._release_connection()
        self._held_over()

    def _held_over(self) -> None:
        """An answer was held, or was not worth it: ask the next one, if there is one."""
        if self._next is not None:
            self._next_attempt()
        else:
            self._out_of_candidates()

    def _out_of_candidates(self) -> None:
        if self._held is not None and self._held.best is not None:
            self._deliver_held(self._held)
        else:
            pool, full = self._forwarder.pool, self._candidates.full(self._forwarder.clock.seconds())
            silent = any(member.enabled for member in pool.members)
            self._fail(no_response(pool.name, [a.outcome for a in self.attempts], full=full, silent=silent))

    def _fail(self, error: UpstreamError) -> None:
        self._forwarder.pool.counters.failed += 1
        self._complete()
        self._sink.response_failed(error)
        self._resolve()

    def _resolve(self) -> None:
        """Tell once, when the outcome and the whole body are there; then let go of the body."""
        if self._on_complete is None:
            self._release_body()
        elif self.body is None or self.body.complete:
            on_complete = self._on_complete
            self._on_complete = None
            try:
                on_complete(self)
            except Exception:
                # Whoever wanted to know has a bug; the request is none of its business.
                log.failure("what follows a settled request failed")
            self._release_body()

    def _finish(self) -> None:
        """Stop everything at once."""
        self.done = True
        if self._held is not None:
            self._held.drop()
        if self._dialling is not None:
            self._dialling.cancel()
            self._dialling = None
        connection, self._connection = self._connection, None
        if connection is not None:
            if self.head.upgrade and self._state is AttemptState.PASSED_DOWN:
                # The client ended the tunnel: its last bytes may still be on their way.
                connection.leave()
            else:
                connection.abort()
        if self._member is not None:
            forwarder = self._forwarder
            now = forwarder.clock.seconds()
            if self._state is AttemptState.SENT_ALL and self._waited() >= self._patience():
                # The client gave up: that counts against whoever kept it waiting.
                forwarder.pool.report(self._member, TimedOut(Phase.FIRST_BYTE), now)
            else:
                forwarder.pool.left_open(self._member, now)
        self._drop_member()
        self._release_body()

    def _patience(self) -> float:
        """Seconds without an answer after which a client that leaves is taken to have given up."""
        limits = self._forwarder.limits
        if limits.first_byte:
            return min(PATIENCE, limits.first_byte / 2)
        # What may take for ever is no hang, however long it took.
        return PATIENCE if limits.total else inf
