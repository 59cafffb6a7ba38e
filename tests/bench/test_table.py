"""Summaries of works: medians over rounds, ratios within a round, tables."""

from __future__ import annotations

import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import Running
from bench.load_http import Load
from bench.table import Summary, markdown, overview, summarise, summary_from, summary_line
from bench.works import Measured, Sizes, Work


def _nothing(running: Running, sizes: Sizes, directory: Path) -> tuple[Load, int | None]:
    raise AssertionError("nothing is run here")


WORK = Work("small", "http", "request", 1, _nothing)


def _measured(*costs: float) -> list[Measured]:
    """Runs of 1,000 requests in 2 seconds that cost so many microseconds each."""
    return [Measured(Load(1000, 2.0, 0), cost / 1000, 2**20) for cost in costs]


class SummaryTests(SynchronousTestCase):
    """L{summarise}."""

    def test_median_and_spread(self) -> None:
        """Of the costs, in microseconds for each unit."""
        found = summarise(WORK, "quorumha", _measured(30, 50, 40), [], None)
        self.assertEqual((found.cpu, found.cpu_spread), (40, (30, 50)))
        self.assertEqual((found.rate, found.grown, found.ratio), (500, 1.0, None))

    def test_ratio_is_taken_within_a_round(self) -> None:
        """A round in which everything was slow does not count against an arm."""
        found = summarise(WORK, "quorumha", _measured(20, 200, 22), _measured(10, 100, 10), None)
        self.assertEqual((found.ratio, found.ratio_spread), (2.0, (2.0, 2.2)))

    def test_an_arm_that_did_not_run(self) -> None:
        """It is a row that says why."""
        found = summarise(WORK, "haproxy", [], _measured(10), "haproxy is\nnot installed")
        self.assertIn("| haproxy | missing: haproxy is not installed |", markdown([found]))

    def test_to_json_and_back(self) -> None:
        """Nothing is lost."""
        found = summarise(WORK, "quorumha", _measured(20, 21), _measured(10, 10), None)
        self.assertEqual(summary_from(json.loads(summary_line(found, "Do it"))), found)


class TableTests(SynchronousTestCase):
    """The tables."""

    def test_one_work(self) -> None:
        """Each arm a row."""
        found = summarise(WORK, "quorumha", _measured(20, 30), _measured(10, 10), None)
        self.assertIn(
            "| quorumha | 25.0 (20.0 to 30.0) | 2.5 (2.0 to 3.0) | 500.0 | 1.0 | 0 |", markdown([found])
        )

    def test_overview(self) -> None:
        """Each work a row, with its goals; an arm that has no ratio there is a dash."""
        summaries = [
            Summary("http-bulk", "nginx", "MB", ratio=1.0, ratio_spread=(1.0, 1.0)),
            Summary("http-bulk", "quorumha", "MB", ratio=0.7, ratio_spread=(0.6, 0.8)),
            Summary("other", "quorumha", "unit", ratio=3.0),
            Summary("slow-reader", "quorumha", "unit"),
        ]
        self.assertEqual(
            overview(summaries),
            "| work | nginx | quorumha | goal | beyond |\n|---|---|---|---|---|\n"
            "| `http-bulk` | 1.0 | 0.7 (0.6 to 0.8) | 1.0 | 0.5 |\n"
            "| `other` | - | 3.0 | - | - |\n",
        )
