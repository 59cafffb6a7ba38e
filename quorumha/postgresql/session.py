"""L{Session}: a client's session, which waits for the writer, pauses with it, and is cut with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from quorumha.net.timeout import Limit
from quorumha.postgresql.refusal import Refusal
from quorumha.relay.protocol import RelayProtocol
from quorumha.relay.side import Side

if TYPE_CHECKING:
    from quorumha.postgresql.pool_sessions import PoolSessions
    from quorumha.postgresql.session_relay import SessionRelay

#: Seconds that a client has to say what it wants, so that it can be told that there is no database.
REFUSAL_TIMEOUT = 5.0


class _Followed(Side):
    """Either side.  Each time that bytes are in hand it is known first whether they may go on.

    A process can stand still at any moment, also between two sockets of one turn; what is between this look
    and the kernel, a few instructions, cannot be held back.
    """

    sessions: PoolSessions

    def dataReceived(self, data: bytes) -> None:
        """Pass bytes on; told to stand still by that it keeps them, and drops them when it is cut."""
        self.sessions.group.catch_up()
        super().dataReceived(data)

    def may_splice(self) -> int:
        """How much may go by without being looked at."""
        self.sessions.group.catch_up()
        return super().may_splice()


class _WriterSide(_Followed):
    """The writer's side."""

    def __init__(self, sessions: PoolSessions) -> None:
        super().__init__()
        self.sessions = sessions


class Session(_Followed, RelayProtocol):
    """The client's side.  Until it has a writer nothing of it is read; that it leaves is seen all the same.

    @ivar sessions: those of the pool that it is relayed to.
    """

    _refusal: Refusal | None = None
    _limit: Limit | None = None

    def __init__(self, relay: SessionRelay) -> None:
        super().__init__(relay)
        self._clock = relay.clock

    def upstream_side(self) -> Side:
        """Makes the writer's side."""
        return _WriterSide(self.sessions)

    def dial(self) -> None:
        """Wait for the writer, or dial it."""
        self.stand_still()
        super().dial()

    def _connected(self, upstream: IProtocol) -> None:
        super()._connected(upstream)
        self.move_on()

    def turn_away(self, reason: str) -> None:
        """Tell the client why it gets no database, as PostgreSQL would, once it has said what it wants."""
        self._refusal = Refusal(f"quorumha: {reason}")
        self._limit = Limit(self._clock, REFUSAL_TIMEOUT, self.abort)
        early, self._early = self._early or [], None
        self.move_on()
        self.go_on()
        self._refuse(b"".join(early))

    def dataReceived(self, data: bytes) -> None:
        """Pass bytes on, unless it is turned away."""
        if self._refusal is None:
            super().dataReceived(data)
        else:
            self._refuse(data)

    def _refuse(self, data: bytes) -> None:
        refusal = self._refusal
        if refusal is None or self.writer.closed:
            return
        said, over = refusal.received(data)
        self.writer.write(said)
        if over:
            # Not aborted: a reset would destroy what was just said.
            self.writer.close_now()

    def readConnectionLost(self) -> None:
        """A client that ends its half gets no more than what was said."""
        super().readConnectionLost()
        if self._refusal is not None:
            self.writer.close_now()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End the other side, or wait no more."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        super().connectionLost(reason)
