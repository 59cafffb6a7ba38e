"""Where and how often the numbers are shown."""

from __future__ import annotations

import io

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.display import ELSEWHERE, ON_TERMINAL, Display
from quorumha.demo.table import CLEAR


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class DisplayTests(SynchronousTestCase):
    def shown(self, out: io.StringIO, seconds: float) -> str:
        clock = Clock()
        display = Display(clock, out, lambda: "table", lambda: "line")
        display.start()
        clock.pump([0.1] * round(seconds * 10))
        display.stop()
        display.stop()
        clock.advance(60)
        return out.getvalue()

    def test_a_line_now_and_then(self) -> None:
        self.assertEqual(self.shown(io.StringIO(), ELSEWHERE + 1), "line\n" * 2)

    def test_a_table_on_a_terminal(self) -> None:
        self.assertEqual(self.shown(Terminal(), ON_TERMINAL + 0.1), (CLEAR + "table\n") * 2)
