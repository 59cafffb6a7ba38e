"""L{SimulatedCluster}: databases that are one, of which one is the primary.

cluster = SimulatedCluster(net.clock)
first, second = cluster.add("a"), cluster.add("b")
net.listen("a:5432", first)
net.listen("a:8008", first.patroni)
...
net.hang("a:5432")
cluster.promote("b")
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from quorumha.testing.postgresql.simulated_database import SimulatedDatabase

SYSTEM = "7300000000000000001"


class SimulatedCluster:
    """The first one added is the primary, on timeline 1; the others follow it.

    @ivar databases: by name.
    @ivar leader: who has Patroni's lock.
    @ivar system: C{system_identifier} of all of them.
    """

    def __init__(self, clock: IReactorTime, system: str = SYSTEM) -> None:
        self.databases: dict[str, SimulatedDatabase] = {}
        self.leader: SimulatedDatabase | None = None
        self.system = system
        self._clock = clock

    def add(self, name: str) -> SimulatedDatabase:
        """One more; the one of this name, if there is one."""
        if name in self.databases:
            return self.databases[name]
        made = self.databases[name] = SimulatedDatabase(self._clock, self, name)
        if self.leader is None:
            made.primary, made.timeline, self.leader = True, 1, made
        else:
            made.follows, made.timeline = self.leader, self.leader.timeline
            made.rows = list(self.leader.rows)
        return made

    def promote(self, name: str) -> SimulatedDatabase:
        """It becomes a primary, on a timeline of its own, and has the lock.  The old one notices nothing."""
        promoted = self.databases[name]
        promoted.follows = None
        promoted.primary = True
        promoted.timeline = 1 + max(one.timeline for one in self.databases.values())
        self.leader = promoted
        return promoted

    def demote(self, name: str) -> SimulatedDatabase:
        """It follows the leader, as after C{pg_rewind} and a start: it has the rows of that one alone."""
        demoted, leader = self.databases[name], self.leader
        if leader is None or leader is demoted:
            raise ValueError(f"{name} leads: promote another one first")
        demoted.primary, demoted.follows = False, leader
        demoted.timeline, demoted.rows = leader.timeline, list(leader.rows)
        return demoted
