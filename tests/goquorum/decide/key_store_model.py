"""Nodes with one key store and one account, as far as nonces go: what L{Account} is held against.

By GOQUORUM.md 1: a node gives the next nonce that it knows of; one that does not know a transaction takes
another one with its nonce; one that knows it refuses; what a killed node had it has again when it is back.
"""

from __future__ import annotations

from attrs import define, field, frozen


@frozen(eq=False)
class Transaction:
    """One that a node made."""

    name: str
    nonce: int


@frozen
class Upstream:
    """As much of an upstream as counts."""

    name: str
    weight: int = 1
    backup: bool = False


@define(eq=False)
class Node:
    """One node.

    @ivar pool: what it has and is not in a block yet, by nonce.
    @ivar frozen: it does nothing, and will do all that it got when it wakes.
    @ivar coming: what is on its way to it.
    """

    upstream: Upstream
    chain: list[Transaction]
    alive: bool = True
    frozen: bool = False
    pool: dict[int, Transaction] = field(factory=dict)
    coming: list[Transaction] = field(factory=list)

    @property
    def works(self) -> bool:
        """Whether it does anything."""
        return self.alive and not self.frozen

    @property
    def nonce(self) -> int:
        """The next one that it would give: what is after a gap does not count."""
        nonce = len(self.chain)
        while nonce in self.pool:
            nonce += 1
        return nonce

    def knows(self, name: str) -> bool:
        """By its chain, its pool, or its queue."""
        return any(one.name == name for one in (*self.chain, *self.pool.values()))

    def take(self, one: Transaction) -> bool:
        """Take it, unless it has another one with this nonce."""
        if self.knows(one.name):
            return True
        if one.nonce < len(self.chain) or one.nonce in self.pool:
            return False
        self.pool[one.nonce] = one
        return True

    def hear_all(self) -> None:
        """What is on its way arrives."""
        coming, self.coming = self.coming, []
        for one in coming:
            self.take(one)


@define(eq=False)
class Network:
    """Some nodes."""

    chain: list[Transaction] = field(factory=list)
    nodes: list[Node] = field(factory=list)

    def add(self, name: str) -> Node:
        """One more."""
        self.nodes.append(Node(Upstream(name), self.chain))
        return self.nodes[-1]

    def send(self, node: Node, name: str) -> Transaction:
        """A call without a nonce is done."""
        one = Transaction(name, node.nonce)
        node.pool[one.nonce] = one
        self.gossip(node, one)
        return one

    def gossip(self, node: Node, one: Transaction) -> None:
        """It is on its way to all others that live."""
        for other in self.nodes:
            if other is not node and other.alive:
                other.coming.append(one)

    def mine(self, node: Node) -> None:
        """What a node has, up to a gap, is in the chain."""
        while (one := node.pool.get(len(self.chain))) is not None:
            self.chain.append(one)
        for other in self.nodes:
            other.pool = {nonce: one for nonce, one in other.pool.items() if nonce >= len(self.chain)}

    def kill(self, node: Node) -> None:
        """Its process ends; its journal keeps what it had."""
        node.alive, node.frozen, node.coming = False, False, []

    def start(self, node: Node) -> None:
        """It is back, and tells what it had; so do the others.

        Blocks are quicker than a start, and so is gossip than the next call: what a dead node has alone, and
        no client was told of, comes back with it, and may take the place of one that only one node has.
        """
        self.mine_all()
        node.alive = True
        for other in self.nodes:
            for one in other.pool.values():
                self.gossip(other, one)
        for other in self.nodes:
            if other.works:
                other.hear_all()

    def mine_all(self) -> None:
        """Blocks are made of all that working nodes have."""
        for node in self.nodes:
            if node.works:
                self.mine(node)

    def thaw(self, node: Node) -> None:
        """It goes on, after others made blocks.  It reads its peers before it acts: measured, no promise."""
        self.mine_all()
        node.frozen = False
        node.hear_all()

    def heal(self) -> None:
        """Everybody is back, and has told everything."""
        for node in self.nodes:
            if not node.alive:
                self.start(node)
            node.frozen = False
        for _ in self.nodes:
            for node in self.nodes:
                node.hear_all()
                for one in node.pool.values():
                    self.gossip(node, one)
        for node in self.nodes:
            node.hear_all()
            self.mine(node)
