"""L{RaftGroup}: who mints, who knows it, and what each node believes.

Measured on three nodes of 24.4.1: a minter that dies has a successor 1.3 s later; a follower of nobody says
so after 1.8 s; a minter that lost its majority says "minter" for ever, for etcd's raft has no quorum check
here; C{nodeActive} of others goes at once when they die, after 4.3 s when they hang.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IReactorTime

from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.rpc_error import refusal

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_network import SimulatedNetwork
    from quorumha.testing.goquorum.simulated_node import SimulatedNode

#: Seconds.
ELECTION, LEADERLESS, INACTIVE = 1.3, 1.8, 4.3


class RaftGroup:
    """The members of a network as raft has them.

    @ivar minter: who mints, while it can.
    """

    def __init__(self, clock: IReactorTime, network: SimulatedNetwork) -> None:
        """Nobody is there yet."""
        self._clock = clock
        self._network = network
        self._believing: set[SimulatedNode] = set()
        self._leaderless: dict[SimulatedNode, float] = {}
        self._parted: dict[tuple[SimulatedNode, SimulatedNode], float] = {}
        self._electing = False
        self.minter: SimulatedNode | None = None

    def added(self, node: SimulatedNode) -> None:
        """A new member; the first one mints at once."""
        if self.minter is None and not node.learner:
            self._elect(node)
        self.changed()

    def restarted(self, node: SimulatedNode) -> None:
        """It has forgotten what it was."""
        self._believing.discard(node)

    def usable(self, node: SimulatedNode | None) -> bool:
        """Whether it could mint: it runs, and more than half of the voters are with it."""
        if node is None or node.learner or not node.runs:
            return False
        voters = [one for one in self._network.nodes.values() if not one.learner]
        return 2 * sum(self._network.reach(node, one) for one in voters) > len(voters)

    def changed(self) -> None:
        """Somebody came or went, or the network was parted."""
        now, nodes = self._clock.seconds(), list(self._network.nodes.values())
        for one in nodes:
            for other in nodes:
                if self._network.reach(one, other):
                    self._parted.pop((one, other), None)
                else:
                    self._parted.setdefault((one, other), now)
        if not self.usable(self.minter) and not self._electing and any(self.usable(one) for one in nodes):
            self._electing = True
            self._clock.callLater(ELECTION, self._election)
        for one in nodes:
            if self._follows(one):
                self._leaderless.pop(one, None)
                if one is not self.minter:
                    self._believing.discard(one)
            else:
                self._leaderless.setdefault(one, now)

    def _follows(self, node: SimulatedNode) -> bool:
        minter = self.minter
        return minter is not None and self.usable(minter) and self._network.reach(node, minter)

    def _election(self) -> None:
        self._electing = False
        if not self.usable(self.minter):
            usable = [one for one in self._network.nodes.values() if self.usable(one)]
            if usable:
                self._elect(usable[0])
        self.changed()
        self._network.raft_changed()

    def _elect(self, node: SimulatedNode) -> None:
        self.minter = node
        self._believing.add(node)
        self._leaderless.pop(node, None)

    # What one node says.

    def role(self, node: SimulatedNode) -> str:
        """C{raft_role}."""
        if node in self._believing:
            return "minter"
        if self._lost(node):
            return ""
        return "learner" if node.learner else "verifier"

    def _lost(self, node: SimulatedNode) -> bool:
        since = self._leaderless.get(node)
        return since is not None and self._clock.seconds() - since >= LEADERLESS

    def leader(self, node: SimulatedNode) -> str:
        """C{raft_leader}.

        @raise RpcError: it knows of none.
        """
        if node in self._believing:
            return node_id(node)
        if self._lost(node) or self.minter is None:
            raise refusal("no leader is currently elected")
        return node_id(self.minter)

    def cluster(self, node: SimulatedNode) -> list[dict[str, Any]]:
        """C{raft_cluster}: itself is last."""
        lost = self._lost(node) and node not in self._believing
        minter = node if node in self._believing else self.minter
        members = [one for one in self._network.nodes.values() if one is not node]
        return [
            {
                "raftId": one.raft_id,
                "nodeId": node_id(one),
                "p2pPort": 21000 + one.raft_id,
                "raftPort": 50400 + one.raft_id,
                "hostname": "127.0.0.1",
                "role": "" if lost else _role(one, minter),
                "nodeActive": one is node or self._active(node, one),
            }
            for one in (*members, node)
        ]

    def _active(self, node: SimulatedNode, other: SimulatedNode) -> bool:
        since = self._parted.get((node, other))
        if since is None:
            return True
        return other.alive and self._clock.seconds() - since < INACTIVE


def _role(node: SimulatedNode, minter: SimulatedNode | None) -> str:
    return "minter" if node is minter else "learner" if node.learner else "verifier"


def node_id(node: SimulatedNode) -> str:
    """Its public key as an enode has it: 128 hexadecimal digits, made up."""
    return _public_key(node.name)


@lru_cache
def _public_key(name: str) -> str:
    return (keccak256(name.encode()) + keccak256(b"y" + name.encode())).hex()
