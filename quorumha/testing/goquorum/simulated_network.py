"""L{SimulatedNetwork}: GoQuorum nodes with one chain, that gossip, mint by raft, and can be parted.

    network = SimulatedNetwork(net.clock)
    a1 = network.add("a1", accounts=KEYS[:10])
    a2 = network.add("a2", accounts=KEYS[:10])
    a1.listen(net, "a1:8545")
    a2.listen(net, "a2:8545")

Nodes with the same accounts share a key store, and so give nonces away independently of each other, as real
ones do.  Nothing is minted while no transaction waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.interfaces import IReactorTime

from quorumha.testing.goquorum.block_chain import Block, BlockChain
from quorumha.testing.goquorum.key_store import KeyStore
from quorumha.testing.goquorum.node_ledger import NodeLedger
from quorumha.testing.goquorum.raft_group import RaftGroup
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.goquorum.transaction import Transaction, hexed

#: Seconds from one node to another; None: never.
Delay = float | None | Callable[[Any, Any], float | None]


class SimulatedNetwork:
    """Nodes, and what they have in common.

    @ivar nodes: by name.
    @ivar chain: what was minted.
    @ivar raft: who mints.
    """

    def __init__(
        self,
        clock: IReactorTime,
        block_time: float = 0.25,
        gossip: Delay = 0.001,
        chain_id: int = 7841,
        *,
        types: tuple[int, ...] = (0,),
        keep: bool = True,
    ) -> None:
        """
        @param block_time: seconds between blocks, at least.
        @param gossip: see L{gossip}.
        @param types: of transactions; 1 is there where the chain is at the Berlin fork.
        @param keep: nodes remember every request and call, for a test to look at.
        """
        self.clock = clock
        self.block_time = block_time
        self.chain_id = chain_id
        self.types = types
        self.keep = keep
        self.nodes: dict[str, SimulatedNode] = {}
        self.chain = BlockChain()
        self.raft = RaftGroup(clock, self)
        self._gossip = gossip
        self._stores: dict[tuple[str, ...], KeyStore] = {}
        self._groups: dict[NodeLedger, int] = {}
        self._minting = False

    def add(self, name: str, accounts: Iterable[str] = (), **settings: Any) -> SimulatedNode:
        """A node that runs.

        @param accounts: of its key store, which it shares with those that have the same.
        @param settings: as for L{SimulatedNode}.
        """
        accounts = tuple(one.lower() for one in accounts)
        store = self._stores.setdefault(accounts, KeyStore(list(accounts))) if accounts else KeyStore([])
        settings.setdefault("keep", self.keep)
        node = SimulatedNode(name, self, len(self.nodes) + 1, store, **settings)
        self.nodes[name] = node
        self.raft.added(node)
        node.start()
        return node

    # What a test looks at.

    @property
    def minter(self) -> SimulatedNode | None:
        """Who mints now; None while nobody can."""
        return self.raft.minter if self.raft.usable(self.raft.minter) else None

    def included(self, hash: str) -> bool:
        """Whether a block has this transaction."""
        return hash in self.chain.places

    def transactions_of(self, account: str) -> list[Transaction]:
        """Those that blocks have, in the order of their nonces."""
        account = account.lower()
        return [one for block in self.chain.blocks for one in block.transactions if one.sender == account]

    def sign(self, sender: str, nonce: int, to: str | None = None, **fields: Any) -> str:
        """The bytes of a transaction as a client signs them, C{0x...}.

        @param fields: as for L{Transaction.made}.
        """
        return hexed(Transaction.made(sender, nonce, to, chain_id=self.chain_id, **fields).raw)

    # Who reaches whom.

    @property
    def gossip(self) -> Delay:
        """Seconds that a transaction takes from a node to another one; None: it never comes; or a callable
        that gets the two and returns either.  When it is set, nodes exchange their pools as if they met.
        """
        return self._gossip

    @gossip.setter
    def gossip(self, gossip: Delay) -> None:
        self._gossip = gossip
        self._meet()

    def partition(self, *groups: Iterable[str | SimulatedNode]) -> None:
        """Part the network: members of one group reach each other; those named in none are one more."""
        names = [{one if isinstance(one, str) else one.name for one in group} for group in groups]
        self._groups = {
            node: next((i for i, group in enumerate(names) if node.name in group), -1)
            for node in self.nodes.values()
        }
        self.life_changed()

    def heal(self) -> None:
        """Undo L{partition}."""
        self.partition()

    def reach(self, one: NodeLedger, other: NodeLedger) -> bool:
        """Whether the two run and are not parted."""
        return one.runs and other.runs and self._groups.get(one, -1) == self._groups.get(other, -1)

    def neighbours(self, node: NodeLedger) -> list[SimulatedNode]:
        """With whom a node gossips; a frozen one is among them for as long as it is frozen."""
        return [
            other
            for other in self.nodes.values()
            if other is not node and other.alive and other.joined and node.joined
            if self._groups.get(node, -1) == self._groups.get(other, -1)
        ]

    # For the nodes.

    def life_changed(self) -> None:
        """A node came, went, froze or thawed, or the network was parted."""
        self.raft.changed()
        self.raft_changed()
        self._meet()

    def raft_changed(self) -> None:
        """Somebody may mint now, and blocks may come through."""
        for node in self.nodes.values():
            node.catch_up()
        self.mint_soon()

    def _meet(self) -> None:
        for node in self.nodes.values():
            if node.runs:
                self.spread(node, [one for mine in node.pool.pending.values() for one in mine.values()])

    def spread(self, node: NodeLedger, transactions: Iterable[Transaction]) -> None:
        """Send executable transactions to all neighbours that do not have them."""
        transactions = list(transactions)
        if not transactions:
            return
        for other in self.neighbours(node):
            delay = self._gossip(node, other) if callable(self._gossip) else self._gossip
            news = [one for one in transactions if one.hash not in other.pool.by_hash]
            if delay is not None and news:
                self.clock.callLater(delay, self._arrive, node, other, news)

    def _arrive(self, node: NodeLedger, other: SimulatedNode, news: list[Transaction]) -> None:
        # Lost with its sender, or with the connection, where one of these has ended meanwhile.
        if node.alive and other in self.neighbours(node):
            other.gossiped(news)

    # Minting.

    def mint_soon(self) -> None:
        """At the next beat of the minter, if it has anything."""
        minter = self.minter
        if minter is None or self._minting or not minter.pool.pending:
            return
        self._minting = True
        now = self.clock.seconds()
        beat = (math.floor(now / self.block_time + 1e-9) + 1) * self.block_time
        self.clock.callLater(max(beat - now, 0.0), self._beat)

    def _beat(self) -> None:
        self._minting = False
        minter = self.minter
        if minter is not None and minter.pool.pending:
            self.mine()

    def mine(self, blocks: int = 1) -> Block:
        """Mint blocks now, empty ones too: the first has all that the minter knows.

        @return: the last of them.
        @raise ValueError: nobody can.
        """
        minter = self.minter
        if minter is None or blocks < 1:
            raise ValueError("nobody can mint")
        for _ in range(blocks):
            minter.import_all()
            block = self.chain.append(tuple(minter.pool.executable()), self.clock.seconds())
            minter.import_all()
        for node in self.nodes.values():
            node.catch_up()
        self.mint_soon()
        return block
