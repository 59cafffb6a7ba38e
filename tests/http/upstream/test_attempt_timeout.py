"""The one timer of a connection to an upstream."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.attempt_timeout import AttemptTimeout
from quorumha.pool.upstream import Phase


class AttemptTimeoutTests(SynchronousTestCase):
    """The nearest limit runs."""

    def setUp(self) -> None:
        self.make()

    def make(self) -> None:
        self.clock = Clock()
        self.passed: list[tuple[float, Phase]] = []
        self.timeout = AttemptTimeout(self.clock, self.note)
        self.addCleanup(self.timeout.stop)

    def note(self) -> None:
        self.passed.append((round(self.clock.seconds(), 2), self.timeout.phase))

    def pass_time(self, seconds: float, step: float = 0.25) -> None:
        for _ in range(int(seconds / step)):
            self.clock.advance(step)

    def test_progress_renews_the_limit_for_sending_alone(self) -> None:
        self.timeout.wait(Phase.SEND, 2)
        self.pass_time(1.5)
        self.timeout.progressed()
        self.pass_time(1.75)
        self.assertEqual(self.passed, [])
        self.pass_time(1)
        self.assertEqual(self.passed, [(3.5, Phase.SEND)])
        self.make()
        self.timeout.wait(Phase.FIRST_BYTE, 2)
        self.pass_time(1.5)
        self.timeout.progressed()
        self.pass_time(1)
        self.assertEqual(self.passed, [(2.0, Phase.FIRST_BYTE)])

    def test_more_that_waits_is_no_progress(self) -> None:
        self.timeout.wait_to_send(2, 0)
        self.pass_time(1.5)
        self.timeout.wait_to_send(2, 0)
        self.pass_time(1)
        self.assertEqual(self.passed, [(2.0, Phase.SEND)])

    def test_nothing_puts_the_whole_off(self) -> None:
        self.timeout.wait(Phase.SEND, 2, 5.0)
        for _ in range(20):
            self.pass_time(0.5)
            if self.passed:
                break
            self.timeout.progressed()
        self.assertEqual(self.passed, [(5.0, Phase.TOTAL)])

    @given(st.floats(0.0001, 0.9), st.sampled_from([0.0, 1.0, 3.0]), st.booleans())
    def test_a_drip_never_escapes(self, pause: float, seconds: float, paused: bool) -> None:
        """However fast it comes when the time is over, and however slowly before."""
        self.make()
        self.timeout.wait(Phase.BETWEEN_BYTES, seconds)
        self.timeout.end_within(Phase.FIRST_BYTE, 2)
        self.timeout.arm()
        while self.clock.seconds() < 1.99:
            self.clock.advance(min(pause, 2 - self.clock.seconds()) or 0.001)
            self.timeout.arm(paused=paused)
        for _ in range(30):
            self.clock.advance(0.0005)
            if self.passed:
                break
            self.timeout.arm(paused=paused)
        self.assertEqual([phase for _, phase in self.passed], [Phase.FIRST_BYTE])

    def test_a_head_that_begins(self) -> None:
        """It has what is left for its first byte; where that has no limit, a limit of its own."""
        for phase, first_byte, expected in (
            (Phase.FIRST_BYTE, 2.0, 2.0),
            (Phase.FIRST_BYTE, 0.0, 4.0),
            (Phase.SEND, 9.0, 4.0),
        ):
            self.make()
            self.timeout.wait(phase, first_byte)
            self.pass_time(1)
            for _ in range(8):
                self.timeout.begins(3)
                self.pass_time(0.5)
            self.assertEqual(self.passed, [(expected, Phase.FIRST_BYTE)])

    def test_paused(self) -> None:
        """Nothing is waited for; the end of what comes stands all the same."""
        self.timeout.wait(Phase.BETWEEN_BYTES, 1)
        self.timeout.arm(paused=True)
        self.pass_time(50)
        self.assertEqual(self.passed, [])
        self.timeout.end_within(Phase.BETWEEN_BYTES, 3)
        self.timeout.arm(paused=True)
        self.pass_time(5)
        self.assertEqual(self.passed, [(53.0, Phase.BETWEEN_BYTES)])

    def test_the_next_request_begins_anew(self) -> None:
        self.timeout.wait(Phase.FIRST_BYTE, 2, 3.0)
        self.timeout.end_within(Phase.BETWEEN_BYTES, 2)
        self.timeout.rest(Phase.BETWEEN_BYTES, 0)
        self.timeout.wait(Phase.FIRST_BYTE, 4)
        self.pass_time(9)
        self.assertEqual(self.passed, [(4.0, Phase.FIRST_BYTE)])
