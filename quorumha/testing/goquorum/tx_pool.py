"""L{TxPool}: transactions that a node knows and no block has: core/tx_pool.go of GoQuorum 24.4.1.

The pool's nonce is the highest executable one and 1.  A transaction after a gap is taken and waits; it is
not executable until the gap is filled.  Gas prices are 0, so that none is ever replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import define, field

from quorumha.testing.goquorum.rpc_error import refusal
from quorumha.testing.goquorum.transaction import Transaction

ByNonce = dict[int, Transaction]


@define(eq=False)
class TxPool:
    """One node's.

    @ivar state_nonce: the next nonce of an account, by the node's latest block.
    @ivar pending: executable ones, by account and nonce.
    @ivar queued: those after a gap.
    @ivar by_hash: all of them.
    """

    state_nonce: Callable[[str], int]
    pending: dict[str, ByNonce] = field(factory=dict)
    queued: dict[str, ByNonce] = field(factory=dict)
    by_hash: dict[str, Transaction] = field(factory=dict)

    def nonce(self, account: str) -> int:
        """The next one, as for C{eth_getTransactionCount(account, "pending")}."""
        executable = self.pending.get(account)
        return max(executable) + 1 if executable else self.state_nonce(account)

    def add(self, transaction: Transaction) -> list[Transaction]:
        """Take one.

        @return: those that have become executable by it, in order.
        @raise RpcError: it is not taken.
        """
        account, nonce = transaction.sender, transaction.nonce
        if transaction.hash in self.by_hash:
            raise refusal("already known")
        if nonce < self.state_nonce(account):
            raise refusal("nonce too low")
        for known in (self.pending, self.queued):
            if nonce in known.get(account, ()):
                raise refusal("replacement transaction underpriced")
        self.by_hash[transaction.hash] = transaction
        self.queued.setdefault(account, {})[nonce] = transaction
        return self._promoted(account)

    def _promoted(self, account: str) -> list[Transaction]:
        found = []
        waiting, nonce = self.queued.get(account, {}), self.nonce(account)
        while (one := waiting.pop(nonce, None)) is not None:
            self.pending.setdefault(account, {})[nonce] = one
            found.append(one)
            nonce += 1
        if not waiting:
            self.queued.pop(account, None)
        return found

    def advanced(self, accounts: Iterable[str]) -> list[Transaction]:
        """The state has changed: what is used up goes, without a word.

        @param accounts: whose transactions the block has.
        @return: those that have become executable.
        """
        found = []
        for account in accounts:
            nonce = self.state_nonce(account)
            for known in (self.pending, self.queued):
                mine = known.get(account, {})
                for used in [one for one in mine if one < nonce]:
                    del self.by_hash[mine.pop(used).hash]
                if not mine:
                    known.pop(account, None)
            found += self._promoted(account)
        return found

    def executable(self) -> Iterator[Transaction]:
        """What a block may have, those of one account in order."""
        for mine in self.pending.values():
            for nonce in sorted(mine):
                yield mine[nonce]
