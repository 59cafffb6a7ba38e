"""L{KnownAccounts}: the accounts whose calls came lately, and who waits for each.  Pure.

All listeners of a pool have the same ones: two of them would give one nonce twice as two proxies would.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from quorumha.goquorum.decide.account import Account
from quorumha.goquorum.decide.lru import Lru
from quorumha.pool.member import Member


@define(eq=False)
class KnownAccount:
    """One account.

    @ivar callers: how many calls look for a member for it, or are about to.
    @ivar sleepers: those that wait until something changes.
    @ivar refusals: how often a member was found not to know what it did.
    @ivar refused_at: by whom, last.
    """

    account: Account[Member] = field(factory=Account)
    callers: int = 0
    sleepers: set[Any] = field(factory=set)
    refusals: int = 0
    refused_at: Member | None = None

    def wake(self) -> None:
        """Let all look again who wait now."""
        for one in tuple(self.sleepers):
            one.wake()

    @property
    def busy(self) -> bool:
        """Whether it may not be forgotten now."""
        return bool(self.callers or self.account.under_way)


@define(eq=False)
class KnownAccounts:
    """So many at most: who was used least recently is forgotten, and fenced as after a start."""

    _known: Lru[bytes, KnownAccount]

    @classmethod
    def of_size(cls, most: int) -> KnownAccounts:
        """For so many."""
        return cls(Lru(most, lambda known: known.busy))

    def follow(self, most: int) -> None:
        """Remember so many from now on."""
        self._known.most = most

    def find(self, address: bytes) -> KnownAccount | None:
        """By its 20 bytes; None: nothing is known of it."""
        return self._known.get(address)

    def enter(self, address: bytes) -> KnownAccount:
        """For a call, which counts among its callers until it takes itself off."""
        known = self._known.get(address)
        if known is not None:
            known.callers += 1
            return known
        # Busy already, so that it is not the one which is forgotten.
        known = KnownAccount(callers=1)
        self._known.put(address, known)
        return known
