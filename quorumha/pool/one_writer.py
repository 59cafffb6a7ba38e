"""What a pool has of whose members one alone may be written to at a time: values, and an interface.

A kind that knows who that is makes one and sets it as C{UpstreamPool.writer}; who shows a pool, or lets an
operator decide, needs no more than this.
"""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from quorumha.errors import QuorumhaError
from quorumha.pool.member import Member

#: What a member may be.  C{unknown}: it has said nothing yet, or nothing for too long.
ROLES = ("primary", "standby", "unknown")


class Undecidable(QuorumhaError):
    """An operator's word that would do harm, or means nothing now; the text says why."""


@frozen
class MemberRole:
    """What a member said of itself last.

    @ivar role: one of L{ROLES}.
    @ivar timeline: of its history: each promotion begins a higher one; 0: not known.
    @ivar synchronous: whether what it acknowledges is at another one, too; None: not known.
    @ivar read_only: it refuses to be written to, though it is a primary.
    @ivar said_at: when, in seconds since the epoch; 0: never.
    """

    role: str = "unknown"
    timeline: int = 0
    synchronous: bool | None = None
    read_only: bool = False
    said_at: float = 0.0


@frozen
class OtherProxy:
    """Another proxy before the same databases, that is asked which timelines it has seen.

    @ivar address: as the configuration has it.
    @ivar timeline: the highest that it has seen of the pool's database; 0: it says none.
    @ivar said_at: when it said so, in seconds since the epoch; 0: never.
    @ivar fault: why it says nothing; empty: it does, or was not asked yet.
    """

    address: str
    timeline: int = 0
    said_at: float = 0.0
    fault: str = ""


@frozen
class WriterState:
    """Who is written to.

    @ivar group: what the decision is made for: pools of one C{writer_group} have one.
    @ivar upstream: the member's name in the pool that is asked; empty: nobody is written to.
    @ivar timeline: the writer's; with nobody: the highest that was ever seen. 0: none.
    @ivar since: when this began, in seconds since the epoch.
    @ivar paused: the writer says nothing: its sessions are held, and new ones wait.
    @ivar cause: why new sessions wait; empty: they do not; C{next}: what follows. Words of the log.
    @ivar split: the members that claim the same timeline, by name; not empty: a person has to decide.
    @ivar switches: times that sessions of the group were moved to another writer; C{cut}: sessions of the
        pool that were ended so.
    @ivar saved: the timeline is on disk.
    @ivar system: which database it is: equal in all copies of one; empty: that is not known yet.
    @ivar proxies: the other proxies that are asked.
    """

    group: str
    upstream: str = ""
    timeline: int = 0
    since: float = 0.0
    paused: bool = False
    cause: str = ""
    next: str = ""
    split: tuple[str, ...] = ()
    switches: int = 0
    cut: int = 0
    saved: bool = True
    system: str = ""
    proxies: tuple[OtherProxy, ...] = ()


class OneWriter(Protocol):
    """Knows which member of a pool may be written to."""

    def state(self) -> WriterState:
        """What is so now."""

    def role_of(self, member: Member) -> MemberRole:
        """What is known of a member."""

    def use(self, member: Member) -> WriterState:
        """A person decides: this member is the writer, and its timeline the highest.

        @raise Undecidable: it does not say that it is a primary, or is not heard.
        """

    def forget(self) -> WriterState:
        """A person says that the database is another one now: which timeline and which system was seen is
        forgotten, here and on disk, and sessions are ended.

        @raise Undecidable: the configuration says itself which system it is.
        """
