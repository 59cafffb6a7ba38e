"""What a database said of itself: the same, whoever was asked for it.  Values, and who takes them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from attrs import frozen

from quorumha.health.verdicts import Verdict
from quorumha.pool.pool import Member, UpstreamPool


@frozen
class RoleWord:
    """One word of one database.

    @ivar primary: it is not in recovery; of a Patroni: it has the lock of the leader, too.
    @ivar timeline: the one that it is on; each promotion begins a higher one (PostgreSQL's documentation,
        "Timelines"). 0: it does not say. A standby's may be one that is over; it is never too high.
    @ivar system: C{system_identifier} of C{pg_control_system()}: equal in all copies of one database.
    @ivar read_only: new transactions are read only unless they say otherwise.
    @ivar synchronous: whether it waits for a standby before it acknowledges; None: it does not say.
    """

    primary: bool
    timeline: int
    system: str
    read_only: bool = False
    synchronous: bool | None = None


@frozen
class RoleVerdict(Verdict):
    """A check's verdict that has a word.

    @ivar word: None: there was none.
    @ivar asked_at: when the question was put, by the clock: the word is no older, and may be as old.
    """

    word: RoleWord | None = None
    asked_at: float = 0.0


@runtime_checkable
class TakesWords(Protocol):
    """Who wants to know what each check of a pool's member comes to: its C{writer}."""

    def said(self, member: Member, verdict: Verdict) -> None:
        """A check is over; one that is no L{RoleVerdict}, or has no word, found out nothing."""


def pass_on(pool: UpstreamPool, member: Member, verdict: Verdict) -> None:
    """Let a pool's writer know, if it has one that wants to."""
    writer: object = pool.writer
    if isinstance(writer, TakesWords):
        writer.said(member, verdict)
