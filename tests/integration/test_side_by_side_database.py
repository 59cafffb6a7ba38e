"""The comparison of L{tests.integration.side_by_side_database}, a few seconds of it."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.integration.database import why_no_database
from tests.integration.database_pair import shared_pair
from tests.integration.side_by_side_database import hikari
from tests.integration.side_by_side_database.database_table import table
from tests.integration.side_by_side_database.figures import (
    Failed,
    Figures,
    Played,
    Row,
    broken,
    figures_of,
    longest_of,
    most_at_once,
)
from tests.integration.side_by_side_database.runs import SCENARIOS, Times, play
from tests.integration.side_by_side_database.ways import WAYS, Way
from tests.nightly import require_night

#: Enough for what is to be seen.
SHORT = Times(promotion=0.5, again=1.5, another=0.5, end=1.0)
OLD, NEW = 1001, 1002


class SideBySideDatabaseTests(SynchronousTestCase):
    """A real pair, real proxies, and a primary that hangs and goes on."""

    def setUp(self) -> None:
        if reason := why_no_database():
            raise SkipTest(reason)

    def play(self, way: str, client: str = "psycopg", times: Times = SHORT) -> Figures:
        """The issue's own case."""
        return play(shared_pair(), "hung", "async", way, [*dict.fromkeys(["psycopg", client])], times)

    def moved(self, found: Figures) -> None:
        """All of quorumha's demands but those on time."""
        self.assertEqual((found.lost, found.old, found.databases), (0, 0, 1), found)
        self.assertNotIn(None, found.over.values(), found)

    def test_quorumha(self) -> None:
        """All move to the promoted one, and nothing that it acknowledged is lost."""
        self.moved(self.play("postgresql"))

    def test_quorumha_pgjdbc(self) -> None:
        """Likewise with the client that Tessera has."""
        require_night()
        if reason := hikari.why_not():
            raise SkipTest(reason)
        self.moved(self.play("postgresql", "pgjdbc"))

    def test_tcp(self) -> None:
        """What the comparison is for is seen: rows that the old primary acknowledges after the promotion."""
        require_night()
        self.assertGreater(self.play("tcp", times=Times()).lost, 0)


class CountTests(SynchronousTestCase):
    """Numbers."""

    def played(self, *rows: Row, **more: Any) -> Played:
        """A promotion from 10 to 11; the old one comes again, and all is over at 20."""
        kept = {(row.writer, row.number) for row in rows if row.port == NEW}
        played = Played({"psycopg": ["w", "v"]}, rows, (), 10.0, 11.0, 20.0, NEW, kept, ())
        return attrs.evolve(played, **more)

    def test_lost(self) -> None:
        """What lacks in the promoted one: before the promotion, and after it had begun."""
        rows = (Row("w", 1, OLD, 1, 2), Row("w", 2, OLD, 8, 9), Row("w", 3, OLD, 9, 14))
        found = figures_of("hung", "async", "tcp", self.played(*rows, kept={("w", 1)}))
        self.assertEqual((found.acknowledged, found.behind, found.lost, found.old), (3, 1, 1, 1))

    def test_acknowledged_late_and_kept(self) -> None:
        """The standby had it, and the old primary said so after the promotion: it is not lost."""
        found = figures_of("hung", "sync", "tcp", self.played(Row("w", 1, OLD, 9, 14), kept={("w", 1)}))
        self.assertEqual((found.lost, found.old), (0, 1))

    def test_nobody_was_told(self) -> None:
        """Rows of the old one that are in no client's books."""
        rows = (Row("w", 1, OLD, 9, 14),)
        found = figures_of("hung", "async", "tcp", self.played(*rows, on_old={("w", 1), ("w", 2)}))
        self.assertEqual(found.unseen, 1)

    def test_over(self) -> None:
        """The last of a client's writers counts; one that never came is said."""
        both = (Row("w", 1, NEW, 11, 12), Row("v", 1, NEW, 12, 13.5))
        self.assertEqual(figures_of("", "async", "", self.played(*both)).over, {"psycopg": 2.5})
        self.assertEqual(figures_of("", "async", "", self.played(both[0])).over, {"psycopg": None})
        early = (Row("w", 1, NEW, 10.9, 10.95), Row("v", 1, NEW, 10.9, 10.95))
        self.assertEqual(figures_of("", "async", "", self.played(*early)).over, {"psycopg": 0.0})

    def test_longest(self) -> None:
        """Between two rows, or to the end."""
        rows = [Row("w", 1, OLD, 0, 1), Row("w", 2, OLD, 3, 4), Row("v", 1, OLD, 2, 2)]
        self.assertEqual(longest_of(rows, "w", 5), 3)
        self.assertEqual(longest_of(rows, "w", 9), 5)

    def test_at_once(self) -> None:
        """One after the other is one at a time; two, if one gets a row after the other acknowledged one."""
        a, b = Row("w", 1, OLD, 0, 1), Row("w", 2, NEW, 2, 3)
        self.assertEqual(most_at_once([]), 0)
        self.assertEqual(most_at_once([a, b]), 1)
        # Sent before the other one began, acknowledged after it.
        self.assertEqual(most_at_once([a, b, Row("v", 1, OLD, 2, 4)]), 1)
        self.assertEqual(most_at_once([a, b, Row("v", 1, OLD, 4, 5)]), 2)

    def test_errors(self) -> None:
        """Counted by what they say."""
        failed = [Failed("w", 12, "57P03", "no"), Failed("v", 12, "57P03", "no"), Failed("v", 13, "-", "cut")]
        found = figures_of("", "async", "", self.played(failed=failed))
        self.assertEqual((found.errors, found.said), (3, {"57P03 no": 2, "- cut": 1}))


