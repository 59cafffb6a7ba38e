"""L{TesseraPart}: a Tessera listener as a part of the process."""

from __future__ import annotations

from twisted.internet.defer import Deferred, DeferredList

from quorumha.config.model import ListenerConfig
from quorumha.http.server.listener import HttpPart, make_site
from quorumha.http.server.site import ProxySite
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_class import SIGNED
from quorumha.tessera.listener import TesseraListener
from quorumha.tessera.listener_state import TesseraParts, state_of
from quorumha.tessera.readiness import Readiness


class TesseraPart(HttpPart):
    """What a listener has that knows Tessera's calls.

    @ivar site: its calls.
    """

    def __init__(
        self,
        factory: ProxySite,
        site: TesseraListener,
        pool: UpstreamPool,
        readiness: Readiness,
        before: TesseraPart | None,
    ) -> None:
        """
        @param before: what the listener has until now.
        """
        super().__init__(factory)
        self.site = site
        self._pool = pool
        self._readiness = readiness
        self._before = before
        #: Who makes transactions needs to know the other parties.
        self._sends = any(one.call_class is SIGNED for one in site.planned)

    def start(self) -> None:
        """Compare what the members know of parties; the part before does so no more."""
        before, self._before = self._before, None
        if before is not None:
            before.hand_on()
        if self.site.sync is not None:
            self._readiness.add(self._pool, self.site.sync)
        self.site.start()

    def hand_on(self) -> None:
        """Another part does what is done without being asked; requests that wait here are still woken."""
        if self.site.sync is not None:
            self._readiness.remove(self._pool, self.site.sync)
            self.site.sync.rest()

    @property
    def busy(self) -> bool:
        """Whether a party info is on its way to a member."""
        return self.site.sync is not None and self.site.sync.busy

    def prepare(self, member: Member) -> Deferred[None]:
        """Tell a member that was away of the parties, here or at its other port."""
        waiting = [self.site.prepare(member)]
        if self._sends:
            waiting.append(self._readiness.elsewhere(member))
        return DeferredList(waiting, consumeErrors=True).addCallback(lambda _: None)

    def close(self) -> None:
        """The time for the stop is for members that respond."""
        self.site.state.waiting_room.close()

    def stop(self) -> Deferred[None]:
        """Wait for no member any more."""
        if self.site.sync is not None:
            self._readiness.remove(self._pool, self.site.sync)
        return self.site.stop()


def make_tessera(listener: ListenerConfig, parts: TesseraParts) -> TesseraPart:
    """A site with a resource for each call."""
    assert listener.pool is not None
    before: TesseraPart | None = parts.before(listener)
    state = state_of(listener, parts, None if before is None else before.site.state)
    asked = parts.config.pools[listener.pool].check.asked
    site = TesseraListener(listener, parts, state, checked=asked is not None and asked.finds_hangs)
    readiness = parts.shared("readiness", Readiness)
    settings: TesseraConfig = listener.settings
    factory = make_site(site.resource, listener, settings.limits, parts)
    return TesseraPart(factory, site, parts.pool(listener.pool), readiness, before)
