"""Members die, hang, restart unseen and come back: in the end each knows the newest post of every party."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.pool import Member
from quorumha.tessera.partyinfo.ledger import Entry, Ledger
from quorumha.testing import Recorder
from tests.http.server.proxied import post
from tests.nightly import play
from tests.tessera.ways import Tesseras, deliver, info, party_url

NAMES = "abc"
members = st.sampled_from(NAMES)


class NotingLedger(Ledger):
    """Notes what a member took twice without having lost it."""

    def __init__(self) -> None:
        super().__init__()
        self.has: set[tuple[str, int]] = set()
        self.twice: list[tuple[str, bytes]] = []

    def took(self, member: str, entry: Entry) -> None:
        if (member, entry.number) in self.has:
            self.twice.append((member, entry.party))
        self.has.add((member, entry.number))
        super().took(member, entry)

    def lost(self, member: str, parties: Iterable[bytes]) -> int:
        gone = set(parties)
        self.has -= {(member, entry.number) for entry in self if entry.party in gone}
        return super().lost(member, gone)


class DeliveryMachine(RuleBasedStateMachine):
    """Three simulated Tesseras behind a proxy, up to four parties that post to it."""

    def __init__(self) -> None:
        super().__init__()
        self.tesseras = Tesseras(NAMES, fail_timeout=3)
        self.tesseras.pool.balancing = PrimaryFirst()
        self.net = self.tesseras.net
        self.ledger = NotingLedger()
        self.delivery = deliver(self.tesseras, 5.0, self.ledger, timeout=1.5)
        self.version = 0
        self.newest: dict[int, int] = {}
        self.clients: dict[int, Recorder] = {}
        self.asked_at: dict[int, float] = {}
        self.dead: set[str] = set()
        self.hung: set[str] = set()

    def node(self, name: str):  # type: ignore[no-untyped-def]
        return self.tesseras.tesseras[name]

    def outlook(self) -> str:
        """What becomes of a post now: C{at once} if nobody who hangs is asked before one who lives."""
        now = self.net.clock.seconds()
        for member in self.tesseras.pool.members:
            name = member.upstream.name
            if not member.health.usable(now) or name in self.dead:
                continue
            return "late" if name in self.hung else "at once"
        return "late"

    @rule(number=st.integers(0, 3))
    def post(self, number: int) -> None:
        """A party posts; never before its last post was answered, as Tessera does."""
        client = self.clients.get(number)
        if client is not None and not client.received:
            return
        self.version += 1
        self.newest[number] = self.version
        at_once = self.outlook() == "at once"
        field = b"tesseraSupportedApiVersions: v%d" % self.version
        client = self.clients[number] = self.tesseras.client(post(info(number), field, target=b"/partyinfo"))
        self.asked_at[number] = self.net.clock.seconds()
        if at_once:
            assert b" 200 " in client.received, "the answer waited"

    @rule(name=members)
    def kill(self, name: str) -> None:
        if name not in self.dead:
            self.revive(name)
            self.net.kill(f"{name}:1")
            self.node(name).restart()
            self.dead.add(name)

    @rule(name=members, frozen=st.booleans())
    def hang(self, name: str, frozen: bool) -> None:
        if name not in self.dead | self.hung:
            if frozen:
                self.net.hang(f"{name}:1")
            else:
                self.node(name).faults.hang = True
            self.hung.add(name)

    @rule(name=members)
    def restart_unseen(self, name: str) -> None:
        if name not in self.dead | self.hung:
            self.node(name).restart()

    @rule(name=members)
    def revive(self, name: str) -> None:
        """It answers, and health checks see it."""
        if name not in self.dead | self.hung:
            return
        self.dead.discard(name)
        self.hung.discard(name)
        self.node(name).faults.hang = False
        self.net.revive(f"{name}:1")
        self.net.run()
        member = self.tesseras.member(name)
        preparing = self.delivery.prepare(member)
        preparing.addCallback(lambda _: self.prepared(member))
        self.net.run()

    def prepared(self, member: Member) -> None:
        self.tesseras.pool.succeeded(member)

    @rule(seconds=st.floats(0.01, 7))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)

    @invariant()
    def no_post_twice(self) -> None:
        assert self.ledger.twice == []

    @invariant()
    def answered_in_time(self) -> None:
        now = self.net.clock.seconds()
        for number, client in self.clients.items():
            assert client.received or now <= self.asked_at[number] + 3.5

    def teardown(self) -> None:
        for name in NAMES:
            self.revive(name)
        self.net.advance(30)
        try:
            wanted = {party_url(number): f"v{version}" for number, version in self.newest.items()}
            for name in NAMES:
                assert self.tesseras.knows(name) == wanted, name
            assert set(self.delivery.drift.values()) <= {0}
            assert self.ledger.twice == []
        finally:
            self.delivery.stop()


class DeliveryMachineTests(SynchronousTestCase):
    def test_any_schedule(self) -> None:
        play(DeliveryMachine, 100, steps=25, night=2000)
