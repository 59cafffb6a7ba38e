"""L{ReplicatedStore}: one node's own copy of a database, which may lag behind.

    primary = TesseraStore()
    first = SimulatedTessera(net.clock, primary, ...)
    second = SimulatedTessera(net.clock, ReplicatedStore(primary, net.clock, lag=2.0), ...)

Writes of either node land in the primary at once; what a node with a replica reads is C{lag} seconds old.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.testing.tessera.journal import Journal
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.store import Change, TesseraStore

#: A lag that means: the replication stands still.
STOPPED = math.inf


@define(eq=False)
class ReplicatedStore:
    """Reads here, writes at the primary.

    @ivar lag: seconds until a write can be read here; L{STOPPED} for never.  May be set at any time,
        and holds for what has not arrived yet, too.
    @ivar dead: this copy can neither be read nor written through.  With the primary dead it can be read.
    """

    primary: TesseraStore
    clock: IReactorTime
    lag: float = 0.0
    dead: bool = False
    _copy: TesseraStore = field(init=False, repr=False)
    _coming: deque[tuple[float, Change]] = field(factory=deque, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._copy = TesseraStore(transactions=dict(self.primary.transactions), raws=dict(self.primary.raws))
        self.primary.watchers.append(lambda change: self._coming.append((self.clock.seconds(), change)))

    @property
    def transactions(self) -> dict[bytes, Payload]:
        """What can be read here now."""
        return self._now().transactions

    @property
    def raws(self) -> dict[bytes, Payload]:
        """What can be read here now."""
        return self._now().raws

    @property
    def groups(self) -> dict[str, dict[str, Any]]:
        """Those of the primary: they have no lag here."""
        return self.primary.groups

    @property
    def journal(self) -> Journal:
        """That of the primary."""
        return self.primary.journal

    def next_salt(self) -> bytes:
        """A salt that no other payload has: the primary counts."""
        return self.primary.next_salt()

    def get(self, key: bytes, *, raw: bool = False) -> Payload:
        """The payload of a hash, as far as this copy has caught up."""
        return self._now().get(key, raw=raw)

    def rows(self) -> list[Payload]:
        """Every payload that this copy has by now."""
        return self._now().rows()

    def require_absent(self, key: bytes, *, raw: bool = False) -> None:
        """Refuse a hash that the primary has."""
        self._reachable_primary().require_absent(key, raw=raw)

    def insert(self, payload: Payload, *, raw: bool = False) -> bytes:
        """Write to the primary; this copy follows."""
        return self._reachable_primary().insert(payload, raw=raw)

    def delete(self, key: bytes) -> None:
        """Delete from the primary; this copy follows."""
        self._reachable_primary().delete(key)

    def _reachable_primary(self) -> TesseraStore:
        return TesseraStore(dead=True) if self.dead else self.primary

    def _now(self) -> TesseraStore:
        self._copy.dead = self.dead
        # A nanosecond of grace, for sums of floats.
        now = self.clock.seconds() + 1e-9
        while self._coming and self._coming[0][0] + self.lag <= now:
            _, (raw, key, row) = self._coming.popleft()
            table = self._copy.raws if raw else self._copy.transactions
            if row is None:
                table.pop(key, None)
            else:
                table[key] = row
        return self._copy
