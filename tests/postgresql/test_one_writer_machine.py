"""One writer, whatever databases, their operators, two proxies and their disks do."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.one_writer import Undecidable
from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.writer_decision import Writer
from tests.nightly import play
from tests.postgresql.database_world import (
    INTERVAL,
    STEP,
    SYSTEM,
    TIMEOUT,
    Database,
    Deeds,
    Watched,
    name_at,
)
from tests.postgresql.group_fixture import LEASE

WHICH = st.integers(0, 2)
PROXY = st.integers(0, 1)


class OneWriterMachine(RuleBasedStateMachine):
    """Two or three databases behind two proxies that ask each other, as far as they reach each other."""

    @initialize(count=st.integers(2, 3), pinned=st.booleans())
    def build(self, count: int, pinned: bool) -> None:
        self.clock = Clock()
        self.clock.advance(100.0)
        self.databases = [Database(name) for name in "abc"[:count]]
        self.databases[0].primary = True
        self.pinned = pinned
        #: A person decided in one proxy, and was refused by the other.
        self.decided_apart = False
        system = SYSTEM if pinned else ""
        self.proxies = [Watched(self.clock, self.databases, system) for _ in range(2)]
        for proxy, other in zip(self.proxies, reversed(self.proxies), strict=True):
            proxy.other = other

    def one(self, number: int) -> Database:
        return self.databases[number % len(self.databases)]

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            for proxy in self.proxies:
                proxy.look()
            self.clock.advance(STEP)
            for proxy in self.proxies:
                proxy.look_at_decision()

    # Time, and checks.

    @rule(seconds=st.sampled_from([0.1, 0.6, 1.7, 4.0]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    @rule()
    def nothing_happens_for_long(self) -> None:
        """Within lease, interval and timeout of what allows it, there is a writer."""
        for proxy in self.proxies:
            proxy.slow.clear()
        # Questions that are under way are of before.
        self.pass_time(TIMEOUT + STEP)
        self.pass_time(LEASE + INTERVAL + TIMEOUT)
        for proxy in self.proxies:
            name = proxy.allowed
            if name:
                decision = proxy.group.decision
                assert isinstance(decision, Writer), f"{name} should be the writer: {decision} {proxy.deeds}"
                assert (name_at(decision.place), decision.paused) == (name, False)
                member = proxy.connect()
                assert member is not None and member.name == name

    @rule(seconds=st.sampled_from([0.6, 4.0, 10.0]), number=WHICH)
    def proxies_stand_still(self, seconds: float, number: int) -> None:
        """As processes that are stopped: what is due comes late; one may be promoted meanwhile."""
        self.is_promoted(number)
        for proxy in self.proxies:
            proxy.sleep(seconds)
        self.clock.rightNow += seconds
        for proxy in self.proxies:
            proxy.look()
        self.clock.advance(0)

    @rule(number=WHICH, proxy=PROXY)
    def is_slow(self, number: int, proxy: int) -> None:
        self.proxies[proxy].slow ^= {self.one(number).name}

    @rule()
    def both_look(self) -> None:
        """Who see the same have the same writer."""
        if self.decided_apart or any(proxy.blind for proxy in self.proxies):
            return
        for proxy in self.proxies:
            proxy.look_at_all()
        writers = {
            name_at(decision.place)
            for decision in (proxy.group.decision for proxy in self.proxies)
            if isinstance(decision, Writer) and not decision.paused
        }
        alive = {one.name for one in self.databases if one.responds}
        assert len(writers & alive) <= 1, f"two writers: {writers}"

    @rule(proxy=PROXY)
    def a_client_comes(self, proxy: int) -> None:
        self.proxies[proxy].connect()

    # Databases.

    @rule(number=WHICH)
    def dies_or_hangs(self, number: int) -> None:
        self.one(number).responds = False

    @rule(number=WHICH)
    def comes_back_as_it_was(self, number: int) -> None:
        self.one(number).responds = True

    @rule(number=WHICH)
    def is_promoted(self, number: int) -> None:
        one = self.one(number)
        if not one.primary and one.responds:
            one.primary = True
            one.timeline += 1

    @rule(number=WHICH, other=WHICH)
    def follows(self, number: int, other: int) -> None:
        one, leader = self.one(number), self.one(other)
        if one is not leader and leader.responds:
            one.primary, one.timeline, one.responds = False, leader.timeline, True

    @rule(number=WHICH)
    def has_another_address(self, number: int) -> None:
        """Its name leads to another machine, or it has two addresses."""
        self.one(number).moves ^= 1

    @rule(number=WHICH)
    def takes_no_writes(self, number: int) -> None:
        self.one(number).read_only ^= True

    @rule(number=WHICH, primary=st.booleans(), timeline=st.integers(0, 6), other=st.booleans())
    def lies(self, number: int, primary: bool, timeline: int, other: bool) -> None:
        system = "8" if other and self.pinned else SYSTEM
        self.one(number).lie = RoleWord(primary, timeline, system)

    @rule()
    def all_say_the_truth(self) -> None:
        for one in self.databases:
            one.lie = None

    # Proxies.

    @rule(number=WHICH, proxy=PROXY)
    def is_cut_off(self, number: int, proxy: int) -> None:
        self.proxies[proxy].blind ^= {self.one(number).name}

    @rule(proxy=PROXY)
    def reaches_the_other_or_no_more(self, proxy: int) -> None:
        self.proxies[proxy].linked ^= True

    @rule(proxy=PROXY)
    def restarts(self, proxy: int) -> None:
        self.proxies[proxy].restart()

    @rule(proxy=PROXY)
    def disk_is_full_or_no_more(self, proxy: int) -> None:
        self.proxies[proxy].disk.full ^= True

    # Persons.

    @precondition(lambda self: not any(proxy.blind for proxy in self.proxies))
    @rule(number=WHICH)
    def a_person_decides(self, number: int) -> None:
        """In each proxy alike."""
        name, refused = self.one(number).name, []
        for proxy in self.proxies:
            proxy.look_at_all()
            try:
                proxy.person(proxy.view.use, name)
            except Undecidable:
                refused.append(proxy)
            else:
                decision = proxy.group.decision
                assert isinstance(decision, Writer) and name_at(decision.place) == name
        # Of a member that does not respond now one proxy may know nothing.
        assert len(refused) != 1 or not all(one.responds for one in self.databases)
        self.decided_apart = len(refused) == 1 or (self.decided_apart and bool(refused))

    @precondition(lambda self: not self.pinned)
    @rule()
    def a_person_forgets(self) -> None:
        for proxy in self.proxies:
            proxy.view.forget()
            proxy.deeds = Deeds(other=proxy.deeds.other, repeats=proxy.deeds.other)

    @invariant()
    def holds(self) -> None:
        for proxy in self.proxies:
            proxy.look_at_decision()


class OneWriterTests(SynchronousTestCase):
    """Never two writers, never a lower timeline, no split that ends by itself; a writer where one may be."""

    def test_any_schedule(self) -> None:
        play(OneWriterMachine, usual=80, steps=40)
