"""One request's waits."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.interfaces import IDelayedCall, IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Full, Observers, Waiting, WaitingOver
from quorumha.http.forward.waiting_request import WaitingRequest
from quorumha.http.forward.waiting_room import WaitEnd, WaitingRoom
from quorumha.logs.fact_observer import LogObserver
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Broken, Upstream
from quorumha.testing import FactRecorder
from tests.logs.lines import lines


class StrictClock(Clock):
    """As a reactor: a delay below 0 is an error."""

    def callLater(self, delay: float, *arguments: Any, **keys: Any) -> IDelayedCall:
        assert delay >= 0, delay
        return super().callLater(delay, *arguments, **keys)


class WaitingCase(SynchronousTestCase):
    """One member, which is not usable, and room for two."""

    def setUp(self) -> None:
        self.clock = StrictClock()
        self.pool = UpstreamPool("p", [Upstream("a", cast(IStreamClientEndpoint, None), max_fails=1)])
        self.facts = FactRecorder()
        self.room = WaitingRoom("l", 2, observers=self.facts.observers)
        self.ends: list[WaitEnd] = []
        self.eject()

    def eject(self) -> None:
        """The only member is not usable."""
        self.pool.report(self.pool.members[0], Broken("cut"), self.clock.seconds())

    def wait(self, pause: float = 0.5, left: float | None = None) -> WaitingRequest:
        one = WaitingRequest(self.room, self.pool, self.clock)
        one.wait(self.ends.append, pause, left)
        return one

    def pass_time(self, seconds: float) -> None:
        """So long, and the turn in which limits are judged."""
        self.clock.advance(seconds)
        self.clock.advance(0)

    def quiet(self) -> None:
        """Nothing is left behind."""
        self.assertEqual((len(self.room), self.clock.getDelayedCalls()), (0, []))


class WaitingRequestTests(WaitingCase):
    """L{WaitingRequest}."""

    def test_late_look(self) -> None:
        """The process was busy until their time was over: one tries for all, and the other one has waited."""
        for _ in range(2):
            self.wait(left=1.0)
        self.pass_time(1.1)
        self.pass_time(0)
        self.assertEqual(self.ends, [WaitEnd.TRY, WaitEnd.OVER])
        self.quiet()

    def test_woken(self) -> None:
        one = self.wait()
        self.assertTrue(one.waits)
        self.room.wake()
        self.assertEqual((self.ends, one.waits, one.has_waited), ([WaitEnd.TRY], False, True))
        self.quiet()

    def test_one_tries_for_all(self) -> None:
        """After the pause; the others go on waiting."""
        self.wait()
        self.wait()
        self.pass_time(0.5)
        self.assertEqual((self.ends, len(self.room)), ([WaitEnd.TRY], 1))
        self.pass_time(0.5)
        self.assertEqual(len(self.ends), 2)
        self.quiet()

    def test_a_member_is_usable(self) -> None:
        """All may ask."""
        self.wait()
        self.wait()
        self.pool.succeeded(self.pool.members[0])
        self.pass_time(0.5)
        self.assertEqual(self.ends, [WaitEnd.TRY] * 2)
        self.quiet()

    def test_time_is_over(self) -> None:
        """Also where others try for it."""
        self.wait(left=1.2)
        for _ in range(20):
            self.room.may_try(self.clock.seconds(), 0.0)
            self.pass_time(0.1)
        self.assertEqual(self.ends, [WaitEnd.OVER])
        self.quiet()

    def test_no_time(self) -> None:
        """It is over at once, and nobody waited: not even where whoever enters is refused."""
        self.room.count = 0
        self.assertFalse(self.wait(left=0.0).has_waited)
        self.assertEqual((self.ends, self.facts.facts), ([WaitEnd.OVER], []))
        self.quiet()

    def test_no_room(self) -> None:
        """The oldest is refused; with no room at all it is who comes."""
        for _ in range(3):
            self.wait()
        self.assertEqual((self.ends, len(self.room)), ([WaitEnd.REFUSED], 2))
        self.room.close()
        self.assertEqual(self.ends, [WaitEnd.REFUSED] * 3)
        self.assertFalse(self.wait().waits)
        self.assertEqual(self.ends, [WaitEnd.REFUSED] * 4)
        self.quiet()

    def test_leaves(self) -> None:
        """Nothing is called any more, and it may wait again."""
        one = self.wait()
        one.leave()
        one.leave()
        self.quiet()
        one.wait(self.ends.append, 0.5, None)
        self.room.wake()
        self.assertEqual(self.ends, [WaitEnd.TRY])

    def test_grows(self) -> None:
        """What it holds counts until it leaves."""
        one = self.wait()
        self.room.grew(one, 7)
        self.assertEqual(self.room.used, 7)
        one.leave()
        self.room.grew(one, 7)
        self.assertEqual(self.room.used, 0)


class FactTests(WaitingCase):
    """What is told of waiting."""

    def served(self, *served: bool) -> None:
        """One request that waits and is done, after the other."""
        for one in served:
            self.wait().done(one)

    def test_told_once(self) -> None:
        """From the first that waits until the last has its response, however often they ask in vain."""
        first, second = self.wait(), self.wait()
        for _ in range(3):
            self.pass_time(0.5)
            self.room.wake()
            for one in (first, second):
                one.wait(self.ends.append, 0.5, None)
        first.done(True)
        self.assertEqual(self.facts.facts, [Waiting("l")])
        second.done(False)
        second.done(False)
        self.assertEqual(self.facts.facts, [Waiting("l"), WaitingOver("l", 2, 1.5, 1)])
        self.quiet()

    def test_quietly(self) -> None:
        """Members respond, and their response is not believed yet: no line for that."""
        one = WaitingRequest(self.room, self.pool, self.clock)
        one.wait(self.ends.append, 0.25, None, quietly=True)
        one.done(True)
        self.assertEqual(self.facts.facts, [])

    def test_no_room_at_all(self) -> None:
        self.room.count = 0
        self.wait().done(False)
        self.assertEqual(self.facts.facts, [Full("waiting", "l")])

    def test_one_after_the_other(self) -> None:
        """Clients that wait alone and give up do not fill the log."""
        self.room = WaitingRoom("l", observers=Observers(LogObserver()))
        with capturedLogs() as logs:
            self.served(*[False] * 100)
        told = lines(logs)
        self.assertEqual(told[0], "[quorumha#warn] l: no member can respond; requests wait")
        self.assertIn(f"{told[0]} (99 more of these in 10 s)", told)
        self.assertLess(len(told), 8)
