"""L{PoolsWriter}: a pool's view of its L{WriterGroup<quorumha.postgresql.writer_group.WriterGroup>}."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quorumha.health.probes import Probe
from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.pool.one_writer import MemberRole, WriterState
from quorumha.pool.pool import UpstreamPool
from quorumha.postgresql.writer_decision import Cause, Nobody, Writer
from quorumha.postgresql.writer_sessions import place_of
from quorumha.postgresql.writer_words import following

if TYPE_CHECKING:
    from quorumha.postgresql.writer_group import WriterGroup


class PoolsWriter:
    """One pool's view of its group: its C{writer}.

    @ivar pool: which one; C{cut}: sessions of it that were ended because their member is written to no more.
    """

    def __init__(self, group: WriterGroup, pool: UpstreamPool) -> None:
        self.group = group
        self.pool = pool
        self.cut = 0
        self._users = 0
        self._unwatch: Callable[[], None] | None = None

    def start(self) -> None:
        """It takes part from now on; until it was stopped as often."""
        self._users += 1
        # Who starts last is in use: what retires of another group may take part for a while yet.
        before, self.pool.writer = self.pool.writer, self
        if isinstance(before, PoolsWriter) and before is not self:
            before.group.left(self.pool)
        if self._users == 1:
            self._unwatch = self.pool.watch_members(lambda member: self.group.members_changed())
            self.group.views.append(self)
            self.group.members_changed()

    def stop(self) -> None:
        """It takes part no more."""
        self._users -= 1
        unwatch = self._unwatch
        if self._users == 0 and unwatch is not None:
            unwatch()
            if self.pool.writer is self:
                self.pool.writer = None
            self.group.views.remove(self)
            self.group.members_changed()

    def said(self, member: Member, verdict: Verdict) -> None:
        """A check of a member came to this."""
        self.group.said(member, verdict)

    def state(self) -> WriterState:
        """What is so now."""
        group, pool, decision = self.group, self.pool, self.group.decision
        writer = decision if isinstance(decision, Writer) else None
        member = None if writer is None else group.member_at(pool, writer.place)
        waits = group.open_member(pool) is None
        split = decision.places if isinstance(decision, Nobody) and decision.cause is Cause.SPLIT else ()
        return WriterState(
            group.name,
            "" if member is None else member.name,
            decision.timeline,
            group.since,
            writer is not None and writer.paused,
            group.why if waits else "",
            following(decision, waits=waits),
            tuple(group.name_of(place, pool) for place in split),
            group.switches,
            self.cut,
            group.saved,
            group.one.saved.system,
            group.proxies.shown(group.wall()),
        )

    def role_of(self, member: Member) -> MemberRole:
        """What is known of a member."""
        group = self.group
        said, now = group.one.said(place_of(member)), group.clock.seconds()
        if said is None:
            return MemberRole()
        word, at = said.word, group.wall() - (now - said.at)
        role = "primary" if word.primary else "standby"
        if now >= said.at + group.lease:
            role = "unknown"
        return MemberRole(role, word.timeline, word.synchronous, word.read_only, at)

    def use(self, member: Member) -> WriterState:
        """A person decides: this member is the writer, and its timeline the highest.

        @raise Undecidable: it does not say that it is a primary, or is not heard.
        """
        self.group.use(place_of(member))
        return self.state()

    def forget(self) -> WriterState:
        """A person says that the database is another one now.

        @raise Undecidable: the configuration says itself which system it is.
        """
        self.group.forget()
        return self.state()


class RoleProbe(Probe):
    """Asks a member for its role, of which its pool's writer is told, if the pool has one.

    A verdict that is no L{RoleVerdict<quorumha.postgresql.role_word.RoleVerdict>}, or has no word, found out
    nothing.
    """

    def in_pool(self, pool: UpstreamPool, member: Member, verdict: Verdict) -> Verdict:
        """Pass it on."""
        writer = pool.writer
        if isinstance(writer, PoolsWriter):
            writer.said(member, verdict)
        return verdict
