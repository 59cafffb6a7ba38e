"""L{SessionRelay}: relays each client to the one writer of a pool's group."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorTime

from quorumha.net.drain import DrainingFactory
from quorumha.numbers import ListenerNumbers
from quorumha.postgresql.pool_sessions import PoolSessions
from quorumha.postgresql.session import Session
from quorumha.relay.factory import RelayFactory
from quorumha.relay.protocol import RelayProtocol


class SessionRelay(RelayFactory):
    """Listen with it.

    @ivar sessions: those of the pool that new clients are relayed to.
    """

    connection = Session

    def __init__(
        self,
        sessions: PoolSessions,
        clock: IReactorTime,
        idle_timeout: float = 0.0,
        name: str | None = None,
        numbers: ListenerNumbers | None = None,
    ) -> None:
        pool = sessions.pool
        super().__init__(
            sessions.endpoint,
            clock,
            idle_timeout,
            counters=pool.counters,
            name=name or pool.name,
            numbers=numbers,
        )
        self._pool, self._observers = pool, pool.observers
        self.sessions = sessions
        #: Those of what was served before, while some are left: each follows its own group.
        self._older: list[PoolSessions] = []

    def startFactory(self) -> None:
        """It is listened with: follow the writer."""
        self.sessions.start()

    def stopFactory(self) -> None:
        """It is listened with no more; perhaps it never served, as what it was made for could not be used."""
        if not self.connections:
            self.stop()

    def stop(self) -> None:
        """Nobody is relayed any more."""
        for sessions in (self.sessions, *self._older):
            sessions.stop()
        self._older.clear()

    def turn(self, other: DrainingFactory[Any]) -> bool:
        """Serve new clients as another one would; who is there follows the group that it came under.

        Where the pool has gone to another group nobody knows that any more: they end.
        """
        if not isinstance(other, SessionRelay) or not super().turn(other):
            return False
        before, self.sessions = self.sessions, other.sessions
        self._older.append(before)
        if before.pool is self.sessions.pool and before.group is not self.sessions.group:
            # Words of its members come to one group alone: the old one knows no more who is written to.
            before.cut_all("its pool is of another writer_group now")
        self.sessions.start()
        self._stop_older()
        return True

    def began(self, connection: RelayProtocol) -> None:
        """A client is connected."""
        super().began(connection)
        assert isinstance(connection, Session)
        connection.sessions = self.sessions
        self.sessions.sessions.add(connection)

    def ended(self, connection: RelayProtocol) -> None:
        """Both sides of it are gone."""
        super().ended(connection)
        assert isinstance(connection, Session)
        connection.sessions.sessions.discard(connection)
        self._stop_older()

    def _stop_older(self) -> None:
        for sessions in [one for one in self._older if not one.sessions]:
            self._older.remove(sessions)
            sessions.stop()

    @property
    def waiting(self) -> int:
        """How many clients wait for a writer."""
        return sum(len(one.endpoint.waiting) for one in (self.sessions, *self._older))

    def refuse_waiting(self) -> None:
        """The process stops: nobody waits any more."""
        for one in (self.sessions, *self._older):
            one.endpoint.close()
