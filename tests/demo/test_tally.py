"""What the clients saw, and the verdict."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.tally import Tally


class TallyTests(SynchronousTestCase):
    def test_summary(self) -> None:
        tally = Tally()
        for _ in range(3):
            tally.succeeded()
        tally.failure("/send: 502")
        self.assertEqual(tally.summary(failovers=7), "answered 3, failed 1, failovers 7")

    def test_good_only_if_nodes_died_and_nothing_failed(self) -> None:
        self.assertEqual(Tally(answered=1, deaths=1).exit_status, 0)
        self.assertEqual(Tally(answered=1, deaths=0).exit_status, 1)
        self.assertEqual(Tally(answered=0, deaths=1).exit_status, 1)
        self.assertEqual(Tally(answered=1, deaths=1, failed=1).exit_status, 1)

    def test_the_last_reasons_are_kept(self) -> None:
        tally = Tally()
        for number in range(9):
            tally.failure(str(number))
        self.assertEqual(tally.reasons, ("4", "5", "6", "7", "8"))
