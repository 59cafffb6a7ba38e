"""C{CheckedRpc}: members whose checks are GoQuorum's own, in memory."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.interfaces import IProtocolFactory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import MemberChanged
from quorumha.goquorum.decide.facts import MemberGraded
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.node_signs import NodeSigns
from quorumha.pool.pool import Member
from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.memory_proxy import MemoryProxy

CONFIG = """
[pools.quorum]
upstreams = [%s]
check = { %s }
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
"""


class CheckedRpc(SynchronousTestCase):
    """Members a1, a2, ..., as many nodes of others, and one listener; checks each 0.2 s."""

    def config(self, check: str = "", members: int = 2, interval: str = "200ms") -> str:
        upstreams = ", ".join(
            f'{{ name = "a{n}", endpoint = "http://10.0.0.2{n}:8545" }}' for n in range(1, members + 1)
        )
        return CONFIG % (upstreams, f'interval = "{interval}", timeout = "200ms"{check and ", "}{check}')

    def serve(
        self,
        check: str = "",
        members: int = 2,
        interval: str = "200ms",
        others: Mapping[str, IProtocolFactory] | None = None,
    ) -> None:
        """
        @param check: further keys of the check.
        @param others: who is in place of a node, by name.
        """
        self.facts = FactRecorder()
        config = self.config(check, members, interval)
        self.proxy = MemoryProxy(config, observers=self.facts.observers)
        self.network, self.net = self.proxy.network, self.proxy.net
        for name, other in (others or {}).items():
            self.net.listen(f"10.0.0.2{name[1:]}:8545", other)
        self.proxy.simulate()

    def start(self, seconds: float = 1.0) -> None:
        """Until the checks have found each."""
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.net.advance(seconds)

    def node(self, name: str) -> SimulatedNode:
        return self.proxy.quorums[name]

    def member(self, name: str) -> Member:
        return self.proxy.service.pools["quorum"].member(name)

    def signs(self, name: str) -> NodeSigns:
        return signs_of(self.member(name))

    def down(self, name: str) -> bool:
        return self.member(name).health.down

    def changes(self, name: str) -> list[tuple[str, str]]:
        """What changed about a member, with the causes, in order."""
        return [
            (fact.change, fact.cause)
            for fact in self.facts.facts
            if isinstance(fact, MemberChanged | MemberGraded) and fact.upstream == name
        ]
