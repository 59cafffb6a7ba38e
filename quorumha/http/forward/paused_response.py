"""L{PausedResponse}: a response that is too large to be held whole while the next member is asked.

Its beginning is kept, and its connection is not read from; later it goes on from there, or it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.contracts import AttemptEvents
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Outcome, Phase

if TYPE_CHECKING:
    from quorumha.http.forward.forwarder import PoolForwarder

#: Seconds that it stays paused at most, beside what is left for the whole request.
PAUSED_SECONDS = 10.0
#: The same where the whole request has no limit.
PAUSED_WITHOUT_LIMIT = 60.0


def _nothing() -> None:
    pass


class PausedResponse:
    """See the module.  It is the user of its connection meanwhile, and counts as in flight at its member.

    What it keeps counts against the replay budget; nobody else's body makes it lose that.

    @ivar member: whose response it is.
    @ivar broken: it ended before it was whole, or took too long: it is no response.
    @ivar lost: called when that happens.
    """

    complete = True
    shared = 0
    beginning = 0

    def __init__(self, forwarder: PoolForwarder, connection: UpstreamConnection, member: Member) -> None:
        self.member = member
        self.broken = False
        self.lost: Callable[[], object] = _nothing
        self._forwarder = forwarder
        self._connection: UpstreamConnection | None = connection
        self._more: list[bytes] = []

    def begin(self, size: int, left: float | None) -> bool:
        """Pause it.

        @param size: bytes of it that are kept.
        @param left: seconds for the whole request; None where it has no limit.
        @return: False: there is no room to keep so much; nothing was done.
        """
        budget = self._forwarder.budget
        if not budget.hold(self, budget.beginning, size, size):
            return False
        connection = self._connection
        assert connection is not None
        connection.hand_over(self)
        connection.pause()
        connection.end_within(
            Phase.BETWEEN_BYTES, PAUSED_WITHOUT_LIMIT if left is None else left + PAUSED_SECONDS
        )
        return True

    def lose_replay(self) -> None:
        """Never: see L{Holder<quorumha.http.forward.replay_budget.Holder>}."""

    def go_on(self, user: AttemptEvents) -> tuple[UpstreamConnection | None, bytes]:
        """Let C{user} have the rest.

        @return: the connection, None if all of it is there; and what came besides what was kept.
        """
        connection, self._connection = self._connection, None
        self._forwarder.budget.give_back(self)
        if connection is not None:
            connection.hand_over(user)
            connection.end_within(Phase.BETWEEN_BYTES, 0)
            connection.wait(Phase.BETWEEN_BYTES, self._forwarder.limits.between)
            connection.resume()
        return connection, b"".join(self._more)

    def drop(self) -> None:
        """Nobody wants it."""
        connection, self._connection = self._connection, None
        self._more = []
        self._forwarder.budget.give_back(self)
        if connection is not None:
            connection.abort()
            self.member.release()

    # What the connection tells: TLS hands over what it has, also while it is paused.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Never: the head was there before."""

    def upstream_data(self, data: bytes) -> None:
        """See L{AttemptEvents}."""
        self._more.append(data)

    def upstream_end(self) -> None:
        """See L{AttemptEvents}."""
        connection, self._connection = self._connection, None
        assert connection is not None
        self._forwarder.connections.give_back(connection)
        self.member.release()

    def upstream_failed(self, outcome: Outcome) -> None:
        """See L{AttemptEvents}.  It was kept waiting: that is not held against the member."""
        self._connection = None
        self.member.release()
        self.broken = True
        self.drop()
        self.lost()

    def upstream_drained(self) -> None:
        """The request was sent, or its rest is not sent any more."""
