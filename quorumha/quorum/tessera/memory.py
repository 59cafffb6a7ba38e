"""L{ExistenceMemory}: the transactions that the proxy has seen come into being."""

from __future__ import annotations

from collections import OrderedDict

from quorumha.quorum.tessera.keys import transaction_key

#: Targets that wait to be read as keys: so many, of so many bytes each.
PENDING = 256
LONGEST = 512


class ExistenceMemory:
    """Hashes only, bounded; those not seen for longest are forgotten first.

    A 404 for a transaction that is known to exist is false.  Reads are by far the commonest calls, and
    what is read is read again soon: targets are put aside as they came, and read as keys when
    somebody wants to know, or when there are many.
    """

    __slots__ = ("_known", "_pending", "limit")

    def __init__(self, limit: int = 100_000) -> None:
        """
        @param limit: how many are remembered; 0 remembers none.
        """
        self.limit = limit
        # To take the oldest from a full dict costs more the longer it is; not so from this one.
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._pending: dict[bytes, None] = {}

    def __len__(self) -> int:
        self._settle()
        return len(self._known)

    def __contains__(self, key: bytes | None) -> bool:
        self._settle()
        return key in self._known

    def read(self, target: bytes) -> None:
        """A member answered C{GET} for this target with 200."""
        pending = self._pending
        if target not in pending and len(target) <= LONGEST:
            pending[target] = None
            if len(pending) >= PENDING:
                self._settle()

    def add(self, key: bytes | None) -> None:
        """It exists; None is nothing to remember."""
        if key is not None:
            self._settle()
            self._add(key)

    def forget(self, key: bytes | None) -> None:
        """It was deleted."""
        if key is not None:
            self._settle()
            self._known.pop(key, None)

    def _settle(self) -> None:
        if self._pending:
            for target in self._pending:
                key = transaction_key(target)
                if key is not None:
                    self._add(key)
            self._pending.clear()

    def _add(self, key: bytes) -> None:
        known = self._known
        known[key] = None
        known.move_to_end(key)
        if len(known) > self.limit:
            known.popitem(last=False)
