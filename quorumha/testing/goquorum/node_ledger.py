"""L{NodeLedger}: what one node has come to know: blocks, its pool, and what clients gave to it.

Transactions come from clients and from other nodes, blocks from the minter.  What becomes executable goes on
to the neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from attrs import define, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from quorumha.testing.goquorum.block_chain import Block
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.transaction import Transaction
from quorumha.testing.goquorum.tx_pool import TxPool

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_network import SimulatedNetwork

#: Seconds that a block takes from the minter to the others.
BLOCK_DELAY = 0.002


@define(eq=False)
class NodeLedger:
    """That half of a L{SimulatedNode<quorumha.testing.goquorum.simulated_node.SimulatedNode>}.

    @ivar alive: its process is there.
    @ivar frozen: its process is stopped (SIGSTOP).
    @ivar height: of the latest block that it has.
    @ivar pool: what it knows beside blocks.
    @ivar journal: transactions that clients gave to it; they come again when it starts, unless used up.
    @ivar on_block: called with each block that it takes.
    @ivar on_pending: called with each transaction that becomes executable.
    """

    name: str
    network: SimulatedNetwork
    alive: bool = field(default=False, init=False)
    frozen: bool = field(default=False, init=False)
    height: int = field(default=0, init=False)
    pool: TxPool = field(init=False, repr=False)
    journal: list[Transaction] = field(factory=list, init=False, repr=False)
    on_block: list[Callable[[Block], None]] = field(factory=list, init=False, repr=False)
    on_pending: list[Callable[[Transaction], None]] = field(factory=list, init=False, repr=False)
    _joined: bool = field(default=True, init=False)
    _lag: float = field(default=0.0, init=False)
    _due: IDelayedCall | None = field(default=None, init=False, repr=False)
    _inbox: list[Transaction] = field(factory=list, init=False, repr=False)

    @pool.default
    def _empty(self) -> TxPool:
        return TxPool(self.state_nonce)

    @property
    def clock(self) -> IReactorTime:
        """The network's."""
        return self.network.clock

    @property
    def runs(self) -> bool:
        """It is alive, and not frozen."""
        return self.alive and not self.frozen

    def state_nonce(self, account: str) -> int:
        """The next nonce of an account by its latest block."""
        return self.network.chain.nonce(account, self.height)

    def forget(self) -> None:
        """The process has ended: what is neither in a block nor in the journal is gone."""
        self.pool = self._empty()
        self.on_block.clear()
        self.on_pending.clear()
        self._inbox.clear()

    def read_journal(self) -> None:
        """Take what clients gave before the end; what is used up is dropped (core/tx_journal.go)."""
        journal, self.journal = self.journal, []
        for one in journal:
            try:
                self.take(one)
            except RpcError:
                # Nobody is told.
                continue

    def read_inbox(self) -> None:
        """Take what other nodes sent while this one was frozen."""
        inbox, self._inbox = self._inbox, []
        self.gossiped(inbox)

    @property
    def joined(self) -> bool:
        """It gossips; False: no other node is connected to it, though raft goes on."""
        return self._joined

    @joined.setter
    def joined(self, joined: bool) -> None:
        self._joined = joined
        self.network.life_changed()

    # Transactions.

    def take(self, transaction: Transaction) -> str:
        """Take a client's transaction: into the pool and the journal, and on to the others.

        @return: its hash.
        @raise RpcError: it is not taken.
        """
        executable = self.pool.add(transaction)
        self.journal.append(transaction)
        self._executable(executable)
        return transaction.hash

    def gossiped(self, transactions: Iterable[Transaction]) -> None:
        """Another node has sent these; what cannot be taken is left, and nobody is told."""
        if self.frozen:
            self._inbox += transactions
            return
        for one in transactions:
            try:
                self._executable(self.pool.add(one))
            except RpcError:
                continue

    def _executable(self, transactions: list[Transaction]) -> None:
        if not transactions:
            return
        for one in transactions:
            for notify in tuple(self.on_pending):
                notify(one)
        self.network.spread(self, transactions)
        if self.network.raft.minter is self:
            self.network.mint_soon()

    # Blocks.

    @property
    def lag(self) -> float:
        """Seconds that it has each block later; C{math.inf}: it gets none.  A minter has none."""
        return self._lag

    @lag.setter
    def lag(self, lag: float) -> None:
        self._lag = lag
        self.catch_up()

    def catch_up(self) -> None:
        """Take the blocks that are due, and wait for the next one."""
        minter, due = self.network.minter, self._due
        self._due = None
        if due is not None and due.active():
            due.cancel()
        if not self.runs or minter is None or not self.network.reach(self, minter):
            return
        blocks, now = self.network.chain.blocks, self.clock.seconds()
        lag = 0.0 if minter is self else BLOCK_DELAY + self._lag
        while self.height < self.network.chain.height:
            wait = blocks[self.height + 1].made + lag - now
            if wait > 1e-9:
                if wait < math.inf:
                    self._due = self.clock.callLater(wait, self.catch_up)
                return
            self._import(blocks[self.height + 1])

    def import_all(self) -> None:
        """Take every block: it is the one that mints."""
        for block in self.network.chain.blocks[self.height + 1 :]:
            self._import(block)

    def _import(self, block: Block) -> None:
        self.height = block.number
        hashes = {one.hash for one in block.transactions}
        self.journal = [one for one in self.journal if one.hash not in hashes]
        self._executable(self.pool.advanced(dict.fromkeys(one.sender for one in block.transactions)))
        for notify in tuple(self.on_block):
            notify(block)
