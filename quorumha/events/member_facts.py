"""Facts of members of pools."""

from __future__ import annotations

from attrs import frozen


@frozen
class MemberChanged:
    """What may be done with a member of a pool has changed.

    @ivar change: C{"down"}: its checks say so; C{"ejected"}: its traffic; C{"up"}: it may be used again;
        C{"unprepared"}: likewise, though not all was done that had to be done first; C{"enabled"},
        C{"disabled"}: its operator says so; C{"added"}, C{"removed"}: its configuration does;
        C{"backup in use"}: it is the first backup that is used, as no other member can be;
        C{"back from backup"}: it is the first other member that can be used again.
    @ivar cause: why, in a few words.
    @ivar next: what follows, in a few words.
    @ivar seconds: for how long it is ejected; 0: it is not.
    @ivar node: whose member it is: one name in all pools.
    @ivar ports: how many pools have the node, once for each of its ports.
    """

    pool: str
    upstream: str
    change: str
    cause: str = ""
    next: str = ""
    seconds: float = 0.0
    node: str = ""
    ports: int = 1


@frozen
class MemberChecked:
    """A member's first check is over; C{cause} is empty where nothing is wrong."""

    pool: str
    upstream: str
    cause: str


@frozen
class Lack:
    """The proxy itself lacked what it needs to ask a member: that is held against nobody."""

    pool: str
    upstream: str
    cause: str


@frozen
class ConnectionsEnded:
    """Relayed connections of a member were ended.

    @ivar failed_back: it is a backup, and another member is up.
    @ivar drained: its operator wants it to have none.
    @ivar removed: it is no member any more, since C{removed_timeout}.  None of these: its checks put it down.
    """

    pool: str
    upstream: str
    count: int
    failed_back: bool = False
    drained: bool = False
    removed: bool = False

    @property
    def why(self) -> str:
        """One of four words."""
        if self.failed_back:
            return "failed back"
        return "drained" if self.drained else "removed" if self.removed else "down"


@frozen
class PartyInfoDrift:
    """How many parties a member does not know that another one knows; 0: it knows all of them again."""

    pool: str
    upstream: str
    drift: int


@frozen
class PartyInfoCaughtUp:
    """A member that recovered was sent the party infos that it had missed.

    @ivar missing: of how many parties.
    @ivar brought: of how many of these it took them.
    """

    pool: str
    upstream: str
    missing: int
    brought: int
