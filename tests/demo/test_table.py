"""The table: text from numbers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.table import failovers_in, render, render_line
from quorumha.demo.tally import Tally
from quorumha.pool.pool import Counters

POOLS = {
    "quorum": Counters(requests=12, answered=11, failed=1, failovers=2),
    "tessera-q2t": Counters(requests=1000, answered=1000, failovers=34, mirrored=5),
    "idle": Counters(),
}
ALIVE = {"goquorum-1": True, "tessera-1": False}


class TableTests(SynchronousTestCase):
    def test_columns_line_up(self) -> None:
        text = render(31.4, 60, POOLS, ALIVE, Tally(answered=1011, failed=1))
        self.assertEqual(
            text,
            "quorumha demo, 31 of 60 s; Ctrl-C ends it\n"
            "\n"
            "pool         requests  answered  failed  failovers  mirrored\n"
            "-----------  --------  --------  ------  ---------  --------\n"
            "quorum             12        11       1          2         0\n"
            "tessera-q2t      1000      1000       0         34         5\n"
            "idle                0         0       0          0         0\n"
            "\n"
            "goquorum-1 up   tessera-1 DEAD\n"
            "clients: answered 1011, failed 1, failovers 36",
        )

    def test_without_an_end(self) -> None:
        self.assertTrue(render(5, 0, POOLS, ALIVE, Tally()).startswith("quorumha demo, 5 s; Ctrl-C"))

    def test_in_one_line(self) -> None:
        line = render_line(5, POOLS, ALIVE, Tally(answered=3))
        self.assertNotIn("\n", line)
        self.assertIn("answered 3, failed 0, failovers 36", line)
        self.assertIn("dead: tessera-1", line)
        self.assertIn("tessera-q2t 1000/1000/0/34", line)
        self.assertNotIn("idle", line)
        self.assertIn("all nodes up", render_line(5, POOLS, {"a": True}, Tally()))

    def test_before_anything_came(self) -> None:
        self.assertTrue(render_line(0, {}, {"a": True}, Tally()).endswith("  (all nodes up)"))

    def test_failovers(self) -> None:
        self.assertEqual(failovers_in(POOLS), 36)
