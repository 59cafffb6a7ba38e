"""One request, through one or more attempts, to one response.

A L{ForwardedRequest} is one request on its way: candidates, a retry policy, and the best response so far.

  - A candidate is tried once in a round; the policy says whether the next one is asked.
  - Nothing is tried again after a byte of a response went down.
  - A response beats an error: one that is kept is delivered when the others fail,
    and is not given up for a 5xx.
  - What its rounds look at is kept, too: they say whether it goes down, or the request goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import ResponseCut, UpstreamError
from quorumha.http.forward.best_response import BestResponse
from quorumha.http.forward.download import Download
from quorumha.http.forward.paused_response import PausedResponse
from quorumha.http.forward.retry_policy import AttemptFacts, RequestFacts, Verdict
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.headers import request_bytes
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.dial_errors import no_response
from quorumha.pool.pool import Candidates, Member
from quorumha.pool.upstream import AttemptState, Outcome, Phase, Responded, WentDown

log = Logger()

#: Attempts of earlier rounds that are remembered; the older half only if their outcome is in doubt.
ATTEMPTS_KEPT = 64


@define(eq=False, repr=False)
class ForwardedRequest(Download):
    """One request on its way to one response.

    @ivar reached: the members that were sent the whole request, in order.
    @ivar next: who is asked before the candidates.
    @ivar resent: it was sent again after a connection died whose upstream may have acted on it.
    """

    _candidates: Candidates
    reached: list[Member] = field(factory=list, init=False)
    next: Member | None = field(default=None, init=False)
    resent: bool = field(default=False, init=False)
    _tries: int = field(default=0, init=False)
    #: The next member is asked once the call that begins an attempt has returned; None: there is none.
    _on: bool | None = field(default=None, init=False)

    # What a round does.

    def again(self, candidates: Candidates) -> None:
        """Ask once more, with all that is there of the body."""
        self._candidates = candidates
        self._tries = 0
        self._drop_buffered()
        del self.reached[:-ATTEMPTS_KEPT]
        # Without a time limit there may be very many rounds; what may have had an effect is not forgotten.
        old = self.attempts[:-ATTEMPTS_KEPT]
        self.attempts[:-ATTEMPTS_KEPT] = [a for a in old if a.in_doubt][:ATTEMPTS_KEPT]
        self._next_attempt()

    def overtake(self, keep: Callable[[Attempt], None]) -> None:
        """The checks put down who is waited for: go on as if it had failed, as far as the policy lets."""
        attempt = self._attempt
        if attempt is None:
            return
        if attempt.connection is None:
            attempt.expire()
        elif attempt.state <= AttemptState.SENT_ALL and (self.body is None or self.body.replayable):
            if not self.give_away(keep):
                attempt.break_off()
            self._go_on(attempt, WentDown())

    def note_unfinished(self, outcome: Outcome) -> None:
        """The attempt that is under way is waited for no longer: note it, against nobody."""
        if self._attempt is not None:
            self.attempts.append(self._attempt.result(outcome))

    def give_away(self, keep: Callable[[Attempt], None]) -> bool:
        """Let somebody else keep the attempt, if only the response is waited for; whether it was so."""
        attempt = self._attempt
        if attempt is None or attempt.connection is None or attempt.state is not AttemptState.SENT_ALL:
            return False
        self._attempt = None
        keep(attempt)
        return True

    # Attempts.

    def _next_attempt(self) -> None:
        """Ask the next member.  Where dials fail at once it is a loop: members may be many."""
        if self._on is not None:
            self._on = True
            return
        self._on = True
        forwarder, head = self._forwarder, self.head
        try:
            while self._on and not self.done:
                self._on = False
                clock = forwarder.now
                now = clock()
                member = self.next
                if member is None:
                    # A bad guess beats a sure error, but no response.
                    usable_only = self._buffered is not None and self._usable_only(self._best_status())
                    member = self._candidates.take(now, usable_only=usable_only)
                    if member is None:
                        self._out_of_candidates()
                        continue
                else:
                    self.next = None
                if self._tries and self.origin is not None:
                    forwarder.pool.counters.failed_over(self.attempts[-1].outcome)
                self._tries += 1
                to, body = member.upstream.authority, self.body
                out = request_bytes(head, forwarder.rules, to, self.client, self.target)
                # A kept connection may turn out to be stale: what cannot be sent again gets a fresh one, but
                # where the route has it otherwise.
                whole = body is None or (body.replayable and (body.complete or self._is_kept()))
                kept = whole and (forwarder.kept_once or forwarder.may_resend(head.method))
                attempt = self._attempt = Attempt(self, forwarder, member, out, now, self)
                attempt.start(kept)
        except Exception:
            self.attempt_broke(Failure())
        finally:
            self._on = None

    def _pump(self) -> None:
        """Send what has come of the body, as far as the upstream takes it."""
        if self._attempt is not None:
            self._attempt.pump()
        elif self.body is not None and not self.body.replayable:
            self.pause_source()

    def may_resend(self, state: AttemptState, waited: float) -> bool:
        """Whether the policy lets it be sent once more after an attempt got so far."""
        return self._forwarder.policy.may_resend(self._facts(), state, waited)

    def _facts(self) -> RequestFacts:
        return RequestFacts(self.head.method, self.body is None or self.body.replayable)

    def _decide(self, attempt: Attempt, outcome: Outcome) -> Verdict:
        """Ask the policy what follows."""
        facts = AttemptFacts(self._tries, attempt.state, self.time_left(), attempt.waited())
        return self._forwarder.policy.decide(self._facts(), outcome, facts)

    def _best_status(self) -> int:
        """Of the best response so far; 0: there is none."""
        buffered = self._buffered
        return 0 if buffered is None or buffered.best is None else buffered.best[0].status

    def _usable_only(self, status: int) -> bool:
        """Whether members that are ejected are left out with such a response buffered; 0: with none."""
        policy = self._forwarder.policy
        return status > 0 and not (policy.ask_all or status in policy.ask_all_after)

    def _go_on(self, attempt: Attempt, outcome: Outcome) -> None:
        """The attempt came to nothing."""
        self.attempts.append(attempt.result(outcome))
        self._attempt = None
        if self._decide(attempt, outcome) is Verdict.TRY_NEXT:
            self.resent = self.resent or attempt.state >= AttemptState.SENT_SOME
            self._next_attempt()
        else:
            self._out_of_candidates()

    def _out_of_candidates(self) -> None:
        """The round is over."""
        looks, buffered = self.round, self._buffered
        best = None if buffered is None else buffered.best
        if looks is not None and (best is None or best[0].status in looks.statuses):
            looks.over(self._no_response() if best is None else best)
        elif buffered is not None and best is not None:
            self._deliver_buffered(buffered)
        else:
            self.fail(self._no_response())

    def _no_response(self) -> UpstreamError:
        pool, full = self._forwarder.pool, self._candidates.full(self._forwarder.clock.seconds())
        silent = any(member.enabled for member in pool.members)
        return no_response(pool.name, [a.outcome for a in self.attempts], full=full, silent=silent)

    # What the attempt tells.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Deliver the response, or keep it: another member is asked first, or the round is looked at."""
        attempt, buffered, status = self._attempt, self._buffered, head.status
        assert attempt is not None
        asks = status in self._forwarder.policy.statuses
        keeps = worse = False
        if asks or buffered is not None:
            # With a response kept even the last one is read whole first: it may break off.
            keeps = asks and (self._may_buffer(attempt, status) or self._best_status() > 0)
            worse = not keeps and buffered is not None and buffered.beats(status)
        looked_at = self.round is not None and status in self.round.statuses
        if asks or worse or looked_at:
            self.attempts.append(attempt.result(Responded(status)))
        if worse:
            attempt.break_off()
            self._after_buffering()
        elif keeps or looked_at:
            if buffered is None:
                buffered = self._buffered = BestResponse()
            buffered.begin(head, data)
            attempt.state = AttemptState.HEAD_SEEN
            if ended:
                buffered.whole()
                self._after_buffering()
            elif keeps and attempt.connection is not None:
                # The next upstream waits no longer for its end than for a first byte.
                first_byte = self._forwarder.limits.first_byte
                attempt.connection.end_within(*self.within_total(Phase.BETWEEN_BYTES, first_byte))
        else:
            attempt.state = AttemptState.PASSED_DOWN
            self._deliver(head, data, ended)

    def upstream_data(self, data: bytes) -> None:
        """Pass a piece of the body down, or keep it."""
        buffered = self._buffered
        if buffered is None or not buffered.reading:
            self.sent += len(data)
            self._sink.response_data(data)
        elif not buffered.add(data):
            attempt = self._attempt
            assert attempt is not None
            # Else it is whole, and about to be told so.
            if attempt.connection is not None and attempt.connection.in_use:
                self._too_large(attempt, attempt.connection, buffered)

    def upstream_end(self) -> None:
        """The response is whole."""
        buffered = self._buffered
        if buffered is not None and buffered.reading:
            buffered.whole()
            self._after_buffering()
            return
        self.done = True
        if self.source_paused:
            self.resume_source()
        self._sink.response_end()
        self._finish()

    def upstream_failed(self, outcome: Outcome) -> None:
        """Ask the next member, or cut the response that goes down already."""
        attempt = self._attempt
        assert attempt is not None
        if attempt.state >= AttemptState.PASSED_DOWN:
            self.attempts.append(attempt.result(outcome))
            self._stop()
            self.status = 0
            self.error = ResponseCut("the response broke off")
            self._sink.response_cut()
            self._finish()
            return
        if self._buffered is not None and self._buffered.reading:
            # It broke off: it is no response.
            self._buffered.release()
        self._go_on(attempt, outcome)

    def attempt_broke(self, failure: Failure) -> None:
        """Something raised that never should: end the request, keep the traceback."""
        log.failure("forwarding failed", failure=failure)
        if self._attempt is not None:
            self._attempt.break_off()
        if not self.done:
            self.fail(UpstreamError("internal error"))

    # Responses that are kept.

    def _may_buffer(self, attempt: Attempt, status: int) -> bool:
        """Whether this response is kept while another member is asked."""
        if self._decide(attempt, Responded(status)) is not Verdict.HOLD:
            return False
        if self.next is None:
            best = self._best_status()
            usable_only = self._usable_only(best if 0 < best < 500 else status)
            self.next = self._candidates.take(self._forwarder.clock.seconds(), usable_only=usable_only)
        return self.next is not None

    def _after_buffering(self) -> None:
        """A response was kept, or was not worth it: ask the next one, if there is one."""
        self._attempt = None
        if self.next is not None:
            self._next_attempt()
        else:
            self._out_of_candidates()

    def _too_large(self, attempt: Attempt, connection: UpstreamConnection, buffered: BestResponse) -> None:
        """Its rest waits.  Where it cannot, or nobody else is asked, it is the response, or worse."""
        if self.next is not None or self.round is not None:
            rest = PausedResponse(attempt, self._forwarder.budget, self._forwarder.limits.between)
            if rest.begin(buffered.size, self.time_left()):
                buffered.paused(rest)
                self._after_buffering()
                return
        head, data = buffered.release()
        if buffered.beats(head.status):
            attempt.break_off()
            self._after_buffering()
            return
        connection.end_within(Phase.BETWEEN_BYTES, 0)
        attempt.state = AttemptState.PASSED_DOWN
        self._deliver(head, data, False)

    def _complete(self) -> None:
        """The whole body is there, too: tell once, then release it."""
        on_complete, self._on_complete = self._on_complete, None
        if on_complete is not None:
            try:
                on_complete(self)
            except Exception:
                # Whoever wanted to know has a bug; the request is none of its business.
                log.failure("what follows a complete request failed")
        self._release_body()
