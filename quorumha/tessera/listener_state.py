"""L{TesseraState}: what a Tessera listener knows, and who waits there, over changes of its configuration."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from attrs import evolve, field, frozen

from quorumha.config.model import ListenerConfig
from quorumha.http.forward.keyed_queue import KeyedQueue
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.listener import HttpParts
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.forward.push_affinity import PushExchange
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.saved_state import SavedState
from quorumha.tessera.partyinfo.ledger import Ledger
from quorumha.tessera.state_file import saved_state

T = TypeVar("T")


class TesseraParts(HttpParts, Protocol):
    """What such a listener needs of the process."""

    late: LateResponses

    def shared(self, key: Hashable, make: Callable[[], T]) -> T: ...

    def before(self, listener: ListenerConfig) -> Any: ...


@frozen(eq=False)
class TesseraState:
    """What a listener knows, and who waits there: it outlives a change of its configuration.

    @ivar memory: the transactions that are known to exist; listeners of one party share it.
    @ivar saved_state: what members said at other times.
    @ivar ledger: the party infos that were posted, and who has got them.
    @ivar pushes: which push waits for which.
    """

    waiting_room: WaitingRoom
    memory: ExistenceMemory
    saved_state: SavedState
    ledger: Ledger = field(factory=Ledger)
    pushes: KeyedQueue[PushExchange] = field(factory=KeyedQueue)


def state_of(config: ListenerConfig, parts: TesseraParts, before: TesseraState | None) -> TesseraState:
    """What a listener begins with.

    @param before: what the one of this name has until now.
    """
    settings: TesseraConfig = config.settings
    size = settings.existence_memory
    if settings.party is not None:
        memory = parts.shared(("existence", settings.party), lambda: ExistenceMemory(size))
    else:
        memory = ExistenceMemory(size) if before is None else before.memory
    if before is not None:
        return evolve(before, memory=memory)
    return TesseraState(
        WaitingRoom(
            config.name,
            settings.waiting_requests,
            settings.waiting_bytes,
            parts.observers,
            parts.listener_numbers(config.name),
        ),
        memory,
        saved_state(parts.reactor, parts.config.state_directory, config.name, parts.observers),
    )
