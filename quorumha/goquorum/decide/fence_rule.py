"""L{FenceRule}: whether a member knows what an account did, from what members say in rounds.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from math import inf
from typing import Generic, TypeVar

from attrs import define, field

from quorumha.goquorum.decide.account import Account

M = TypeVar("M")

#: Seconds from one round to the next.
EVERY = 0.02
#: Seconds after which calls that cannot stay where they are are refused.
AT_MOST = 2.0
#: Seconds after which those that can stay do so.
BRIEFLY = 0.2
#: Seconds for which the next nonce has to stand still while another member may act on a call yet.
STANDS_STILL = 1.0
#: Likewise after that one is known to be dead: what it told others may be on its way (measured: 32 ms).
NOTED_FOR = 0.1


@define(eq=False)
class FenceRule(Generic[M]):
    """One fence of one account at one member.

    @ivar target: of whom it is asked.
    @ivar given_up: whether the operator took a member away.
    @ivar nonce: the account's next one, when it passed.
    """

    account: Account[M]
    target: M
    given_up: Callable[[M], bool] = lambda member: False
    nonce: int | None = field(default=None, init=False)
    _nonce: int | None = field(default=None, init=False)
    _since: float = field(default=inf, init=False)

    def hashes(self, gone: Collection[M] = ()) -> list[str]:
        """What it has to know."""
        return self.account.required(gone, self.given_up)

    def suspects(self) -> set[M]:
        """Of whom is to be found out whether they refuse connections."""
        return {one for one in self.account.suspects(self.target) if not self.given_up(one)}

    def may_leave(self, now: float, others: Mapping[M, int | None]) -> bool:
        """Whether the calls may leave a member that they could stay at.

        While another proxy is at work there they stay: the two do not see at the same moment that the home is
        back, and between two members one nonce is given twice.
        """
        account = self.account
        at = account.at
        nonce = None if at is None else others.get(at)
        if account.is_alone(nonce, now):
            return True
        if account.nonce is None or nonce != account.nonce + account.made:
            account.counted(nonce, now)
        return False

    def passes(
        self,
        now: float,
        known: Collection[str],
        nonce: int | None,
        others: Mapping[M, int | None],
        gone: Collection[M] = (),
    ) -> bool:
        """Whether it may be used after a round.

        @param now: when the round began, by the clock.
        @param known: the hashes that it has.
        @param nonce: the account's next one there; None: it does not say.
        @param others: the same of all other members that may take transactions; None: it does not say.
        @param gone: those of the suspects that refuse connections.
        """
        if nonce != self._nonce or self._since == inf:
            self._nonce, self._since = nonce, now
        if nonce is not None and nonce < highest(others.values()):
            return False
        if any(hash not in known for hash in self.hashes(gone)):
            return False
        self.nonce = nonce
        doubted = self.account.doubts.keys() & self.suspects()
        if not doubted:
            return True
        return now - self._since >= (NOTED_FOR if doubted.issubset(gone) else STANDS_STILL)


def highest(nonces: Iterable[int | None]) -> int:
    """Of those that are known; 0: none is."""
    return max((nonce for nonce in nonces if nonce is not None), default=0)
