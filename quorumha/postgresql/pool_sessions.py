"""L{PoolSessions}: the sessions of one relay at the members of one pool, which follow its writer.

A session is cut by closing both of its sockets with a reset, and nothing is said in PostgreSQL's protocol.
Nothing in front of Tessera may send a cancel request: a commit that waits for a synchronous standby and is
cancelled is kept by this one database alone, and acknowledged.

Reset or orderly close, to a driver it is the same: pgjdbc 42.5.5 has its C{I/O error} (08006) at once in a
thread that reads and in one that writes, and C{isValid} of an idle connection is false within 2 ms.  What
either leaves alone is what the client's kernel has already.  An orderly close has to read what was not read,
lest the kernel makes a reset of it: 200 sessions that wanted to send took 103 ms so, and 32 ms by resets.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from quorumha.config.units import seconds_in_words
from quorumha.net.poller import before_reading
from quorumha.net.timeout import Limit
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.postgresql.session import Session
from quorumha.postgresql.writer_endpoint import WriterEndpoint
from quorumha.postgresql.writer_facts import SessionsCut
from quorumha.postgresql.writer_group import WriterGroup
from quorumha.postgresql.writer_sessions import Change

log = Logger()


@define(eq=False)
class PoolSessions:
    """Implements L{Sessions<quorumha.postgresql.writer_sessions.Sessions>}.

    @ivar pool: whose members they are at; C{group}: who knows which of these is written to.
    @ivar endpoint: who dials for new ones.
    @ivar sessions: those that live, but for those that were cut.
    """

    pool: UpstreamPool
    group: WriterGroup
    endpoint: WriterEndpoint
    _clock: IReactorTime
    sessions: set[Session] = field(factory=set, init=False)
    #: Until when sessions stay paused.
    _limit: Limit | None = field(default=None, init=False)
    _stops: tuple[Callable[[], object], ...] = field(default=(), init=False)

    def start(self) -> None:
        """Follow the group."""
        if not self._stops:
            # Of a pool that the configuration has no more the checks go on while somebody watches it.
            self._stops = (
                self.group.watch(self),
                self.pool.watch_down(lambda member: None),
                # Not a byte goes by before it is known that the writer's word is too old by now.
                before_reading(self._clock, self.group.catch_up),
            )

    def stop(self) -> None:
        """Follow it no more."""
        stops, self._stops = self._stops, ()
        for stop in stops:
            stop()
        self._stay_paused_no_longer()

    def opened(self) -> None:
        """There is a writer: let in those who wait."""
        self.endpoint.open_all()

    def apply(self, change: Change) -> int:
        """Cut, pause or resume, in this turn; how many were cut."""
        cut = 0
        for session, member in self._carried():
            if not change.keeps(member):
                cut += self._cut(session)
            elif not _done(session.bridge.pause if change.paused else session.bridge.resume):
                # It would go on where others stand still.
                cut += self._cut(session)
        self.endpoint.apply(change)
        if not (change.place and change.paused):
            self._stay_paused_no_longer()
        elif self._limit is None and self.endpoint.hold:
            self._limit = Limit(self._clock, self.endpoint.hold, self._end_paused)
        return cut

    def _carried(self) -> list[tuple[Session, Member]]:
        """Those that have a member."""
        carried = ((session, session.bridge.member) for session in self.sessions)
        return [(session, member) for session, member in carried if member is not None]

    def _cut(self, session: Session) -> bool:
        """End it; whether it did."""
        if not _done(session.cut):
            return False
        self.sessions.discard(session)
        return True

    def _stay_paused_no_longer(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _end_paused(self) -> None:
        """The writer has said nothing for too long."""
        self._limit = None
        self.cut_all(f"it has said nothing for {seconds_in_words(self.endpoint.hold)} more (hold)")

    def cut_all(self, cause: str) -> None:
        """End every one that has a member."""
        carried = [(session, member) for session, member in self._carried() if self._cut(session)]
        if carried:
            names = sorted({member.name for _, member in carried})
            self.group.count_cut(self.pool, len(carried))
            self.pool.observers.notify(SessionsCut(self.pool.name, ", ".join(names), len(carried), cause))


def _done(step: Callable[[], object]) -> bool:
    """Whether it could be done: what is wrong with one session is logged, and holds up no other."""
    try:
        step()
    except Exception:
        log.failure("a session could not follow")
        return False
    return True
