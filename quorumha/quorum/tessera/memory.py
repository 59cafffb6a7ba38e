"""L{ExistenceMemory}: the transactions that the proxy has seen come into being."""

from __future__ import annotations

from collections.abc import Sequence

from quorumha.quorum.tessera.keys import transaction_keys

#: Targets that wait to be read as keys: so many, of so many bytes each.
PENDING = 256
LONGEST = 512


class ExistenceMemory:
    """Hashes only, bounded; those not seen for longest are forgotten first.

    A 404 for a transaction that is known to exist is false.  Reads are by far the commonest calls, and
    what is read is read again soon: targets are put aside as they came, and read as keys when
    somebody wants to know, or when there are many.

    Two sets: once the younger is full the elder is dropped whole.  That costs far less than to keep all
    in order, and remembers the same, and up to as many again.
    """

    __slots__ = ("_elder", "_pending", "_younger", "limit")

    def __init__(self, limit: int = 100_000) -> None:
        """
        @param limit: so many are remembered at least, and twice as many at most; 0 remembers none.
        """
        self.limit = limit
        self._younger: set[bytes] = set()
        self._elder: set[bytes] = set()
        self._pending: dict[bytes, None] = {}

    def __len__(self) -> int:
        self._settle()
        return len(self._younger | self._elder)

    def __contains__(self, key: bytes | None) -> bool:
        self._settle()
        return key in self._younger or key in self._elder

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
            self._add((key,))

    def forget(self, key: bytes | None) -> None:
        """It was deleted."""
        if key is not None:
            self._settle()
            self._younger.discard(key)
            self._elder.discard(key)

    def _settle(self) -> None:
        if self._pending:
            self._add(transaction_keys(self._pending))
            self._pending.clear()

    def _add(self, keys: Sequence[bytes]) -> None:
        limit, younger = self.limit, self._younger
        if not limit:
            return
        if len(younger) + len(keys) <= limit:
            younger.update(keys)
            return
        for key in keys:
            if len(younger) >= limit and key not in younger:
                self._elder = younger
                self._younger = younger = set()
            younger.add(key)