class DemandTests(SynchronousTestCase):
    """What makes the command exit with 1."""

    def figures(self, way: str = "postgresql", **found: Any) -> Figures:
        good = Figures("hung", "async", way, 9, 0, 0, 0, 0, 1, 4, {"psycopg": 3.4}, {"psycopg": 0.4})
        return attrs.evolve(good, **found)

    def test_good(self) -> None:
        """What asynchronous replication loses with its primary is nobody else's fault; nor is an error."""
        self.assertEqual(broken([self.figures(), self.figures(behind=2, unseen=2)]), [])

    def test_broken(self) -> None:
        """Each by itself."""
        for wrong in (
            {"lost": 1},
            {"old": 1},
            {"databases": 2},
            {"behind": 1, "replication": "sync"},
            {"over": {"psycopg": 5.1}},
            {"over": {"psycopg": None}},
        ):
            self.assertEqual(len(broken([self.figures(**wrong)])), 1, wrong)

    def test_others(self) -> None:
        """Nobody demands anything of them."""
        self.assertEqual(broken([self.figures("tcp", lost=9, old=9, databases=2)]), [])

    def test_table(self) -> None:
        """A row for each; a client that was not there has no number."""
        both = self.figures(longest={"psycopg": 3.4, "pgjdbc": 4}, over={"psycopg": 0.4, "pgjdbc": None})
        _, _, first, second = table([both, self.figures()]).splitlines()
        self.assertEqual(
            first, "| hung | async | postgresql | 9 | 0 | 0 | 0 | 1 | 4 | 3.4 | 4.0 | 0.4 | never |"
        )
        self.assertEqual(second, "| hung | async | postgresql | 9 | 0 | 0 | 0 | 1 | 4 | 3.4 |  | 0.4 |  |")


class PartsTests(SynchronousTestCase):
    """What the runs are made of."""

    def test_hosts(self) -> None:
        """Without a proxy: both, the first one first."""
        way = Way("two hosts", (1, 2), None)  # type: ignore[arg-type]  # it needs no folder
        self.assertEqual(way.hosts, "127.0.0.1:1,127.0.0.1:2")
        self.assertIn("host=127.0.0.1,127.0.0.1 port=1,2 ", way.libpq)

    def test_printed(self) -> None:
        """Lines of the Java program; what else it prints is none."""
        lines = [
            "row w 1 5432 1000000 2500000",
            "WARNING: x",
            "error w 2 3000000 4000000 08006 An error occurred",
        ]
        self.assertEqual(
            hikari.parsed(lines),
            ([Row("w", 1, 5432, 1.0, 2.5)], [Failed("w", 4.0, "08006", "An error occurred")]),
        )

    def test_names(self) -> None:
        """As the page has them."""
        self.assertEqual(list(WAYS), ["two hosts", "haproxy", "tcp", "postgresql"])
        self.assertEqual(list(SCENARIOS), ["hung", "killed", "cut off"])
