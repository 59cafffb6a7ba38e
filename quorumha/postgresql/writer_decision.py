"""Who is written to, or why nobody is: what L{OnePrimary<quorumha.postgresql.one_primary>} makes.  PURE.

A database is called here by its place: the address at which it is dialled.  That is the same in all pools.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class Cause(Enum):
    """Why nobody is written to, in words: the first that fits."""

    SPLIT = "several databases claim the same timeline, so each has what the others lack"
    STARTING = "not every member has said yet what it is"
    SYSTEMS = "the primaries are of different databases (`system_identifier`)"
    OLD = "the one that may be written to has a lower timeline than was seen: it is an old primary"
    ELSEWHERE = "the primary is not the one that a person decided for"
    OTHER_SYSTEM = "the primary is another database (`system_identifier`)"
    READ_ONLY = "the primary is read-only"
    STANDBY = "no member says that it is a primary"
    SILENT = "no member says anything"


#: What follows, in words.
NEXT = {
    Cause.SPLIT: "a person decides: `quorumha database use NAME --yes`; or one of them is promoted again",
    Cause.STARTING: "sessions wait for that, no longer than `lease`",
    Cause.SYSTEMS: "give `system_identifier`, or decide by `quorumha database use NAME --yes`",
    Cause.OLD: "sessions wait for the primary of that timeline, or for a promotion",
    Cause.ELSEWHERE: "sessions wait for that member, for a promotion, or for `quorumha database use`",
    Cause.OTHER_SYSTEM: "sessions wait; after a rebuild: `quorumha database forget --yes`",
    Cause.READ_ONLY: "sessions wait until it takes writes, or for a promotion",
    Cause.STANDBY: "sessions wait for a promotion",
    Cause.SILENT: "sessions wait until one says that it is the primary",
}


@frozen
class Writer:
    """One member is written to.

    @ivar place: which.
    @ivar paused: it has not said so for longer than the lease: its sessions pause, and new ones wait.
    """

    place: str
    timeline: int
    paused: bool = False


@frozen
class Nobody:
    """No member is written to, and there is no session.

    @ivar places: whom it is about: of a split, those that claim the timeline.
    @ivar timeline: the highest that was seen; 0: none.
    """

    cause: Cause
    places: tuple[str, ...] = ()
    timeline: int = 0


Decision = Writer | Nobody


@frozen
class SavedWriter:
    """What outlasts the process.

    @ivar timeline: the highest that was seen.
    @ivar system: C{system_identifier} of the database; empty: none was written to yet.
    @ivar writer: who was written to on that timeline, by its place; empty: nobody.
    @ivar chosen: a person chose it: whoever else claims that timeline is ignored.
    @ivar split: the timeline that several claimed; 0: there is no split.
    @ivar overruled: timelines up to this one a person gave up: only the writer may have one of them.
    """

    timeline: int = 0
    system: str = ""
    writer: str = ""
    chosen: bool = False
    split: int = 0
    overruled: int = 0
