"""The clock of networks in memory."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.net.memory_clock import MemoryClock

#: What is done to a clock, to which call, and with how many seconds.
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["call", "call", "call", "reset", "delay", "cancel", "advance"]),
        st.integers(0, 50),
        st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 7.0]),
    ),
    max_size=40,
)


def made(clock: Clock, deeds: list[tuple[str, int, float]]) -> list[tuple[float, list[int]]]:
    """When which calls were made, those of one time in one list, by number; none is left."""
    done: dict[float, list[int]] = {}
    calls: list[IDelayedCall] = []
    for deed, which, seconds in deeds:
        active = [one for one in calls if one.active()]
        if deed == "call":
            number = len(calls)
            calls.append(
                clock.callLater(seconds, lambda n=number: done.setdefault(clock.seconds(), []).append(n))
            )
        elif deed == "advance":
            clock.advance(seconds)
        elif active:
            one = active[which % len(active)]
            if deed == "cancel":
                one.cancel()
            elif deed == "reset":
                one.reset(seconds)
            else:
                one.delay(seconds - 1.0)
    for _ in range(400):
        clock.advance(0.25)
    assert not clock.getDelayedCalls()
    return [(when, sorted(numbers)) for when, numbers in done.items()]


class MemoryClockTests(SynchronousTestCase):
    """L{MemoryClock}."""

    def setUp(self) -> None:
        self.clock = MemoryClock()
        self.done: list[str] = []

    def later(self, seconds: float, name: str) -> IDelayedCall:
        return self.clock.callLater(seconds, self.done.append, name)

    @given(DEEDS)
    def test_as_twisteds(self, deeds: list[tuple[str, int, float]]) -> None:
        """Whatever is put off, brought forward or cancelled: the same calls at the same times."""
        self.assertEqual(made(MemoryClock(), deeds), made(Clock(), deeds))

    def test_at_one_time_in_the_order_given(self) -> None:
        """The order of what is put off is that of when it got its time, as it comes."""
        self.later(1, "a")
        off = self.later(0.5, "off")
        self.later(1, "b")
        off.reset(1)
        self.clock.advance(1)
        self.assertEqual(self.done, ["a", "b", "off"])

    def test_a_call_that_makes_more(self) -> None:
        """Those that are due by the same advance are made in it."""
        self.clock.callLater(1, partial(self.later, 0, "then"))
        self.clock.advance(1)
        self.assertEqual(self.done, ["then"])

    def test_coming(self) -> None:
        """The next one's time, after it was put off too."""
        self.assertIsNone(self.clock.coming())
        first = self.later(1, "a")
        self.later(2, "b")
        self.assertEqual(self.clock.coming(), 1.0)
        first.reset(3)
        self.assertEqual(self.clock.coming(), 2.0)
        first.cancel()
        self.clock.advance(2)
        self.assertIsNone(self.clock.coming())
