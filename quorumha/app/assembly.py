"""L{Assembly}: everything that follows from one configuration.  It holds no socket.

It is made beside the one that serves, and changes nothing of it before L{Assembly.turn}: a configuration that
cannot be used costs nothing.  What is equal is kept as the very object that it was; a pool of the same name
stays the same pool, and its members come and go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import partial
from typing import Any, TypeVar

from attrs import evolve
from twisted.internet.defer import Deferred, DeferredList

from quorumha.app.pools import Nodes, make_checks, make_pool, make_upstreams
from quorumha.app.process_parts import ProcessParts
from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.health.checks import HealthChecks
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.upstream.connection_pool import Connections
from quorumha.net.listener_part import Part
from quorumha.pool.balancing import BALANCING
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Upstream

T = TypeVar("T")


class Assembly:
    """Everything that follows from one configuration; pools, parts of listeners, and checks by name.

    It is empty at first: see L{build}, and L{assemble}.
    """

    def __init__(self, process: ProcessParts, config: Config, before: Assembly | None = None) -> None:
        """
        @param before: what serves now.
        """
        self.config = config
        self._process = process
        self._before = before
        # What kinds ask for, too.
        self.reactor, self.observers, self.wall = process.reactor, process.observers, process.wall
        self.mirror_budget, self.late, self.shared = process.mirror_budget, process.late, process.shared
        self.listener_numbers, self.shared_checks = process.listener_numbers, process.checks
        self._nodes: Nodes = Nodes(config, None if before is None else before._nodes)
        self.pools: dict[str, UpstreamPool] = {}
        self.connections: dict[str, Connections] = {}
        #: What the members of pools that stay are made of from now on.
        self._upstreams: dict[str, list[Upstream]] = {}
        self.replay_budgets: dict[str, ReplayBudget] = {}
        self.parts: dict[str, Part[Any]] = {}
        self.checks: dict[str, HealthChecks] = {}

    def build(self) -> Iterator[None]:
        """Fill it, in steps that are short.

        @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
        """
        config, process, before = self.config, self._process, self._before
        for name, pool in config.pools.items():
            upstreams = make_upstreams(
                self.reactor, pool, self._nodes.of, process.endpoints, process.certificates
            )
            if before is not None and name in before.pools:
                self.pools[name], self.connections[name] = before.pools[name], before.connections[name]
                self._upstreams[name] = upstreams
            else:
                self.pools[name] = make_pool(pool, upstreams, self.observers)
                self.connections[name] = Connections(self.reactor, pool.keepalive, pool.keepalive_idle)
            yield
        known = {} if before is None else before.replay_budgets
        for name, one in config.listeners.items():
            if one.kind.keeps_bodies:
                part = known.get(name) or process.replay.part(0, partial(process.notify_full, name))
                self.replay_budgets[name] = part
        same = {name for name in config.pools if self._same_pool(name)}
        for name, one in config.listeners.items():
            self.parts[name] = self._part(one, same)
            yield
        for name, pool in config.pools.items():
            if pool.check.asked is not None:
                self.checks[name] = self._checks(name, pool, same)
                yield

    def _same_pool(self, name: str) -> bool:
        """Whether a pool was there before, and said the same, but perhaps for its members."""
        before = self._before
        if before is None or name not in before.pools:
            return False
        was, now = before.config.pools[name], self.config.pools[name]
        return evolve(was, upstreams=now.upstreams) == now and was.check.asked is now.check.asked

    def _part(self, listener: ListenerConfig, same_pools: Set[str]) -> Part[Any]:
        before, name = self._before, listener.name
        used = {pool or "" for use in listener.kind.uses(listener) for pool in (use.pool, use.mirror)}
        same = used & self.config.pools.keys() <= same_pools
        if same and before is not None and before.config.listeners.get(name) == listener:
            return before.parts[name]
        part: Part[Any] = listener.kind.build(listener, self)
        return part

    def _checks(self, name: str, pool: PoolConfig, same_pools: Set[str]) -> HealthChecks:
        before = self._before
        if before is not None and name in before.checks and name in same_pools:
            return before.checks[name]
        process = self._process
        # As the configuration says then: not what C{process.prepare} is now.
        prepare = lambda member: process.prepare(name, member)  # noqa: E731  # short
        return make_checks(self.reactor, self.pools[name], pool, prepare, process.checks, process.wall)

    def upstreams(self, pool: PoolConfig) -> list[Upstream]:
        """What a pool's members would be made of: for who asks others than members of the configuration's.

        @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
        """
        process = self._process
        return make_upstreams(self.reactor, pool, None, process.endpoints, process.certificates)

    def before(self, listener: ListenerConfig) -> Any:
        """The part that the listener of this name has until now, where it is of the same kind; else None."""
        before, name = self._before, listener.name
        if before is None or name not in before.parts:
            return None
        return before.parts[name] if before.config.listeners[name].kind is listener.kind else None

    def turn(self) -> list[tuple[str, Member]]:
        """Let what was there before follow this configuration, in one turn of the reactor.

        Checks that it has no more are ended; what else nobody can use any more is the caller's to stop.

        @return: the members that are none any more, by the names of pools that stay.
        """
        before, self._before = self._before, None
        config, process = self.config, self._process
        process.take_limits(config)
        half = config.replay_budget // 2 if len(self.replay_budgets) > 1 else 0
        for budget in self.replay_budgets.values():
            # One of several has half of it at most.
            budget.limit = half
        self._nodes.take_names()
        if before is not None:
            for name, checks in before.checks.items():
                if self.checks.get(name) is not checks and name in self.pools:
                    checks.stop()
                    if name not in self.checks:
                        self.pools[name].unchecked(self.reactor.seconds())
            for name, pool in self.pools.items():
                if name not in before.pools:
                    self._note_added(pool.members)
        removed: list[tuple[str, Member]] = []
        for name, upstreams in self._upstreams.items():
            gone = self._change(self.pools[name], config.pools[name], upstreams)
            removed += [(name, member) for member in gone]
        process.prepare = self._prepare
        return removed

    def _change(self, pool: UpstreamPool, config: PoolConfig, upstreams: list[Upstream]) -> list[Member]:
        balancing = BALANCING[config.balance]
        if type(pool.balancing) is not balancing:
            pool.balancing = balancing()
        pool.connect_timeout, pool.slow_start = config.connect_timeout, config.slow_start
        connections = self.connections[pool.name]
        connections.keep(config.keepalive, config.keepalive_idle)
        added, removed = pool.arrange(upstreams)
        self._note_added(added)
        for member in removed:
            connections.drop(member)
        return removed

    def _note_added(self, members: Iterable[Member]) -> None:
        """They are members from now on."""
        for member in members:
            member.numbers.since = self._process.wall()

    def spare(self) -> None:
        """Give back what idle connections to nodes hold."""
        for connections in self.connections.values():
            connections.close_idle()

    def _prepare(self, pool: str, member: Member) -> Deferred[None]:
        """Do what each listener of a pool wants done before a member comes back."""
        parts = [self.parts[one.name] for one in self.config.listeners_of(pool)]
        waiting = [part.prepare(member) for part in parts]
        return DeferredList(waiting, consumeErrors=True).addCallback(lambda _: None)

    def start(self, old: Assembly) -> list[HealthChecks]:
        """Start the parts that the other one, which served until now, did not have; return the checks that
        are to be started, likewise.
        """
        for part in self._new(self.parts, old.parts, old):
            part.start()
        return self._new(self.checks, old.checks, old)

    def _new(self, now: Mapping[str, T], before: Mapping[str, T], old: Assembly) -> list[T]:
        had = set() if old is self else set(map(id, before.values()))
        return [one for one in now.values() if id(one) not in had]

    def gone(self, old: Assembly) -> list[tuple[UpstreamPool, Connections, HealthChecks | None]]:
        """The pools of the other one that are gone, their connections, and their checks."""
        gone = [name for name in old.pools if name not in self.pools]
        return [(old.pools[name], old.connections[name], old.checks.get(name)) for name in gone]

    async def stop(self) -> None:
        """Nothing is under way any more: end what goes on by itself."""
        stopping = [checks.stop() for checks in self.checks.values()]
        await DeferredList(stopping + [part.stop() for part in self.parts.values()])
        for connections in self.connections.values():
            connections.stop()


def assemble(process: ProcessParts, config: Config) -> Assembly:
    """What follows from a configuration where nothing serves yet.

    @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
    """
    made = Assembly(process, config)
    for _ in made.build():
        pass
    return made
