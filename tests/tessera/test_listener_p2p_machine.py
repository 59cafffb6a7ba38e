"""Random schedules: whatever the members do, other parties never notice, and every member knows them all.

The normal run has 60 schedules; for more: C{QUORUMHA_SCHEDULES=10000 python -m pytest
tests/tessera/test_listener_p2p_machine.py}.
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
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import PushFailed, RemoteParty, on_paths
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.nightly import play
from tests.served_party import ServedParty, party_url

NAMES = st.sampled_from("abc")
#: Seconds that another party waits: so long one member lives before another one may fail.
PATIENCE = 3.75


class PeersMachine(RuleBasedStateMachine):
    """At any time one member has been well for as long as a request may last."""

    @initialize(members=st.sampled_from(["ab", "abc"]))
    def build(self, members: str) -> None:
        self.party = ServedParty(members)
        self.net = self.party.net
        # The second one was found by discovery: once it has dropped the pair it never comes back.
        self.others = [
            RemoteParty(
                self.net.clock,
                self.net.client_endpoint("pair:9001"),
                party_url(number),
                bytes([number]) * 32,
                configured=number == 0,
            )
            for number in range(3)
        ]
        for other in self.others:
            other.start()
            self.net.advance(0.3)
        #: Since when each member is well; those that are not are missing.
        self.well = dict.fromkeys(members, -PATIENCE)
        self.sent: list[Payload] = []
        self.refused: list[PushFailed] = []

    def may_fail(self, name: str) -> bool:
        now = self.net.clock.seconds()
        return name in self.well and any(
            now - since > PATIENCE for other, since in self.well.items() if other != name
        )

    # What the members do.

    @rule(name=NAMES, fault=st.sampled_from(["kill", "hang", "stuck", "blind"]))
    def fail(self, name: str, fault: str) -> None:
        if not self.may_fail(name):
            return
        del self.well[name]
        faults = self.party.nodes[name].faults
        if fault == "stuck":
            faults.hang = True
        elif fault == "blind":
            faults.database_dead = True
        else:
            getattr(self.party, fault)(name)

    @rule(name=NAMES, after=st.booleans())
    def die_at_the_next_push(self, name: str, after: bool) -> None:
        if not self.may_fail(name):
            return
        del self.well[name]
        faults = self.party.nodes[name].faults
        faults.only = on_paths("/push")
        faults.on_death = lambda: self.party.kill(name)
        faults.die_after_commit, faults.die_before_commit = after, not after

    @rule(name=NAMES)
    def restart_unseen(self, name: str) -> None:
        """Between two checks: it forgets whom it knew, and what it was at."""
        if self.may_fail(name):
            self.party.nodes[name].restart()
            self.well[name] = self.net.clock.seconds()

    @precondition(lambda self: len(self.well) < len(self.party.nodes))
    @rule()
    def heal(self) -> None:
        """The first by name of those that are not well."""
        name = next(name for name in self.party.nodes if name not in self.well)
        faults = self.party.nodes[name].faults
        faults.hang = faults.database_dead = faults.die_after_commit = faults.die_before_commit = False
        faults.only = lambda _: True
        self.party.revive(name)
        self.well[name] = self.net.clock.seconds()

    # What other parties do.

    @rule(which=st.sampled_from([0, 1, 2]), count=st.sampled_from([1, 1, 5]))
    def push(self, which: int, count: int) -> None:
        for _ in range(count):
            salt = b"%d" % len(self.sent)
            payload = Payload.seal(b"private", bytes([which]) * 32, [OWN_KEY], salt)
            self.sent.append(payload)
            self.others[which].push(payload).addErrback(self._refused)

    def _refused(self, failure: Failure) -> None:
        failure.trap(PushFailed)
        self.refused.append(failure.value)

    @rule(seconds=st.floats(0.05, 8))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)

    # What holds.

    @invariant()
    def nobody_notices(self) -> None:
        for other in self.others:
            assert not other.drops, "it dropped the pair"
            assert not other.refused, other.refused
        assert not self.refused, self.refused

    def teardown(self) -> None:
        if not hasattr(self, "refused"):
            return
        while len(self.well) < len(self.party.nodes):
            self.heal()
        # Checks, and one post of each party.
        self.net.advance(8)
        self.nobody_notices()
        for name in self.party.nodes:
            assert self.party.knows(name) == {party_url(number) for number in range(3)}, name
        assert set(self.party.store.transactions) == {payload.hash for payload in self.sent}
        assert sum(len(other.pushed) for other in self.others) == len(self.sent)
        self.net.advance(12)
        delivery = self.party.site.sync
        assert delivery is not None and set(delivery.drift.values()) <= {0}
        for other in self.others:
            other.stop()
        self.party.stop()
        assert not self.net.clock.getDelayedCalls()


class MachineTests(SynchronousTestCase):
    """L{PeersMachine}."""

    def test_schedules(self) -> None:
        play(PeersMachine, 60, night=2000)
