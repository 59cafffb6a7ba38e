"""L{TesseraPart}: a Tessera listener as a part of the process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred, DeferredList

from quorumha.config.model import ListenerConfig
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.server.listener import HttpPart, HttpParts, make_site
from quorumha.http.server.site import ProxySite
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_class import SIGNED
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.listener import TesseraListener, fresh_state
from quorumha.tessera.readiness import Readiness
from quorumha.tessera.state_file import saved_state

T = TypeVar("T")


class TesseraParts(HttpParts, Protocol):
    """What such a listener needs of the process."""

    @property
    def late(self) -> LateResponses:
        """Responses that no client waits for any more."""

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """What several listeners have together."""


class TesseraPart(HttpPart):
    """What a listener has that knows Tessera's calls.

    @ivar site: its calls.
    """

    def __init__(
        self, factory: ProxySite, site: TesseraListener, pool: UpstreamPool, readiness: Readiness
    ) -> None:
        super().__init__(factory)
        self.site = site
        self._readiness = readiness
        if site.sync is not None:
            readiness.add(pool, site.sync)
        #: Who makes transactions needs to know the other parties.
        self._sends = any(one.call_class is SIGNED for one in site.planned)

    def start(self) -> None:
        """Compare what the members know of parties."""
        self.site.start()

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
        return self.site.stop()


def make_tessera(listener: ListenerConfig, parts: TesseraParts) -> TesseraPart:
    """A site with a resource for each call."""
    assert listener.pool is not None
    settings: TesseraConfig = listener.settings
    directory = parts.config.state_directory
    memory = None
    if settings.party is not None:
        size = settings.existence_memory
        memory = parts.shared(("existence", settings.party), lambda: ExistenceMemory(size))
    asked = parts.config.pools[listener.pool].check.asked
    pool = parts.pool(listener.pool)
    folder = None if directory is None else Path(directory)
    saved = saved_state(parts.reactor, folder, listener.name, pool.observers)
    site = TesseraListener(
        listener,
        pool,
        parts.connections(listener.pool),
        parts.reactor,
        parts.replay_budget(listener.name),
        fresh_state(listener, pool.observers, saved, memory),
        mirror_budget=parts.mirror_budget,
        late=parts.late,
        checked=asked is not None and asked.finds_hangs,
    )
    readiness = parts.shared("readiness", Readiness)
    factory = make_site(site.resource, listener, settings.limits, parts)
    return TesseraPart(factory, site, parts.pool(listener.pool), readiness)
