"""Who gets in, and for whom room is made."""

from __future__ import annotations

import errno
import gc
from collections.abc import Iterable
from weakref import ref

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.connection_limit import IDLE_LEAST, RETRY, ConnectionLimit
from quorumha.net.idle_clients import Idle
from quorumha.testing import MemoryTopology, Recorder
from tests.nightly import play


class Client:
    """One that is connected, or waits to be.

    @ivar idle_since: None: it is busy.
    @ivar slow: closing it takes a while, as TLS may.
    """

    def __init__(self, house: House, slow: bool = False) -> None:
        self.house = house
        self.idle_since: float | None = None
        self.inside = self.closing = False
        self.slow = slow

    def close_idle(self, since: float) -> bool:
        if self.idle_since != since or self.closing:
            return False
        self.closing = True
        if not self.slow:
            self.house.clock.callLater(0, self.house.leave, self)
        return True


class House:
    """A port and its clients; a plain model of what L{quorumha.net} does with a gate."""

    def __init__(self, limit: ConnectionLimit, clock: Clock, most: int = 0, unix: bool = False) -> None:
        self.clock = clock
        self.backlog: list[Client] = []
        self.clients: list[Client] = []
        self.reading = True
        self.descriptor = 0
        self.gate = limit.listener("rpc", most, tuple if unix else self.idle)
        self.gate.port = self  # type: ignore[assignment]  # as much of a port as is needed

    def idle(self) -> Iterable[Idle]:
        for one in self.clients:
            if one.idle_since is not None and not one.closing:
                yield Idle(one.idle_since, lambda one=one, since=one.idle_since: one.close_idle(since))

    #: No port of TCP, so newcomers wait while it is paused.
    addressFamily = 0

    def stopReading(self) -> None:
        self.reading = False

    def startReading(self) -> None:
        self.reading = True

    def come(self, slow: bool = False) -> Client:
        client = Client(self, slow)
        self.backlog.append(client)
        self.turn()
        return client

    def turn(self) -> None:
        """As the reactor does: who waits is looked at while the port is read; then what is due."""
        for _ in range(6):
            if self.reading and self.backlog:
                if not self.gate.room():
                    self.gate.full()
                else:
                    client = self.backlog.pop(0)
                    client.inside = True
                    self.clients.append(client)
                    self.gate.took(self.descriptor)
            self.clock.advance(0)

    def leave(self, client: Client) -> None:
        if client.inside:
            client.inside = False
            self.clients.remove(client)
            self.gate.released()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / RETRY)):
            self.clock.advance(RETRY)
            self.turn()


