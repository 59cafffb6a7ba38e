"""L{DrainingFactory}: knows the connections that live, and lets them finish when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from typing import Any, Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from quorumha.net.idle_clients import Idle
from quorumha.net.timeout import Limit

#: Seconds from one look at who is quiet, while it drains, to the next.
QUIET_LOOK = 0.1


class Drainable(Protocol):
    """A connection that may be told to end."""

    @property
    def idle_since(self) -> float:
        """Since when, by the clock, nobody waits for anything but its client; infinity: it is busy."""

    @property
    def quiet_since(self) -> float:
        """Since when, by the clock, it is silent behind bytes to its client; infinity: somebody may wait."""

    def finish_soon(self, recent: float) -> None:
        """End as soon as what is under way is done; see L{DrainingFactory.drain}."""

    def end_idle(self) -> None:
        """End now, while nobody waits for anything."""

    def cut(self) -> None:
        """Break off."""


C = TypeVar("C", bound=Drainable)


class DrainingFactory(Factory, Generic[C]):
    """A factory that knows its connections, and lets them finish what is under way.

    @ivar connections: those that live; each adds itself, and says L{ended}.
    @ivar draining: none stays after what is under way.
    @ivar last_words: each response says that its connection closes; true while it drains.
    """

    noisy = False

    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock
        # What it says.  Found once: a look-up at a reactor costs more than the reading.
        self.now: Callable[[], float] = clock.seconds
        self.connections: set[C] = set()
        self.draining = self.last_words = False
        self._drained: list[Deferred[None]] = []
        self._next_look: Limit | None = None

    def turn(self, other: DrainingFactory[Any]) -> bool:
        """Serve from now on what C{other}, which has served nobody, would; connections stay.

        @return: whether that can be: it is of the same kind.
        """
        return False

    def stop(self) -> None:
        """No connection is left, and none will come."""

    def under_way(self) -> Callable[[], bool]:
        """What tells, whenever it is asked, whether any of what is under way now still is."""
        then = set(self.connections)
        return lambda: not self.connections.isdisjoint(then)

    def carried_to(self, member: object) -> Iterable[Any]:
        """The connections that do nothing but carry bytes to a member of a pool, and back.

        Each has C{quiet_since} and C{end_idle} (L{Drainable}), and C{end_whole}: end now, what was written
        arrives.
        """
        return ()

    def ended(self, connection: C) -> None:
        """It is gone, on all its sides."""
        self.connections.discard(connection)
        if self.draining and not self.connections:
            if self._next_look is not None:
                self._next_look.cancel()
            drained, self._drained = self._drained, []
            for waiting in drained:
                waiting.callback(None)

    def idle(self) -> Iterable[Idle]:
        """The connections that wait for nothing but their clients' next word."""
        for connection in self.connections:
            since = connection.idle_since
            if since < inf:
                yield Idle(since, partial(_close_idle, connection, since))

    def drain(self, limit: float = 0.0, idle: float = 0.0, recent: float = 0.0) -> Deferred[None]:
        """Let every connection finish what is under way, and end.

        @param limit: seconds after which those that are left are cut; 0 means no limit.
        @param idle: seconds of silence after which one ends whose last bytes went to the client, though
            nobody can say that it is done: a relay, a tunnel.  0: none ends for that.
        @param recent: who had a response less than so many seconds ago may ask once more.
        @return: fires when none is left.
        """
        self.draining = self.last_words = True
        for connection in list(self.connections):
            connection.finish_soon(recent)
        if not self.connections:
            return succeed(None)
        drained: Deferred[None] = Deferred()
        self._drained.append(drained)
        if idle:
            self._end_quiet(idle)
        if limit:
            cutting = Limit(self.clock, limit, self.cut)

            def ended(result: Failure | None) -> Failure | None:
                cutting.cancel()
                return result

            drained.addBoth(ended)
        return drained

    def _end_quiet(self, idle: float) -> None:
        """End those in which nobody waits for anything, now and from time to time, until none is left."""
        oldest = self.clock.seconds() - idle
        for connection in list(self.connections):
            if connection.quiet_since <= oldest:
                connection.end_idle()
        if self.connections:
            if self._next_look is not None:
                # It is drained for a second time.
                self._next_look.cancel()
            # Each look comes after the sockets were read: what lies there is no silence.
            self._next_look = Limit(self.clock, QUIET_LOOK, lambda: self._end_quiet(idle))

    def cut(self) -> None:
        """Break off every connection that lives."""
        if self.connections:
            self.notify_cut(len(self.connections))
        for connection in list(self.connections):
            connection.cut()

    def notify_cut(self, count: int) -> None:
        """So many connections are cut."""


def _close_idle(connection: Drainable, since: float) -> bool:
    idle = connection.idle_since == since
    if idle:
        connection.end_idle()
    return idle
