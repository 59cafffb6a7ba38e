"""L{TesseraPart}: a Tessera listener as a part of the process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from attrs import evolve
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
    def late(self) -> LateResponses: ...

    def shared(self, key: Hashable, make: Callable[[], T]) -> T: ...

    def before(self, listener: ListenerConfig) -> Any: ...


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
    settings: TesseraConfig = listener.settings
    pool = parts.pool(listener.pool)
    before: TesseraPart | None = parts.before(listener)
    state = None if before is None else before.site.state
    memory = None if state is None or settings.party is not None else state.memory
    if settings.party is not None:
        size = settings.existence_memory
        memory = parts.shared(("existence", settings.party), lambda: ExistenceMemory(size))
    if state is None:
        directory = parts.config.state_directory
        folder = None if directory is None else Path(directory)
        saved = saved_state(parts.reactor, folder, listener.name, pool.observers)
        state = fresh_state(listener, pool.observers, saved, memory)
    elif memory is not None:
        state = evolve(state, memory=memory)
    asked = parts.config.pools[listener.pool].check.asked
    site = TesseraListener(
        listener,
        pool,
        parts.connections(listener.pool),
        parts.reactor,
        parts.replay_budget(listener.name),
        state,
        mirror_budget=parts.mirror_budget,
        late=parts.late,
        checked=asked is not None and asked.finds_hangs,
    )
    readiness = parts.shared("readiness", Readiness)
    factory = make_site(site.resource, listener, settings.limits, parts)
    return TesseraPart(factory, site, pool, readiness, before)