class RoomTests(SynchronousTestCase):
    """At most two clients."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.limit = ConnectionLimit(self.clock, 2)
        self.house = House(self.limit, self.clock)

    def test_newcomers_wait(self) -> None:
        """Nobody is idle: they get in as others leave, in the order of their coming."""
        first, _, third, fourth = (self.house.come() for _ in range(4))
        self.assertEqual((third.inside, fourth.inside, self.house.reading), (False, False, False))
        self.house.leave(first)
        self.assertTrue(self.house.reading, "at once")
        self.house.turn()
        self.assertEqual((third.inside, fourth.inside, self.limit.open), (True, False, 2))

    def test_the_longest_idle_is_closed(self) -> None:
        first, second = (self.house.come() for _ in range(2))
        second.idle_since = 90
        first.idle_since = 95
        third = self.house.come()
        self.assertEqual((first.inside, second.inside, third.inside), (True, False, True))
        self.assertEqual(self.limit.open, 2)

    def test_who_is_idle_for_a_moment_is_not(self) -> None:
        """Its request may be on its way; once it has been idle for longer it is."""
        first, second = (self.house.come() for _ in range(2))
        first.idle_since = second.idle_since = 100
        third = self.house.come()
        self.assertFalse(third.inside)
        self.house.wait(IDLE_LEAST + RETRY)
        self.assertTrue(third.inside)
        self.assertEqual(len(self.house.clients), 2)

    def test_one_for_each_newcomer(self) -> None:
        """Also where closing takes a while."""
        clients = [self.house.come(slow=True) for _ in range(2)]
        for one in clients:
            one.idle_since = 1
        self.house.come()
        self.assertEqual([one.closing for one in clients].count(True), 1)
        closing = next(one for one in clients if one.closing)
        self.house.leave(closing)
        self.house.turn()
        self.assertEqual((len(self.house.clients), self.limit.open, self.house.backlog), (2, 2, []))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_busy_again(self) -> None:
        """Who was found idle and got a request meanwhile stays."""
        self.limit.most = 3
        clients = [self.house.come() for _ in range(3)]
        for number, one in enumerate(clients):
            one.idle_since = number
        self.assertTrue(self.house.come().inside)
        clients[1].idle_since = None
        self.assertTrue(self.house.come().inside)
        self.assertEqual([one.inside for one in clients], [False, True, False])

    def test_unix_sockets(self) -> None:
        """Their idle clients are closed for nobody."""
        self.house = House(self.limit, self.clock, unix=True)
        for _ in range(2):
            self.house.come().idle_since = 1
        self.assertFalse(self.house.come().inside)
        self.house.wait(5)
        self.assertEqual([one.inside for one in self.house.clients], [True, True])

    def test_told_once(self) -> None:
        with capturedLogs() as events:
            for _ in range(9):
                self.house.come()
            self.house.wait(20)
        (told,) = events
        self.assertEqual((told["event"], told["listener"], told["count"]), ("connections-full", "rpc", 2))

    def test_paused(self) -> None:
        """Nobody gets in, though others leave: room alone does not end a pause."""
        first, *_ = (self.house.come() for _ in range(3))
        self.house.gate.pause()
        self.house.leave(first)
        self.house.wait(2)
        self.assertEqual((len(self.house.clients), self.house.reading), (1, False))
        waiting = self.house.come()
        self.assertFalse(waiting.inside)
        self.house.gate.go_on()
        self.house.turn()
        self.assertEqual(len(self.house.clients), 2)
        self.house.gate.closes()
        self.house.gate.pause()
        self.house.gate.go_on()
        self.assertFalse(self.house.gate.paused, "a closed one is not paused")

    def test_of_one_listener(self) -> None:
        """Its own limit closes its own clients, and stops nobody else."""
        self.limit.most = 10
        house = House(self.limit, self.clock, most=1)
        elsewhere = self.house.come()
        elsewhere.idle_since = 0
        first = house.come()
        second = house.come()
        self.assertEqual((second.inside, elsewhere.inside), (False, True))
        first.idle_since = 1
        house.wait(RETRY)
        self.assertEqual((second.inside, first.inside, elsewhere.inside), (True, False, True))
        self.assertTrue(self.house.come().inside)

    def test_two_that_are_full(self) -> None:
        """Neither waits for the other."""
        self.limit.most = 0
        houses = [House(self.limit, self.clock, most=1) for _ in range(2)]
        for house in houses:
            house.come()
        houses[1].clients[0].idle_since = 1
        waiting = [house.come() for house in houses]
        for _ in range(8):
            for house in houses:
                house.wait(RETRY)
        self.assertEqual([one.inside for one in waiting], [False, True])

    def test_no_limit(self) -> None:
        self.limit.most = 0
        self.assertTrue(all(self.house.come().inside for _ in range(200)))

    def test_stopped(self) -> None:
        for _ in range(3):
            self.house.come()
        self.limit.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_closed_while_somebody_waits(self) -> None:
        """A port that is closed is not read again, whoever leaves."""
        first, *_ = (self.house.come() for _ in range(3))
        self.house.gate.closes()
        self.house.leave(first)
        self.house.wait(1)
        self.assertEqual((self.house.reading, self.clock.getDelayedCalls()), (False, []))
        self.house.gate.full()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_gone(self) -> None:
        """Nothing of a listener is kept once its last client has left."""
        gone = House(self.limit, self.clock)
        traces = [ref(gone), ref(House(self.limit, self.clock))]
        client = gone.come()
        for one in (*traces, traces[0]):
            found = one()
            assert found is not None
            found.gate.closes()
        gone.leave(client)
        del gone, found, client
        gc.collect()
        self.assertEqual([one() for one in traces], [None, None])

    def test_a_port_in_memory(self) -> None:
        """What is no port of Twisted's is not counted."""
        net = MemoryTopology()
        port = net.listen("a:1", Factory.forProtocol(Recorder))
        self.limit.limit(port, "a")


