"""Random schedules: whatever the members do, GoQuorum lives and believes nothing false.

The normal run has 200 schedules; for more: C{QUORUMHA_SCHEDULES=10000 python -m pytest
tests/test_tessera_site_machine.py}.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from tests.tessera_world import World

SCHEDULES = int(os.environ.get("QUORUMHA_SCHEDULES", "200"))
NAMES = st.sampled_from("ab")
#: GoQuorum tries five times, each held for 4.5 s, with a second between: both may be away for so long.
LONGEST_OUTAGE = 20.0


class TesseraMachine(RuleBasedStateMachine):
    """One member with its database lives all the time, but for outages that GoQuorum survives.

    With copies of a database of which each may lag nobody can say 404 alone: there no fault lasts longer.
    """

    @initialize(lag=st.sampled_from([None, None, 0.5, 3.0]), hedge=st.booleans())
    def build(self, lag: float | None, hedge: bool) -> None:
        self.world = World(keys='hedge = "700ms"\n' if hedge else "", lag=lag)
        self.net = self.world.net
        self.geths = [self.world.geth() for _ in range(2)]
        self.dead: set[str] = set()
        self.hung: set[str] = set()
        self.blind: set[str] = set()
        self.armed: set[str] = set()
        self.sent: dict[bytes, bytes] = {}
        self.deleted: set[bytes] = set()
        self.number = 0
        self.faulty_for = 0.0
        self.imports: list[tuple[bytes, Deferred[bytes | None]]] = []
        self.signed: list[tuple[bytes, bytes]] = []

    # What the members do.

    def good(self, name: str) -> bool:
        """Whether it can answer everything."""
        return name not in self.dead | self.hung | self.blind

    def other(self, name: str) -> str:
        return "b" if name == "a" else "a"

    def can_fail(self, name: str) -> bool:
        # A replica that lags cannot stand in for reads of what it has not got.
        return self.good(name) and self.good(self.other(name)) and not self.armed

    @precondition(lambda self: self.can_fail("a"))
    @rule(name=NAMES)
    def kill(self, name: str) -> None:
        self.net.kill(f"{name}:1")
        self.dead.add(name)

    @precondition(lambda self: self.can_fail("a"))
    @rule(name=NAMES)
    def hang(self, name: str) -> None:
        self.net.hang(f"{name}:1")
        self.hung.add(name)

    @precondition(lambda self: self.can_fail("a"))
    @rule(name=NAMES)
    def lose_database(self, name: str) -> None:
        self.world.nodes[name].faults.database_dead = True
        self.blind.add(name)

    @precondition(lambda self: self.can_fail("a"))
    @rule(name=NAMES, after=st.booleans())
    def die_at_the_next_send(self, name: str, after: bool) -> None:
        faults = self.world.nodes[name].faults
        self.armed.add(name)
        faults.only = lambda request: request.method == b"POST"
        if after:
            faults.die_after_commit = True
        else:
            faults.die_before_commit = True

        def died() -> None:
            self.armed.discard(name)
            if name not in self.dead:
                self.net.kill(f"{name}:1")
                self.dead.add(name)

        faults.on_death = died

    @rule(name=NAMES)
    def heal(self, name: str) -> None:
        self._heal(name)

    def _heal(self, name: str) -> None:
        faults = self.world.nodes[name].faults
        faults.database_dead = faults.die_before_commit = faults.die_after_commit = False
        if name in self.dead | self.hung:
            self.net.revive(f"{name}:1")
        for what in (self.dead, self.hung, self.blind, self.armed):
            what.discard(name)

    @rule(name=NAMES)
    def restart(self, name: str) -> None:
        if name in self.dead:
            self.world.nodes[name].restart()
            self._heal(name)

    @precondition(lambda self: self.can_fail("a"))
    @rule(seconds=st.floats(0.1, LONGEST_OUTAGE))
    def both_are_away(self, seconds: float) -> None:
        for name in "ab":
            self.net.kill(f"{name}:1")
        self.net.advance(seconds)
        for name in "ab":
            self.net.revive(f"{name}:1")
            self._heal(name)
        self.net.advance(1)

    # What GoQuorum asks.

    @rule(which=st.sampled_from([0, 1]))
    def send(self, which: int) -> None:
        self.number += 1
        payload = b"payload %d" % self.number
        sending = self.geths[which].send(payload)
        sending.addCallbacks(lambda key: self.sent.__setitem__(key, payload), self._dapp_was_told)
        self.net.run()

    @rule(which=st.sampled_from([0, 1]))
    def store_raw(self, which: int) -> None:
        self.number += 1
        payload = b"payload %d" % self.number
        storing = self.geths[which].store_raw(payload)
        storing.addCallbacks(lambda key: self.signed.append((key, payload)), self._dapp_was_told)
        self.net.run()

    @precondition(lambda self: self.signed)
    @rule(which=st.sampled_from([0, 1]))
    def send_signed(self, which: int) -> None:
        raw, payload = self.signed.pop()
        sending = self.geths[which].send_signed(raw)
        sending.addCallbacks(lambda key: self.sent.__setitem__(key, payload), self._dapp_was_told)
        self.net.run()

    def _dapp_was_told(self, failure: Failure) -> None:
        """A dapp hears of an error: it may try again.  A bug of this test may not pass as one."""
        failure.trap(Exception)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), which=st.sampled_from([0, 1]))
    def import_ours(self, data: st.DataObject, which: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.sent)))
        if key not in self.deleted:
            self.imports.append((key, self.geths[which].import_block(key)))
            self.net.run()

    @rule(which=st.sampled_from([0, 1]))
    def import_somebody_elses(self, which: int) -> None:
        self.number += 1
        key = b"%064d" % self.number
        self.imports.append((key, self.geths[which].import_block(key)))
        self.net.run()

    @rule(seconds=st.floats(0.05, 12))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)
        if self.world.replica is None or (self.good("a") and self.good("b")):
            self.faulty_for = 0.0
            return
        self.faulty_for += seconds
        if self.faulty_for > LONGEST_OUTAGE - 12:
            for name in "ab":
                self._heal(name)
            self.faulty_for = 0.0
            self.net.advance(6)

    # What must hold.

    @invariant()
    def nobody_exits(self) -> None:
        for geth in getattr(self, "geths", ()):
            geth.assert_alive()

    @invariant()
    def waiting_is_bounded(self) -> None:
        if hasattr(self, "world"):
            parking = self.world.site.parking
            assert len(parking) <= parking.count and parking.held <= parking.size

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        for name in "ab":
            self._heal(name)
        self.net.advance(60)
        self.nobody_exits()
        # Each answered write can be read, at both nodes.
        for key in self.sent:
            for geth in self.geths:
                self.imports.append((key, geth.import_block(key)))
        self.net.advance(60)
        self.nobody_exits()
        for key, importing in self.imports:
            results: list[object] = []
            importing.addBoth(results.append)
            assert results == [self.sent.get(key)], (key, results)
        for geth in self.geths:
            assert not geth.skipped & self.sent.keys(), "a false 404"
        for double in self.world.store.journal.doubles():
            # One request twice: only where the first member died with it.
            assert len({row.node for row in double}) == len(double) == 2, double
        assert len(self.world.site.parking) == 0
        assert [m.in_flight for m in self.world.pool.members] == [0, 0]
        self.world.site.stop()


class TesseraMachineTests(SynchronousTestCase):
    """See the module."""

    def test_schedules(self) -> None:
        """No exit while one member lives, no false 404, no write lost, waiting bounded."""
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            TesseraMachine,
            settings=settings(
                max_examples=SCHEDULES,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
