"""L{Readiness}: what has to be done before a Tessera that was away gets traffic again.

It is told of the other parties at its peer-to-peer port.  GoQuorum's port responds a few seconds before that
is done, and says 404 for each recipient until then.  So where one process has both ports, the node is up at
GoQuorum's only when it has heard at the other.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, DeferredList

from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.partyinfo.sync import PartyInfoSync


class Readiness:
    """The peer-to-peer ports that a process has; C{syncs}: what tells the members there of parties."""

    def __init__(self) -> None:
        self.syncs: set[PartyInfoSync] = set()

    def elsewhere(self, member: Member) -> Deferred[None]:
        """Done when a member is ready at the other ports of its node."""
        waiting: list[Deferred[None]] = []
        for sync in self.syncs:
            for other in sync.pool.members:
                if other is member or other.node is not member.node:
                    continue
                # Where its own checks bring it back, that is prepared, too.
                waiting.append(_is_up(sync.pool, other) if other.health.down else sync.prepare(other))
        return DeferredList(waiting, consumeErrors=True).addCallback(lambda _: None)


def _is_up(pool: UpstreamPool, member: Member) -> Deferred[None]:
    """Fires when a member can be used again.  Cancel it to wait no more."""
    waiting: Deferred[None] = Deferred(lambda _: stop())

    def up(one: Member) -> None:
        if one is member and not waiting.called:
            stop()
            waiting.callback(None)

    stop = pool.watch(up)
    return waiting