class DescriptorTests(SynchronousTestCase):
    """All but the reserve are used: ten, of which two are kept back."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.free: int | None = 7
        self.limit = ConnectionLimit(self.clock, 0, 8, lambda: self.free)
        self.house = House(self.limit, self.clock)

    def test_accepting_stops(self) -> None:
        self.house.descriptor = 8
        self.free = 9
        self.assertTrue(self.house.come().inside, "it is there already")
        second = self.house.come()
        self.house.wait(3)
        self.assertFalse(second.inside)
        self.free = 5
        self.house.wait(RETRY)
        self.assertTrue(second.inside)

    def test_what_is_in_store_is_given_back(self) -> None:
        """Idle connections to nodes, before anybody has to wait for long."""

        def spare() -> None:
            self.free = 5

        self.limit = ConnectionLimit(self.clock, 0, 8, lambda: self.free, spare)
        self.house = House(self.limit, self.clock)
        self.house.descriptor = 8
        self.free = 9
        self.assertTrue(self.house.come().inside)
        self.assertTrue(self.house.come().inside)

    def test_no_busy_loop(self) -> None:
        """The lack is the machine's: descriptors of our own are free, and accepting fails all the same."""
        tried = []

        class Failing(House):
            def turn(self) -> None:
                for _ in range(9):
                    if self.reading:
                        tried.append(self.clock.seconds())
                        self.gate.lacks(OSError(errno.ENFILE, "x"))
                    self.clock.advance(0)

        self.house = Failing(self.limit, self.clock)
        self.house.wait(5)
        self.assertLess(len(tried), 5 / RETRY + 3)
        self.assertGreater(len(tried), 5)

    def test_accepting_that_failed(self) -> None:
        for code in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            self.assertTrue(self.house.gate.lacks(OSError(code, "x")))
            self.assertFalse(self.house.reading)
            self.free = None
            waiting = self.house.come()
            self.house.wait(1)
            self.assertFalse(waiting.inside)
            self.free = 7
            self.house.wait(RETRY)
            self.assertTrue(waiting.inside)
        self.assertFalse(self.house.gate.lacks(OSError(errno.ECONNABORTED, "x")))


class HouseMachine(RuleBasedStateMachine):
    """Whatever comes, goes, works and rests: never too many, and nobody waits while there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.limit = ConnectionLimit(self.clock, 4)
        self.houses = [House(self.limit, self.clock, most) for most in (0, 2)]

    def some(self, number: int) -> Client | None:
        everyone = [one for house in self.houses for one in house.clients]
        return everyone[number % len(everyone)] if everyone else None

    @rule(house=st.integers(0, 1))
    def come(self, house: int) -> None:
        self.houses[house].come()

    @rule(number=st.integers(0, 9))
    def rest(self, number: int) -> None:
        one = self.some(number)
        if one is not None and one.idle_since is None:
            one.idle_since = self.clock.seconds()

    @rule(number=st.integers(0, 9))
    def work(self, number: int) -> None:
        one = self.some(number)
        if one is not None and not one.closing:
            one.idle_since = None

    @rule(number=st.integers(0, 9))
    def leave(self, number: int) -> None:
        one = self.some(number)
        if one is not None:
            one.house.leave(one)

    @rule(seconds=st.sampled_from((0.25, 1.0, 2.0)))
    def wait(self, seconds: float) -> None:
        for house in self.houses:
            house.wait(seconds)

    @invariant()
    def never_too_many(self) -> None:
        inside = [len(house.clients) for house in self.houses]
        assert sum(inside) == self.limit.open <= 4
        assert inside[1] <= 2

    def teardown(self) -> None:
        for _ in range(8):
            self.wait(2.0)
        first, second = self.houses
        idle = any(one.idle_since is not None for house in self.houses for one in house.clients)
        assert not (first.backlog and (idle or self.limit.open < 4)), "somebody waits in vain"
        assert not (second.backlog and any(one.idle_since is not None for one in second.clients))


class MachineTests(SynchronousTestCase):
    """Any schedule."""

    def test_schedules(self) -> None:
        play(HouseMachine, 60)
