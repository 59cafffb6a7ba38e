"""L{StartReport}: reports what is served, and by whom, once each member that is checked was checked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import define, field
from twisted.internet.interfaces import IAddress, IReactorTime

from quorumha.app.version import installed_version
from quorumha.events import MemberChecked, Observers, Started
from quorumha.net.address_text import address_text
from quorumha.net.timeout import Limit
from quorumha.pool.pool import UpstreamPool

#: Seconds that first checks are waited for.
LATEST = 10.0


@define(eq=False)
class StartReport:
    """Reports the start once every first check is done.  Made before the first check is.

    @ivar done: it is reported.
    @ivar _file: the configuration's; empty: there is none.
    @ivar _checked: the names of the pools that have checks.
    """

    _observers: Observers
    _clock: IReactorTime
    _file: str
    _pools: Mapping[str, UpstreamPool]
    _checked: Sequence[str]
    done: bool = field(default=False, init=False)
    _found: dict[tuple[str, str], str] = field(factory=dict, init=False)
    _listeners: dict[str, str] = field(factory=dict, init=False)
    _limit: Limit | None = field(default=None, init=False)
    _remove: Callable[[], None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._remove = self._observers.add(self._notice)

    def serves(self, listeners: Mapping[str, IAddress]) -> None:
        """All listeners take clients."""
        self._listeners = {name: address_text(address) for name, address in listeners.items()}
        self._limit = Limit(self._clock, LATEST, self._report)
        self._look()

    def stop(self) -> None:
        """Report nothing, if nothing was reported yet."""
        self._remove()
        if self._limit is not None:
            self._limit.cancel()
        # Pools may go; they are not kept for this.
        self._pools = {}

    def _notice(self, fact: object) -> None:
        if isinstance(fact, MemberChecked):
            self._found[fact.pool, fact.upstream] = fact.cause or "up"
            self._look()

    def _look(self) -> None:
        wanted = sum(len(self._pools[name].members) for name in self._checked)
        if self._limit is not None and len(self._found) >= wanted:
            self._report()

    def _report(self) -> None:
        pools, self.done = self._pools, True
        self.stop()
        members = {
            name: {
                one.name: self._found.get((name, one.name), "not checked") if one.enabled else "disabled"
                for one in pool.members
            }
            for name, pool in pools.items()
        }
        self._observers.notify(Started(installed_version(), self._file, self._listeners, members))
