"""What stands under the table."""

from __future__ import annotations

from twisted.logger import Logger
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.recent import MOST, RecentEvents


class RecentTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.recent = RecentEvents()
        self.own = Logger("quorumha.pool.pool", observer=self.recent)
        self.other = Logger("twisted.internet", observer=self.recent)

    def test_own_words_and_others_warnings(self) -> None:
        self.own.info("{name} is back", name="t1")
        self.own.debug("not this")
        self.other.info("nor this")
        self.other.warn("but this")
        self.assertEqual(self.recent.text(), "t1 is back\nbut this")

    def test_failures_say_what(self) -> None:
        try:
            raise ArithmeticError("odd")
        except ArithmeticError:
            self.other.failure("broke")
        self.assertEqual(self.recent.text(), "broke: odd")

    def test_only_the_last(self) -> None:
        for number in range(20):
            self.own.info("{n}", n=number)
        self.assertEqual(self.recent.text().split("\n"), [str(n) for n in range(20 - MOST, 20)])
