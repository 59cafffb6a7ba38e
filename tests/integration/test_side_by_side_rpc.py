"""The comparison of L{tests.integration.side_by_side_rpc}, a few seconds of it."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.integration.side_by_side.arms import why_not
from tests.integration.side_by_side_rpc.figures import Figures, broken, of_chain, table
from tests.integration.side_by_side_rpc.runs import heads, reads, transactions
from tests.nightly import require_night

#: Transactions of each client.
FEW = 40


class SideBySideRpcTests(SynchronousTestCase):
    """Real processes, and a node that dies."""

    def test_quorumha(self) -> None:
        """None is lost, none takes place twice, and no client has more than one unknown outcome."""
        found = transactions("quorumha", "killed", FEW)
        self.assertEqual(broken([found]), [])
        self.assertGreaterEqual(found.acknowledged, found.calls - 4)

    def test_nginx(self) -> None:
        """What the comparison is for is seen: acknowledged transactions that never take place."""
        if reason := why_not("nginx"):
            raise SkipTest(reason)
        self.assertGreater(transactions("nginx", "nothing", FEW).lost, 0)

    def test_reads(self) -> None:
        """None fails, and latest does not run backwards."""
        require_night()
        found = reads("quorumha", "killed", 4.0)
        self.assertEqual((found.errors, found.backwards), (0, 0), found)

    def test_heads(self) -> None:
        """Each once, on one socket."""
        require_night()
        found = heads("quorumha", "killed")
        self.assertEqual((found.lost, found.twice, found.backwards), (0, 0, 0), found)
        self.assertEqual(found.said, {"sockets": 1})


class FiguresTests(SynchronousTestCase):
    """Numbers."""

    def test_of_chain(self) -> None:
        """Lost, twice, and nonces that were left out."""
        mined = [("a", 0, "01", "h1"), ("a", 1, "01", "h2"), ("b", 1, "02", "h3")]
        told = {"01": "h1", "02": "h3", "03": "h4"}
        self.assertEqual(of_chain(told, mined), {"lost": 1, "twice": 1, "gaps": 1})

    def figures(self, proxy: str = "quorumha", **found: Any) -> Figures:
        return attrs.evolve(Figures("one killed", proxy, 10, 9), **found)

    def test_demands(self) -> None:
        """Of quorumha alone."""
        self.assertEqual(broken([self.figures(errors=3, in_doubt=4, most_in_doubt=1)]), [])
        self.assertEqual(
            broken([self.figures(lost=1), self.figures(most_in_doubt=2)]),
            ["one killed: 1 lost", "one killed: a client has 2 unknown outcomes"],
        )
        self.assertEqual(broken([self.figures("nginx", lost=9)]), [])

    def test_table(self) -> None:
        """A row for each."""
        *_, row = table([self.figures(longest=1.26)]).splitlines()
        self.assertEqual(row, "| one killed | quorumha | 10 | 9 | 0 | 0 | 0 | 0 | 0 | 1.3 |")
