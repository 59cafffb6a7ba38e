"""L{Download}: the half of a request that goes to the client.

An answer is delivered, held while the next member is asked, or paused where it is too large to be held; its
connection is kept for others if all of the request was sent on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quorumha.http.forward.best_response import BestResponse
from quorumha.http.forward.paused_response import PausedResponse
from quorumha.http.forward.upload import Upload
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.contracts import NOBODY
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import AttemptState, Outcome

if TYPE_CHECKING:
    from quorumha.http.forward.request import ForwardedRequest

#: Bytes of a body from which on it is worth the while to let it go by.
POURED_FROM = 1 << 20


class Download(Upload):
    """See the module.  Those who derive from it are told of what the upstream does."""

    __slots__ = ("_connection", "_held", "_member", "_state")

    # Made where the rest is made: a request is on the hot path.
    _connection: UpstreamConnection | None
    _held: BestResponse | None
    _member: Member | None
    _state: AttemptState

    @property
    def member(self) -> Member | None:
        """Who is asked now."""
        return self._member

    @property
    def streams(self) -> bool:
        """A member is held while the body comes."""
        return self._member is not None

    def pause(self) -> None:
        """The client does not keep up with the answer."""
        if self._connection is not None:
            self._connection.pause()

    def resume(self) -> None:
        """The client took what waited."""
        if self._connection is not None:
            self._connection.resume()

    def _deliver(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self._state = AttemptState.PASSED_DOWN
        self._forwarder.pool.counters.answered += 1
        if self._held is not None:
            self._held.drop()
        if ended:
            self._release_connection()
            # As _complete, without a call: nearly every response ends so.
            self.done = True
            if self._source_paused:
                self._resume_source()
        self._sink.response_head(head, data, ended)
        if ended:
            self._resolve()
        elif head.length is not None and head.length >= POURED_FROM and self._connection is not None:
            writer = self._sink.writer()
            if writer is not None:
                self._connection.splice_into(writer)

    def _deliver_held(self, held: BestResponse) -> None:
        assert held.best is not None
        if self._connection is not None:
            self._break_off()
        rest, held.rest = held.rest, None
        if rest is None:
            self._deliver(*held.best, True)
        else:
            self._go_on_with(rest, *held.best)

    def pause_response(self, size: int) -> PausedResponse | None:
        """Let the rest of the response that is read wait; this request asks for it no more.

        @param size: bytes of it that are kept.
        @return: None: it is whole already, or there is no room to keep it; nothing was done.
        """
        connection, member = self._connection, self._member
        if connection is None or member is None or not connection.in_use:
            return None
        rest = PausedResponse(self._forwarder, connection, member)
        if not rest.begin(size, self.time_left()):
            return None
        if connection.writer.queued or not (self.body is None or self.body.sent):
            connection.reusable = False
        self._connection = self._member = None
        if self._state is AttemptState.PASSED_DOWN:
            self._complete()
        return rest

    @property
    def is_whole(self) -> bool:
        """The response was read to its end, and is about to be told whole."""
        return self._connection is None or not self._connection.in_use

    def deliver_paused(
        self,
        rest: PausedResponse,
        head: ResponseHead,
        data: bytes,
        on_complete: Callable[[ForwardedRequest], None] | None,
    ) -> None:
        """Deliver a response of an earlier round that was paused, instead of asking anybody."""
        self._on_complete = on_complete
        self._forwarder.pool.counters.requests += 1
        self._go_on_with(rest, head, data)

    def _go_on_with(self, rest: PausedResponse, head: ResponseHead, data: bytes) -> None:
        connection, more = rest.go_on(self)
        if connection is not None:
            self._connection, self._member = connection, rest.member
        self._deliver(head, data + more, connection is None)

    def _break_off(self) -> None:
        """What comes from the member is not wanted."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()
        self._drop_member()

    def _drop_member(self) -> None:
        if self._member is not None:
            self._member.release()
            self._member = None

    def _release_connection(self) -> None:
        """The answer was read whole: keep the connection if the request was sent whole, too."""
        connection = self._connection
        self._connection = None
        if connection is not None:
            if connection.writer.queued or not (self.body is None or self.body.sent):
                connection.reusable = False
            self._forwarder.connections.give_back(connection)
        member, self._member = self._member, None
        if member is not None:
            # As C{Member.release}, without a call: nearly every response ends so.
            member.in_flight -= 1
            if member.on_idle is not None and not member.in_flight:
                member.on_idle()

    def _complete(self) -> None:
        """Nothing more goes down."""
        self.done = True
        if self._source_paused:
            self._resume_source()

    def _release_body(self) -> None:
        if self.body is not None:
            self.body.release()
        # It may hold on to this one: without a circle nothing waits for the garbage collector.
        self._sink = NOBODY

    # What the upstream does.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        raise NotImplementedError

    def upstream_data(self, data: bytes) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        raise NotImplementedError

    def upstream_end(self) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        raise NotImplementedError

    def upstream_failed(self, outcome: Outcome) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        raise NotImplementedError

    def upstream_drained(self) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        raise NotImplementedError
