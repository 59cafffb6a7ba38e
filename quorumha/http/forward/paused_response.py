"""L{PausedResponse}: a response that is too large to be kept whole while the next member is asked.

Its beginning is kept, and its connection is not read from; later it goes on from there, or it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.upstream import Outcome, Phase

#: Seconds that it stays paused at most, beside what is left for the whole request.
PAUSED_SECONDS = 10.0
#: The same where the whole request has no limit.
PAUSED_WITHOUT_LIMIT = 60.0


@define(eq=False)
class PausedResponse:
    """A large response whose rest waits at its connection.  It counts as in flight at its member.

    What it keeps counts against the replay budget; nobody else's body makes it lose that.

    @ivar attempt: whose response it is.
    Once it goes on, C{between} seconds may pass between two reads.

    @ivar lost: called when it ended before it was whole, or took too long: it is no response.
    """

    attempt: Attempt
    _budget: ReplayBudget
    _between: float
    lost: Callable[[], object] = field(default=lambda: None, init=False)
    _more: list[bytes] = field(factory=list, init=False)
    complete: bool = field(default=True, init=False)
    shared: int = field(default=0, init=False)
    beginning: int = field(default=0, init=False)

    def begin(self, size: int, left: float | None) -> bool:
        """Pause it; False where there is no room for the bytes that are kept of it: nothing was done.

        @param left: seconds for the whole request; None where it has no limit.
        """
        budget = self._budget
        if not budget.hold(self, budget.beginning, size, size):
            return False
        connection = self.attempt.connection
        assert connection is not None
        self.attempt.hand_over(self)
        connection.pause()
        connection.end_within(
            Phase.BETWEEN_BYTES, PAUSED_WITHOUT_LIMIT if left is None else left + PAUSED_SECONDS
        )
        return True

    def lose_replay(self) -> None:
        """Never: it keeps what it has."""

    def go_on(self) -> bytes:
        """Let its request have the rest; what came besides what was kept.

        The attempt has no connection any more if all of it is there.
        """
        self._budget.give_back(self)
        connection = self.attempt.connection
        self.attempt.take_back()
        if connection is not None:
            connection.end_within(Phase.BETWEEN_BYTES, 0)
            connection.limit.wait(Phase.BETWEEN_BYTES, self._between)
            connection.resume()
        return b"".join(self._more)

    def drop(self) -> None:
        """Nobody wants it."""
        self._more = []
        self._budget.give_back(self)
        self.attempt.break_off()

    # What the attempt tells: TLS hands over what it has, also while it is paused.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Never: the head was there before."""

    def upstream_data(self, data: bytes) -> None:
        """Keep what comes all the same."""
        self._more.append(data)

    def upstream_end(self) -> None:
        """All of it is there."""

    def upstream_failed(self, outcome: Outcome) -> None:
        """It is no response any more."""
        self.drop()
        self.lost()
