"""L{GoQuorumState}: what a GoQuorum listener knows, and who waits there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar

from attrs import field, frozen

from quorumha.config.model import ListenerConfig
from quorumha.events import Observers
from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.decide.floors import Floors
from quorumha.goquorum.decide.known_accounts import KnownAccounts
from quorumha.goquorum.decide.known_filters import KnownFilters
from quorumha.goquorum.decide.origins import Origins
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.numbers import ListenerNumbers

T = TypeVar("T")


@frozen(eq=False)
class GoQuorumState:
    """What a listener knows, and who waits there: it outlives a change of its configuration.

    @ivar pool: whose members all that is known is of.
    @ivar waiting_room: calls that no member can take now.
    @ivar floors: what its clients have seen of the chain.
    @ivar origins: what members said last of pages that may read their answers.
    @ivar accounts: where the calls of each account are; all listeners of the pool have the same.
    @ivar filters: which member made which; likewise.
    """

    pool: str | None
    waiting_room: WaitingRoom
    floors: Floors
    accounts: KnownAccounts
    filters: KnownFilters
    origins: Origins = field(factory=Origins)

    def follow(self, settings: GoQuorumConfig) -> None:
        """Keep as much as is configured now."""
        self.waiting_room.count, self.waiting_room.size = settings.waiting_requests, settings.waiting_bytes
        self.floors.most = settings.memory
        self.accounts.follow(settings.memory)
        self.filters.follow(settings.memory)


class StateParts(Protocol):
    """What is needed of the process."""

    @property
    def observers(self) -> Observers: ...

    def shared(self, key: Hashable, make: Callable[[], T]) -> T: ...

    def listener_numbers(self, name: str) -> ListenerNumbers: ...


def state_of(config: ListenerConfig, parts: StateParts, before: GoQuorumState | None) -> GoQuorumState:
    """What a listener begins with.

    @param before: what the one of this name has until now.
    """
    settings: GoQuorumConfig = config.settings
    memory = settings.memory
    # Of another pool other nodes give the nonces away.
    accounts = parts.shared(("goquorum accounts", config.pool), lambda: KnownAccounts.of_size(memory))
    filters = parts.shared(("goquorum filters", config.pool), lambda: KnownFilters.of_size(memory))
    if before is None:
        room = WaitingRoom(
            config.name,
            settings.waiting_requests,
            settings.waiting_bytes,
            parts.observers,
            parts.listener_numbers(config.name),
        )
    elif before.pool == config.pool:
        return before
    else:
        room = before.waiting_room
    return GoQuorumState(config.pool, room, Floors(memory), accounts, filters)
