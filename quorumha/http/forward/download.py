"""L{Download}: the half of a request that goes to the client.

A response goes down as it comes, or was kept and goes down whole, or with the rest that waited at its
connection.  Here a request ends for its client.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from quorumha.errors import UpstreamError
from quorumha.events import RequestDone
from quorumha.http.forward.best_response import BestResponse
from quorumha.http.forward.upload import Upload
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.wire.contracts import NOBODY
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import AttemptResult, AttemptState, Responded

#: Bytes of a body from which on it is worth the while to splice it.
SPLICED_FROM = 1 << 20


@define(eq=False, repr=False)
class Download(Upload):
    """The half of a request that goes to the client.  Who derives from it says what comes of the attempts.

    @ivar client: whose it is.
    @ivar target: in place of the head's, or None.
    @ivar attempts: those that did not become the response, or whose response is kept, in order.
    @ivar status: of the response that went down whole; 0: none has.
    @ivar error: why there is no whole response: the client was told so, or saw it break off; None: there is
        one, or the client left.
    @ivar sent: bytes of the response's body that were passed down; those that were spliced are not known.
    """

    client: Client
    target: bytes | None
    attempts: list[AttemptResult] = field(factory=list, init=False)
    status: int = field(default=0, init=False)
    error: UpstreamError | None = field(default=None, init=False)
    sent: int = field(default=0, init=False)
    _attempt: Attempt | None = field(default=None, init=False)
    _buffered: BestResponse | None = field(default=None, init=False)
    #: Of the body of the response that goes down, where it is spliced.
    _length: int | None = field(default=None, init=False)

    @property
    def member(self) -> Member | None:
        """Who is asked now."""
        attempt = self._attempt
        return attempt.member if attempt is not None and attempt.in_flight else None

    @property
    def sent_some(self) -> bool:
        """Whether a byte of it was sent to whom is asked now."""
        attempt = self._attempt
        return attempt is not None and attempt.state >= AttemptState.SENT_SOME

    @property
    def streams(self) -> bool:
        """A member is asked while the body comes."""
        return self.member is not None

    @property
    def others(self) -> Sequence[tuple[ResponseHead, bytes]]:
        """Responses that were kept whole and are not the best one."""
        return () if self._buffered is None else self._buffered.others

    # What downstream does.

    def pause(self) -> None:
        """The client does not keep up with the response."""
        attempt = self._attempt
        if attempt is not None and attempt.connection is not None:
            attempt.connection.pause()

    def resume(self) -> None:
        """The client took what waited."""
        attempt = self._attempt
        if attempt is not None and attempt.connection is not None:
            attempt.connection.resume()

    def tunnel(self, data: bytes) -> None:
        """Bytes from the client after the protocols were switched."""
        attempt = self._attempt
        if attempt is not None and attempt.connection is not None:
            writer = attempt.connection.writer
            writer.write(data)
            if writer.queued:
                self.pause_source()

    def abandon(self) -> None:
        """The client is gone, or wants no response any more."""
        if not self.done:
            self._on_complete = None
            self._stop()
            self.status = 0
            self._finish()
        elif self._on_complete is not None and self.body is not None and not self.body.complete:
            # The rest of the body will not come.  Were it whole, it would complete right now.
            self._on_complete = None
            self._release_body()

    # What a round does.

    @property
    def is_partial(self) -> bool:
        """Of the best response of this round only the beginning is kept; its rest waits."""
        return self._buffered is not None and self._buffered.rest is not None

    def deliver_best(self, body: bytes) -> None:
        """Pass the best response of this round down, and its rest; an error if it broke off meanwhile."""
        buffered = self._buffered
        if buffered is None or buffered.best is None or buffered.best[1] is not body:
            self.fail(UpstreamError("a response broke off"))
        else:
            self._deliver_buffered(buffered)

    def respond(self, head: ResponseHead, body: bytes) -> None:
        """Pass this response down, whole, whatever is under way."""
        self._stop()
        self._deliver(head, body, True)

    def fail(self, error: UpstreamError) -> None:
        """Tell the client so, whatever is under way."""
        self._stop()
        self.error = error
        self._sink.response_failed(error)
        self._finish()

    # The end.

    def _deliver_buffered(self, buffered: BestResponse) -> None:
        assert buffered.best is not None
        head, data = buffered.best
        rest, buffered.rest = buffered.rest, None
        if rest is None:
            self.respond(head, data)
            return
        attempt = self._attempt = rest.attempt
        attempt.state = AttemptState.PASSED_DOWN
        data += rest.go_on()
        self._deliver(head, data, attempt.connection is None)

    def _drop_buffered(self) -> None:
        buffered, self._buffered = self._buffered, None
        if buffered is not None:
            buffered.drop()

    def _deliver(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Nothing is tried any more."""
        self.status = head.status
        self.sent = len(data)
        if self._buffered is not None:
            self._drop_buffered()
        if ended:
            self.done = True
            if self.source_paused:
                self.resume_source()
        if self.round is not None:
            looks, self.round = self.round, None
            looks.passes(head, data, ended)
        self._sink.response_head(head, data, ended)
        if ended:
            self._finish()
        elif head.length is not None and head.length >= SPLICED_FROM and self._attempt is not None:
            writer, connection = self._sink.writer(), self._attempt.connection
            if writer is not None and connection is not None:
                self._length = head.length
                connection.splice_into(writer)

    def _stop(self) -> None:
        """End what is under way."""
        self.done = True
        if self.source_paused:
            self.resume_source()
        self._drop_buffered()
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.leave()

    def _finish(self) -> None:
        """The one place where it ends for its client: a response or an error went down, or it left."""
        if self.origin is not None:
            pool = self._forwarder.pool
            if self.status:
                pool.counters.answered += 1
            elif self.error is not None:
                pool.counters.failed += 1
            if pool.observers.requests or self.error is not None:
                self._notify()
        self._attempt = None
        if self.round is not None:
            looks, self.round = self.round, None
            looks.ended()
        if self._on_complete is None:
            if self.body is not None:
                self.body.release()
            self._sink = NOBODY
        elif self.body is None or self.body.complete:
            self._complete()

    def results(self) -> list[AttemptResult]:
        """What came of each attempt, of that too whose response goes down now."""
        attempts, attempt = self.attempts, self._attempt
        if attempt is not None and self.status:
            last = attempt.result(Responded(self.status))
            if not attempts or (attempts[-1].upstream, attempts[-1].outcome) != (last.upstream, last.outcome):
                attempts = [*attempts, last]
        return attempts

    def _notify(self) -> None:
        forwarder, origin, error = self._forwarder, self.origin, self.error
        assert origin is not None
        observers = forwarder.pool.observers
        observers.notify(
            RequestDone(
                origin.listener,
                origin.call,
                forwarder.pool.name,
                self.client.address.decode("latin-1"),
                self.head.method.decode("latin-1"),
                self.status if error is None else error.status,
                "" if error is None else str(error),
                tuple(self.results()),
                0 if self.body is None else self.body.size,
                self._length if self.status and self._length is not None else self.sent,
                forwarder.clock.seconds() - self.began_at,
                self.waited,
                self.client.request_id.decode("ascii"),
                observers.shown_target(self.head.target),
            )
        )

    def _release_body(self) -> None:
        if self.body is not None:
            self.body.release()
        # It may hold on to this one: without a circle nothing waits for the garbage collector.
        self._sink = NOBODY
