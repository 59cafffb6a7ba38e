"""L{GoQuorumState}: what a GoQuorum listener knows, and who waits there."""

from __future__ import annotations

from attrs import frozen

from quorumha.config.model import ListenerConfig
from quorumha.events import Observers
from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.decide.floors import Floors
from quorumha.http.forward.waiting_room import WaitingRoom


@frozen(eq=False)
class GoQuorumState:
    """What a listener knows, and who waits there: it outlives a change of its configuration.

    @ivar waiting_room: calls that no member can take now.
    @ivar floors: what its clients have seen of the chain.
    """

    waiting_room: WaitingRoom
    floors: Floors

    def follow(self, settings: GoQuorumConfig) -> None:
        """Keep as much as is configured now."""
        self.waiting_room.count, self.waiting_room.size = settings.waiting_requests, settings.waiting_bytes
        self.floors.resize(settings.memory)


def state_of(config: ListenerConfig, observers: Observers, before: GoQuorumState | None) -> GoQuorumState:
    """What a listener begins with.

    @param before: what the one of this name has until now.
    """
    if before is not None:
        return before
    settings: GoQuorumConfig = config.settings
    return GoQuorumState(
        WaitingRoom(config.name, settings.waiting_requests, settings.waiting_bytes, observers),
        Floors(settings.memory),
    )
