"""L{ExistenceMemory}: the transactions that the proxy has seen come into being."""

from __future__ import annotations

from quorumha.tessera.knowledge.keys import transaction_key, usual_target

#: Bytes of a target, at most, that is looked at for its key.
LONGEST = 512

_END = b"==?isRaw=false"
_LENGTH = len(usual_target(b"A" * 86 + b"=="))


class ExistenceMemory:
    """Hashes only, bounded; those not seen for longest are forgotten first.

    A 404 for a transaction that is known to exist is false.  Reads are by far the commonest calls, and
    GoQuorum writes each key in one way, so transactions are remembered as it asks for them: its targets
    are taken as they are.

    Two sets: once the younger is full the elder is dropped whole.  That costs far less than to keep all
    in order, and remembers the same, and up to as many again.
    """

    __slots__ = ("__weakref__", "_elder", "_younger", "limit")

    def __init__(self, limit: int = 100_000) -> None:
        """
        @param limit: so many are remembered at least, and twice as many at most; 0 remembers none.
        """
        self.limit = limit
        self._younger: set[bytes] = set()
        self._elder: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._younger | self._elder)

    def __contains__(self, key: bytes | None) -> bool:
        if key is None:
            return False
        target = usual_target(key)
        return target in self._younger or target in self._elder

    def read(self, target: bytes) -> None:
        """A member answered C{GET} for this target with 200."""
        # What has the length of a key and is none harms nobody.
        if target.endswith(_END) and len(target) == _LENGTH + 2 * target.count(b"%2F"):
            if target not in self._younger:
                self._add(target)
        elif len(target) <= LONGEST:
            self.add(transaction_key(target))

    def add(self, key: bytes | None) -> None:
        """It exists; None is nothing to remember."""
        if key is not None:
            self._add(usual_target(key))

    def forget(self, key: bytes | None) -> None:
        """It was deleted."""
        if key is not None:
            target = usual_target(key)
            self._younger.discard(target)
            self._elder.discard(target)

    def _add(self, target: bytes) -> None:
        younger = self._younger
        if len(younger) < self.limit:
            younger.add(target)
        elif self.limit and target not in younger:
            self._elder = younger
            self._younger = {target}
