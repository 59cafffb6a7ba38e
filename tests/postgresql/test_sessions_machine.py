"""Whatever databases, clients and operators do: sessions are at one database, and none is left behind."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import DatabaseClient, MemoryProxy
from tests.nightly import play
from tests.postgresql.session_case import TOML

NAMES = st.sampled_from("ab")
PORTS = {"a": ("10.0.0.1:5432", "10.0.0.1:8008"), "b": ("10.0.0.2:5432", "10.0.0.2:8008")}


class SessionsMachine(RuleBasedStateMachine):
    """Two databases, their Patronis, and clients that come, write, and go."""

    @initialize()
    def begin(self) -> None:
        """All is well."""
        self.proxy = MemoryProxy(TOML)
        self.net = self.proxy.net
        self.proxy.simulate()
        self.proxy.start()
        self.cluster = self.proxy.cluster
        self.clients: list[DatabaseClient] = []
        self.number = 0
        self.hold = 10

    @rule(count=st.integers(1, 4))
    def connect(self, count: int) -> None:
        """Clients come."""
        for _ in range(count):
            self.clients.append(DatabaseClient.to(self.net.client_endpoint("proxy:5432")))
        self.net.run()

    @rule(data=st.data())
    def insert(self, data: st.DataObject) -> None:
        """One writes a row."""
        living = [client for client in self.clients if not client.lost]
        if living:
            self.number += 1
            data.draw(st.sampled_from(living)).insert(str(self.number))
            self.net.run()

    @rule(data=st.data(), clean=st.booleans())
    def leave(self, data: st.DataObject, clean: bool) -> None:
        """One goes, in order or not."""
        living = [client for client in self.clients if client.transport is not None and not client.lost]
        if living:
            one = data.draw(st.sampled_from(living))
            if clean:
                one.close()
            else:
                one.transport.abortConnection()  # type: ignore[attr-defined]  # all of ours have it
            self.net.run()

    @rule(name=NAMES)
    def promote(self, name: str) -> None:
        """A standby becomes primary; the old one goes on, and knows nothing."""
        if self.cluster.leader is not self.cluster.databases[name]:
            self.cluster.promote(name)

    @rule(name=NAMES)
    def demote(self, name: str) -> None:
        """It follows the leader."""
        if self.cluster.leader is not self.cluster.databases[name]:
            self.cluster.demote(name)

    @rule(name=NAMES, which=st.sampled_from([(0,), (1,), (0, 1)]))
    def hang(self, name: str, which: tuple[int, ...]) -> None:
        """The database, its Patroni, or both stop."""
        for number in which:
            self.net.hang(PORTS[name][number])

    @rule(name=NAMES, which=st.sampled_from([(0,), (1,), (0, 1)]))
    def kill(self, name: str, which: tuple[int, ...]) -> None:
        """They die."""
        for number in which:
            self.net.kill(PORTS[name][number])
        self.net.run()

    @rule(name=NAMES)
    def revive(self, name: str) -> None:
        """All of it goes on."""
        for place in PORTS[name]:
            self.net.revive(place)
        self.net.run()

    @rule(enabled=st.booleans(), name=NAMES)
    def switch(self, name: str, enabled: bool) -> None:
        """An operator's word."""
        self.proxy.service.pools["db"].member(name).enabled = enabled
        self.net.run()

    @rule()
    def reload(self) -> None:
        """A key of the listener changes."""
        self.hold = 15 - self.hold
        self.proxy.apply(f'{TOML}hold = "{self.hold}s"\n')

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, 6.0, 12.0]))
    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.net.advance(seconds)

    @invariant()
    def one_database(self) -> None:
        """Every session that has a member is at the writer."""
        if not hasattr(self, "proxy"):
            return
        writer = self.proxy.service.pools["db"].writer
        assert writer is not None
        upstream = writer.state().upstream
        relay = self.proxy.service.parts["db"].factory
        at = {one.bridge.member.name for one in relay.connections if one.bridge.member is not None}
        assert at <= {upstream}, (at, writer.state())

    @invariant()
    def refused_in_words_that_drivers_know(self) -> None:
        """That there is no writer, or what a standby says that was a primary until now."""
        if not hasattr(self, "proxy"):
            return
        for client in self.clients:
            assert not client.errors or client.errors[0][0] in ("57P03", "25006"), client.errors

    def teardown(self) -> None:
        """All is well again: who comes is served; then nothing is left of anybody."""
        if not hasattr(self, "proxy"):
            return
        for name in "ab":
            self.revive(name)
            self.switch(name, True)
        self.cluster.promote("a")
        self.net.advance(5)
        client = DatabaseClient.to(self.net.client_endpoint("proxy:5432"))
        client.insert("last")
        self.net.advance(1)
        assert client.acknowledged == ["last"], client.lost
        self.one_database()
        self.proxy.stop()
        assert self.net.clock.getDelayedCalls() == []
        assert [member.in_flight for member in self.proxy.service.pools["db"].members] == [0, 0]


class SessionsMachineTests(SynchronousTestCase):
    """The machine, run."""

    def test_sessions(self) -> None:
        """Never two databases; always a writer once one says so."""
        play(SessionsMachine, 40, steps=25)
