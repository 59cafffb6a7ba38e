"""Random schedules: whatever the members do, GoQuorum lives and believes nothing false.

The normal run has 50 schedules; for more: C{QUORUMHA_SCHEDULES=10000 python -m pytest
tests/tessera/test_listener_machine.py}.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import GethGone, on_methods
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.nightly import play
from tests.tessera_world import World

NAMES = st.sampled_from("ab")
#: GoQuorum tries five times, each held for 4.5 s, with a second between: both may be away for so long.
LONGEST_OUTAGE = 22.0


class TesseraMachine(RuleBasedStateMachine):
    """One member with its database lives all the time, but for outages that GoQuorum survives.

    With copies of a database of which each may lag nobody can say 404 alone: there no fault lasts longer.
    """

    @initialize(lag=st.sampled_from([None, None, 0.5, 3.0]), hedge=st.booleans(), checked=st.booleans())
    def build(self, lag: float | None, hedge: bool, checked: bool) -> None:
        self.world = World(keys='hedge = "700ms"\n' if hedge else "", lag=lag, checked=checked)
        self.net = self.world.net
        self.checked = checked
        self.geths = [self.world.geth() for _ in range(2)]
        self.dead: set[str] = set()
        self.hung: set[str] = set()
        self.blind: set[str] = set()
        self.armed: set[str] = set()
        #: Payloads of ours, by hash.
        self.ours: dict[bytes, bytes] = {}
        self.raws: list[tuple[bytes, bytes]] = []
        self.imports: list[tuple[bytes, Deferred[bytes | None]]] = []
        self.number = 0
        #: How often something began or ceased to be wrong.
        self.changes = 0
        self.faulty_for = 0.0
        self.died_after_commit = 0
        self.needless: list[str] = []

    # What the members do.

    def good(self, name: str) -> bool:
        """Whether it can answer everything."""
        return name not in self.dead | self.hung | self.blind | self.armed

    @property
    def all_good(self) -> bool:
        return self.good("a") and self.good("b")

    @property
    def can_respond(self) -> bool:
        """Whether there is a member that can answer everything."""
        return self.all_good if self.world.replica is not None else self.good("a") or self.good("b")

    @precondition(lambda self: self.all_good)
    @rule(name=NAMES)
    def kill(self, name: str) -> None:
        self._kill(name)

    def _kill(self, name: str) -> None:
        self.changes += 1
        self.net.kill(f"{name}:1")
        self.dead.add(name)

    @precondition(lambda self: self.all_good)
    @rule(name=NAMES)
    def hang(self, name: str) -> None:
        self.changes += 1
        self.net.hang(f"{name}:1")
        self.hung.add(name)

    @precondition(lambda self: self.all_good)
    @rule(name=NAMES)
    def lose_database(self, name: str) -> None:
        self.changes += 1
        self.world.nodes[name].faults.database_dead = True
        self.blind.add(name)

    @precondition(lambda self: self.all_good)
    @rule(name=NAMES, after=st.booleans())
    def die_at_the_next_write(self, name: str, after: bool) -> None:
        faults = self.world.nodes[name].faults
        self.armed.add(name)
        faults.only = on_methods("POST")
        faults.die_after_commit, faults.die_before_commit = after, not after

        def died() -> None:
            self.armed.discard(name)
            self.died_after_commit += after
            self.net.kill(f"{name}:1")
            self.dead.add(name)

        faults.on_death = died

    @precondition(lambda self: self.all_good)
    @rule(how=st.sampled_from(["kill", "hang", "database"]))
    def both_fail(self, how: str) -> None:
        self.changes += 1
        for name, node in self.world.nodes.items():
            if how == "kill":
                self._kill(name)
            elif how == "hang":
                self.net.hang(f"{name}:1")
                self.hung.add(name)
            else:
                node.faults.database_dead = True
                self.blind.add(name)

    @rule(name=NAMES, restart=st.booleans())
    def heal(self, name: str, restart: bool) -> None:
        self._heal(name, restart)

    def _heal(self, name: str, restart: bool = False) -> None:
        if self.good(name):
            return
        self.changes += 1
        faults = self.world.nodes[name].faults
        faults.database_dead = faults.die_before_commit = faults.die_after_commit = False
        faults.only = lambda request: True
        if name in self.dead | self.hung:
            if restart:
                self.net.kill(f"{name}:1")
                self.world.nodes[name].restart()
            self.net.revive(f"{name}:1")
        for what in (self.dead, self.hung, self.blind, self.armed):
            what.discard(name)

    # What GoQuorum and others ask.

    def payload(self) -> bytes:
        self.number += 1
        return b"payload %d" % self.number

    @rule(which=st.sampled_from([0, 1]))
    def send(self, which: int) -> None:
        payload = self.payload()
        # What lies in sockets is taken first: who was healed may respond to its check now.
        self.net.run()
        # A member that hangs alone is seen by checks in time.
        could = self.checked and self.can_respond and not self.dead | self.blind | self.armed
        before = self.changes
        members = self.world.pool.members
        asleep = all(member.asleep for member in members)
        picked = sum(member.picked for member in members)
        sending = self.geths[which].send(payload)

        def failed(failure: Failure) -> None:
            # Else it may: who is silent may only sleep, and nothing new is made a second time.
            if could and self.changes == before and failure.check(GethGone) is None:
                self.needless.append(f"send: {failure.value}")

        sending.addCallbacks(lambda key: self.ours.__setitem__(key, payload), failed)
        self.net.run()
        if asleep and sum(member.picked for member in members) > picked:
            self.needless.append("a write was sent to one that is silent")

    @precondition(lambda self: self.all_good)
    @rule(name=NAMES, count=st.sampled_from([1, 3]), seconds=st.floats(0.5, 4))
    def hang_with_writes_in_its_hands(self, name: str, count: int, seconds: float) -> None:
        """Its checks put it down meanwhile, or do not yet."""
        self.hang(name)
        for number in range(count):
            self.send(number % 2)
        self.net.advance(seconds)

    @rule(which=st.sampled_from([0, 1]))
    def store_raw(self, which: int) -> None:
        payload = self.payload()
        storing = self.geths[which].store_raw(payload)
        storing.addCallbacks(lambda key: self.raws.append((key, payload)), lambda failure: None)
        self.net.run()

    @precondition(lambda self: self.raws)
    @rule(which=st.sampled_from([0, 1]))
    def send_signed(self, which: int) -> None:
        raw, payload = self.raws.pop()
        before, could = self.changes, self.can_respond or bool(self.armed)
        sending = self.geths[which].send_signed(raw)

        def failed(failure: Failure) -> None:
            if could and self.changes == before and failure.check(GethGone) is None:
                self.needless.append(f"send_signed: {failure.value}")

        sending.addCallbacks(lambda key: self.ours.__setitem__(key, payload), failed)
        self.net.run()

    @rule()
    def somebody_pushes(self) -> None:
        """A payload of ours comes by another way: the proxy has not seen it."""
        payload = self.payload()
        sealed = Payload.seal(payload, OWN_KEY, [OWN_KEY], self.world.store.next_salt())
        self.ours[self.world.store.insert(sealed)] = payload

    @precondition(lambda self: self.ours)
    @rule(data=st.data(), which=st.sampled_from([0, 1]))
    def import_ours(self, data: st.DataObject, which: int) -> None:
        self._import(which, data.draw(st.sampled_from(list(self.ours))))

    @rule(which=st.sampled_from([0, 1]))
    def import_somebody_elses(self, which: int) -> None:
        self.number += 1
        self._import(which, b"%064d" % self.number)

    def _import(self, which: int, key: bytes) -> None:
        geth = self.geths[which]
        before, could, tries = self.changes, self.can_respond, geth.tries
        importing = geth.import_block(key)
        importing.addErrback(lambda failure: None)
        self.imports.append((key, importing))
        self.net.run()
        if could and self.changes == before and geth.tries > tries + 1:
            self.needless.append("an import was tried again")

    @rule(seconds=st.floats(0.05, 8))
    def wait(self, seconds: float) -> None:
        before, could = self.changes, self.can_respond
        busy = {geth: geth.tries for geth in self.geths} if not self._importing() else {}
        self.net.advance(seconds)
        if could and self.changes == before and any(geth.tries > n for geth, n in busy.items()):
            self.needless.append("an import was tried again")
        if self.can_respond:
            self.faulty_for = 0.0
            return
        self.faulty_for += seconds
        if self.faulty_for > LONGEST_OUTAGE - 8:
            for name in "ab":
                self._heal(name)
            self.faulty_for = 0.0
            self.net.advance(6)

    def _importing(self) -> bool:
        return any(not importing.called for _, importing in self.imports)

    # What must hold.

    @invariant()
    def nobody_exits(self) -> None:
        for geth in getattr(self, "geths", ()):
            geth.assert_alive()

    @invariant()
    def no_needless_error(self) -> None:
        """A living member could have prevented it."""
        assert not getattr(self, "needless", ()), self.needless

    @invariant()
    def waiting_is_bounded(self) -> None:
        if hasattr(self, "world"):
            waiting_room = self.world.site.state.waiting_room
            assert len(waiting_room) <= waiting_room.count and waiting_room.used <= waiting_room.size

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        for name in "ab":
            self._heal(name)
        self.net.advance(60)
        self.nobody_exits()
        # Each answered write can be read, at both nodes.
        for key in list(self.ours):
            for which in (0, 1):
                self._import(which, key)
        self.net.advance(61)
        self.nobody_exits()
        self.no_needless_error()
        for key, importing in self.imports:
            results: list[object] = []
            importing.addBoth(results.append)
            assert results == [self.ours.get(key)], (key, results)
        for geth in self.geths:
            assert not geth.skipped & self.ours.keys(), "a false 404"
        doubles = self.world.store.journal.doubles()
        overtaken = self.world.site.late.overtaken
        assert len(doubles) <= self.died_after_commit + overtaken, (
            "a member that only slept acted on what was sent again, and its checks had not put it down"
        )
        assert all(len(rows) == 2 for rows in doubles)
        assert len(self.world.site.late) == 0
        assert len(self.world.site.state.waiting_room) == 0
        assert [m.in_flight for m in self.world.pool.members] == [0, 0]
        self.world.stop()


class TesseraMachineTests(SynchronousTestCase):
    """See the module."""

    def test_schedules(self) -> None:
        """No exit while one member lives, no false 404, no write lost, waiting bounded."""
        play(TesseraMachine, 50, night=2000)
