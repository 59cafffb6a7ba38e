"""L{LateResponse}: reads the response of an attempt that another one has overtaken.

A member that its checks put down may only hang: what it was sent it will do when it wakes.  So its connection
is not ended when the request goes on elsewhere.  Its response may still be the one that the client gets; if
not, it tells what the member made that nobody will ask for.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.events import Full, Observers
from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.round_policy import Response
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.headers import LOCATED, Client, with_clients_location
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.timeout import Limit
from quorumha.pool.passive_health import HEALTHY
from quorumha.pool.upstream import Outcome

#: Seconds that a response is read for after the client got another.
READ_FOR = 60.0
#: Connections of the process on which such responses are awaited at once.
MOST = 64


class LateResponse:
    """See the module.  An L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}.

    @ivar member: whose response it is.
    @ivar ended: called once: with the whole response, or None: there will be none.  Not after L{abort}.
    """

    __slots__ = ("_body", "_client", "_connection", "_forwarder", "_limit", "_of", "_said", "ended", "member")

    def __init__(
        self,
        forwarder: PoolForwarder,
        of: RequestHead,
        client: Client,
        connection: UpstreamConnection,
        ended: Callable[[LateResponse, Response | None], None],
    ) -> None:
        """
        @param of: the request.
        @param client: whose it is.
        @param connection: on which the whole request was sent.
        @param ended: see the attribute; it may be changed later.
        """
        self.member = connection.member
        self._forwarder = forwarder
        self._of = of
        self._client = client
        self._connection = connection
        self.ended: Callable[[LateResponse, Response | None], None] | None = ended
        self._said: ResponseHead | None = None
        self._body = bytearray()
        self._limit: Limit | None = None
        self.member.in_flight += 1
        connection.hand_over(self)

    def end_within(self, clock: IReactorTime, seconds: float) -> None:
        """Wait no longer for it."""
        self._limit = Limit(clock, seconds, self._break_off)

    def abort(self) -> None:
        """End the connection at once, and say nothing more."""
        self.ended = None
        self._connection.abort()
        self._release()

    def _release(self) -> None:
        self.member.release()
        if self._limit is not None:
            self._limit.cancel()

    def _break_off(self) -> None:
        self._connection.abort()
        self._over(None)

    def _over(self, response: Response | None) -> None:
        ended, self.ended = self.ended, None
        if ended is not None:
            self._release()
            ended(self, response)

    # What the upstream does.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        forwarder, member = self._forwarder, self.member
        if member.health is not HEALTHY:
            forwarder.responded(member, head.status)
        if head.status in LOCATED:
            authority = member.upstream.authority
            head = with_clients_location(head, self._of, forwarder.rules, authority, self._client)
        self._said = head
        self._body += data
        if ended:
            self.upstream_end()

    def upstream_data(self, data: bytes) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        self._body += data
        if len(self._body) > BUFFERED_RESPONSE_LIMIT:
            # None of the short ones that are waited for.
            self._break_off()

    def upstream_end(self) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        if self.ended is None:
            # It was too large.
            return
        assert self._said is not None
        self._forwarder.connections.give_back(self._connection)
        body = bytes(self._body)
        self._over(Response(self._said.with_length(len(body)), body))

    def upstream_failed(self, outcome: Outcome) -> None:
        """See L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""
        self._over(None)

    def upstream_drained(self) -> None:
        """The whole request has left already."""


class LateResponses:
    """Those whose clients got another response, or left: read for a while, and so many at most.

    @ivar overtaken: how many attempts ever were.
    @ivar dropped: how many connections were ended for want of room.
    """

    def __init__(
        self,
        clock: IReactorTime,
        seconds: float = READ_FOR,
        most: int = MOST,
        observers: Observers | None = None,
    ) -> None:
        """
        @param observers: who is told that there is no room for one.
        """
        self._observers = Observers() if observers is None else observers
        self.overtaken = 0
        self.dropped = 0
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._awaited: set[LateResponse] = set()
        self._stopped = False

    def __len__(self) -> int:
        return len(self._awaited)

    def keep(self, one: LateResponse) -> None:
        """Nobody waits for it any more."""
        if self._stopped:
            one.abort()
        elif len(self._awaited) >= self._most:
            one.abort()
            self.dropped += 1
            self._observers.notify(Full("late-responses"))
        else:
            self._awaited.add(one)
            one.end_within(self._clock, self._seconds)

    def ended(self, one: LateResponse) -> None:
        """It came, or never will."""
        self._awaited.discard(one)

    def stop(self) -> None:
        """End all at once, and keep no more."""
        self._stopped = True
        while self._awaited:
            self._awaited.pop().abort()
