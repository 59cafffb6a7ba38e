"""Which limit runs, and how long a body may take."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server.client_limits import STREAMED_RATE, BodyTime, ServerLimits, Wait, waits_for
from quorumha.http.wire.request_reader import Reading

BEFORE = (Wait.IDLE, Wait.HEAD, Wait.GRACE)


class WaitTests(SynchronousTestCase):
    """The state says which limit runs."""

    def test_every_state(self) -> None:
        expected = {
            Reading.BODY: Wait.BODY,
            Reading.WAITING: Wait.NOTHING,
            Reading.TUNNEL: Wait.IDLE,
            Reading.LINGERING: Wait.LINGER,
            Reading.CLOSED: Wait.SEND,
        }
        for reading, wait in expected.items():
            for before in BEFORE:
                self.assertIs(waits_for(reading, before, queued=False, stopped=False), wait)
        for before in BEFORE:
            self.assertIs(waits_for(Reading.HEAD, before, queued=False, stopped=False), before)

    @given(st.sampled_from(Reading), st.sampled_from(BEFORE), st.booleans())
    def test_what_waits_for_the_client_comes_first(
        self, reading: Reading, before: Wait, stopped: bool
    ) -> None:
        self.assertIs(waits_for(reading, before, queued=True, stopped=stopped), Wait.SEND)

    def test_a_body_that_is_not_read_is_not_waited_for(self) -> None:
        self.assertIs(waits_for(Reading.BODY, Wait.IDLE, queued=False, stopped=True), Wait.NOTHING)
        self.assertIs(waits_for(Reading.TUNNEL, Wait.IDLE, queued=False, stopped=True), Wait.IDLE)

    def test_each_has_its_duration(self) -> None:
        durations = ServerLimits(header_timeout=1, idle_timeout=2, client_send_timeout=3).durations
        self.assertEqual(set(durations), set(Wait))
        self.assertEqual([durations[w] for w in (Wait.HEAD, Wait.BODY, Wait.IDLE, Wait.SEND)], [1, 1, 2, 3])


class BodyTimeTests(SynchronousTestCase):
    """However it comes, it ends."""

    @given(st.lists(st.tuples(st.integers(1, 9000), st.floats(0, 9.9)), max_size=60), st.booleans())
    def test_time_for_what_has_come(self, pieces: list[tuple[int, float]], streams: bool) -> None:
        """No sequence of pieces gets more than the total, and none that is in time is ended before it."""
        limits = ServerLimits()
        body = BodyTime(limits, 0.0)
        rate = limits.body_rate * (STREAMED_RATE if streams else 1)
        now, size, began = 0.0, 0, 0.0
        for number, (piece, pause) in enumerate(pieces):
            left = body.left(now)
            total = began + limits.body_timeout + size / rate - now
            self.assertAlmostEqual(max(left, 0), max(min(total, limits.header_timeout), 0), 6)
            if left < 0:
                return
            now += pause
            size += piece
            body.came(piece, now, streams=streams)
            if streams and not number:
                began = now

    def test_a_streamed_body_has_to_come_faster(self) -> None:
        """From when it streams; what came before gains it nothing."""
        limits = ServerLimits(header_timeout=0)
        body = BodyTime(limits, 0.0)
        body.came(4096 * 1000, 10.0, streams=False)
        self.assertAlmostEqual(body.left(10.0), 1020)
        body.came(4096 * STREAMED_RATE, 500.0, streams=True)
        self.assertAlmostEqual(body.left(500.0), 31)

    def test_time_in_which_it_is_not_read(self) -> None:
        body = BodyTime(ServerLimits(header_timeout=0), 0.0)
        body.stop(5.0)
        body.go_on(1005.0)
        self.assertAlmostEqual(body.left(1005.0), 25)

    def test_without_a_total(self) -> None:
        for limits in (ServerLimits(body_rate=0), ServerLimits(body_timeout=0)):
            body = BodyTime(limits, 0.0)
            body.came(1, 1e6, streams=True)
            self.assertEqual(body.left(2e6), limits.header_timeout)
        self.assertEqual(BodyTime(ServerLimits(header_timeout=0, body_rate=0), 0.0).left(9.0), 0)
