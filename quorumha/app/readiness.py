"""L{Readiness}: what has to be done before a member of a pool gets traffic again.

A Tessera that was away is told of the other parties at its peer-to-peer port.  GoQuorum's port responds a few
seconds before that is done, and says 404 for each recipient until then.  So where one process has both
ports, the node is up at GoQuorum's only when it has heard at the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from twisted.internet.defer import Deferred, DeferredList

from quorumha.config.same_node import Place
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.listener import TesseraSite


class Readiness:
    """See the module."""

    def __init__(
        self,
        pools: Mapping[str, UpstreamPool],
        same: Mapping[Place, tuple[Place, ...]],
        sending: Iterable[str],
    ) -> None:
        """
        @param same: which members of other pools are the same node.
        @param sending: names of pools whose members need to know the other parties.
        """
        self._pools = pools
        self._same = same
        self._sending = frozenset(sending)
        self._sites: dict[str, list[TesseraSite]] = {}

    def add(self, pool: str, site: TesseraSite) -> None:
        """A listener sends its requests to that pool."""
        self._sites.setdefault(pool, []).append(site)

    def preparing(self, pool: str) -> Callable[[Member], Deferred[None]]:
        """What is done before a member of a pool, by the pool's name, comes back."""

        def prepare(member: Member) -> Deferred[None]:
            waiting = [site.prepare(member) for site in self._sites.get(pool, ())]
            if pool in self._sending:
                waiting += self._elsewhere(pool, member)
            return DeferredList(waiting, consumeErrors=True).addCallback(lambda _: None)

        return prepare

    def _elsewhere(self, pool: str, member: Member) -> list[Deferred[None]]:
        """What is done for the same node at its other ports."""
        found = []
        for other_pool, name in self._same.get((pool, member.upstream.name), ()):
            sites = [site for site in self._sites.get(other_pool, ()) if site.delivery is not None]
            other = next(m for m in self._pools[other_pool].members if m.upstream.name == name)
            if sites and other.health.out:
                # Its own checks bring it back, and that is prepared, too.
                found.append(_is_up(self._pools[other_pool], other))
            else:
                found += [site.prepare(other) for site in sites]
        return found


def _is_up(pool: UpstreamPool, member: Member) -> Deferred[None]:
    """Fires when a member can be used again.  Cancel it to wait no more."""
    waiting: Deferred[None] = Deferred(lambda _: stop())

    def up(one: Member) -> None:
        if one is member and not waiting.called:
            stop()
            waiting.callback(None)

    stop = pool.watch(up)
    return waiting
