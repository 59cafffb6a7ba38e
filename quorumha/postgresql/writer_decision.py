"""Who is written to, or why nobody is: what L{OnePrimary<quorumha.postgresql.one_primary>} makes.  PURE.

A database is called here by its place: the address at which it is dialled.  That is the same in all pools.
"""

from __future__ import annotations

from enum import Enum, auto

from attrs import frozen


class Cause(Enum):
    """Why nobody is written to: of several, the first.  In words: L{quorumha.postgresql.writer_words}.

    @cvar SPLIT: several claim the same timeline.
    @cvar STARTING: not every member, and not every other proxy, has been asked since the start, or since the
        process stood still.
    @cvar SYSTEMS: it is not known which database it is, and the primaries are of different ones.
    @cvar PROXY: another proxy has seen a higher timeline than any member says.
    @cvar OLD: a primary has a lower timeline than was seen.
    @cvar ELSEWHERE: a primary is not the one that a person decided for.
    @cvar OTHER_SYSTEM: a primary is another database.
    @cvar READ_ONLY: a primary does not take writes.
    @cvar STANDBY: there are standbys only.
    @cvar SILENT: nobody says anything.
    """

    SPLIT = auto()
    STARTING = auto()
    SYSTEMS = auto()
    PROXY = auto()
    OLD = auto()
    ELSEWHERE = auto()
    OTHER_SYSTEM = auto()
    READ_ONLY = auto()
    STANDBY = auto()
    SILENT = auto()


@frozen
class Writer:
    """One member is written to.

    @ivar place: which.
    @ivar paused: it has not said so for longer than the lease: its sessions pause, and new ones wait.
    @ivar address: the IP address at which it said so, where its place is a name; else empty.
    """

    place: str
    timeline: int
    paused: bool = False
    address: str = ""

    @property
    def identity(self) -> tuple[str, int, str]:
        """Who that is: sessions of another one end."""
        return self.place, self.timeline, self.address


@frozen
class Nobody:
    """No member is written to, and there is no session.

    @ivar places: whom it is about: of a split, those that claim the timeline; proxies, where they are.
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

    @property
    def highest(self) -> int:
        """The highest timeline that there was, given up or not."""
        return max(self.timeline, self.overruled)

    def knows_better(self, other: SavedWriter) -> bool:
        """Whether who kept this knows more of the same database, or is whom a person told.

        @param other: what another process knows.
        """
        if not self.system or other.system not in ("", self.system):
            return False
        if self.highest != other.highest:
            return self.highest > other.highest
        # Whoever claims the timeline of a person's choice is ignored: that choice ended its split.
        return self.chosen or (not other.chosen and bool(self.split or self.writer))
