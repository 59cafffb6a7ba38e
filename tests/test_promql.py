"""Dashboard and alerts name series that there are; with promtool: tests/integration/test_prometheus.py."""

from __future__ import annotations

import json
import re

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.metrics import FAMILIES
from tests.documents import ROOT
from tests.promql import (
    ALERTS,
    DASHBOARD,
    Expression,
    labels_asked,
    of_alerts,
    of_dashboard,
    selectors,
    without_thresholds,
)

#: What Prometheus puts to every series, and the one that it makes itself.
TARGET = {"job", "instance"}
OWN = {"up"}
ROWS = ["Are we served?", "Upstreams", "What was saved", "Databases", "Tessera parties", "Process"]
NAMES = [
    "QuorumhaDown",
    "PoolHasOneMember",
    "PoolHasNoMember",
    "DatabaseDead",
    "DatabaseHasNoWriter",
    "DatabaseSplit",
    "DatabaseWriterNotSaved",
    "DatabaseNotSynchronous",
    "DatabaseProxySilent",
    "DatabaseSwitched",
    "RequestsWait",
    "ClientsSeeErrors",
    "FirstByteSlow",
    "PartiesMissing",
    "ReloadRefused",
    "CertificateEnds",
]
RUNBOOK = ROOT / "docs" / "howto" / "runbook"


class ReaderTests(SynchronousTestCase):
    """What the tests below, and those with promtool, rest on."""

    def test_selectors(self) -> None:
        """Names of functions, of labels and keywords are no metrics; text in quotes is none either."""
        text = (
            'histogram_quantile(0.9, sum by (pool, le) (rate(a_bucket{x="y{z}", w=~".+"}[5m]))) > 2e3'
            " and on (pool) b == 1 or vector(0)"
        )
        found = list(selectors(text))
        self.assertEqual([(one.metric, one.matchers) for one in found], [("a_bucket", ("x", "w")), ("b", ())])
        self.assertEqual(found[0].text, 'a_bucket{x="y{z}",w=~".+"}')
        self.assertEqual(labels_asked(text), {"pool", "le"})

    def test_without_thresholds(self) -> None:
        """Comparisons yield 0 or 1; matchers stay what they are."""
        self.assertEqual(
            without_thresholds('a{b!="c", d="e"} > 1 and f <= 2').replace("  ", " "),
            'a{b!="c", d="e"} > bool 1 and f <= bool 2',
        )


class NamesTests(SynchronousTestCase):
    """Each expression, against the table of families."""

    def setUp(self) -> None:
        self.labels = {family.name: {*family.labels, *TARGET} for family in FAMILIES}
        for family in FAMILIES:
            if family.kind == "histogram":
                known = self.labels.pop(family.name)
                self.labels[f"{family.name}_bucket"] = {*known, "le"}
                self.labels[f"{family.name}_count"] = self.labels[f"{family.name}_sum"] = known
        self.expressions: list[Expression] = [*of_alerts(), *of_dashboard()]
        self.assertGreater(len(self.expressions), 50)

    def test_series_are_there(self) -> None:
        """No name of a metric, and no label of one, is made up."""
        for one in self.expressions:
            for selector in selectors(one.text):
                if selector.metric in OWN:
                    continue
                self.assertIn(selector.metric, self.labels, one.place)
                self.assertEqual(
                    set(selector.matchers) - self.labels[selector.metric],
                    set(),
                    f"{one.place}: {selector.text}",
                )

    def test_labels_are_there(self) -> None:
        """What is grouped by, or matched on, some series of the expression has."""
        for one in self.expressions:
            known = set(TARGET).union(*(self.labels.get(found.metric, ()) for found in selectors(one.text)))
            self.assertEqual(labels_asked(one.text) - known, set(), one.place)

    def test_all_are_shown(self) -> None:
        """No family of ours is shown nowhere, but for what only says the same once more."""
        shown = {found.metric for one in self.expressions for found in selectors(one.text)}
        shown |= {metric.removesuffix("_bucket") for metric in shown}
        left = {family.name for family in FAMILIES if family.name.startswith("quorumha_")} - shown
        self.assertEqual(left, {"quorumha_pool_responded_total", "quorumha_last_change_timestamp_seconds"})


class DashboardTests(SynchronousTestCase):
    """docs/examples/grafana/quorumha.json."""

    def setUp(self) -> None:
        self.dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        self.panels = self.dashboard["panels"]

    def test_rows(self) -> None:
        """In this order: the first question first."""
        self.assertEqual([one["title"] for one in self.panels if one["type"] == "row"], ROWS)

    def test_data_source_is_a_variable(self) -> None:
        """Whoever imports it chooses, once for all."""
        variable = self.dashboard["templating"]["list"][0]
        self.assertEqual(
            (variable["name"], variable["type"], variable["query"]),
            ("datasource", "datasource", "prometheus"),
        )
        for panel in self.panels:
            for one in (panel, *panel.get("targets", ())) if panel["type"] != "row" else ():
                self.assertEqual(
                    one["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
                )
        self.assertNotIn("__inputs", self.dashboard)

    def test_panels(self) -> None:
        """Each has a number of its own, says what it shows, and lies on no other one."""
        self.assertEqual(len({one["id"] for one in self.panels}), len(self.panels))
        taken: set[tuple[int, int]] = set()
        for panel in self.panels:
            if panel["type"] != "row":
                self.assertTrue(panel["description"].endswith("."), panel["title"])
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            self.assertEqual(cells & taken, set(), panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            taken |= cells


class AlertTests(SynchronousTestCase):
    """docs/examples/prometheus/alerts.yml."""

    def test_names(self) -> None:
        """All of them; and each expression was found."""
        self.assertEqual([one.place for one in of_alerts()], NAMES)
        self.assertEqual(ALERTS.read_text(encoding="utf-8").count("expr:"), len(NAMES))

    def test_each_has_a_test(self) -> None:
        """That it fires, in the file for promtool."""
        text = ALERTS.with_name("alerts_test.yml").read_text(encoding="utf-8")
        for name in NAMES:
            self.assertRegex(text, rf"alertname: {name}\n        exp_alerts:\n          - exp_labels", name)

    def test_each_has_a_page(self) -> None:
        """That says what it means, what to look at and to do, and when it is safe to wait; and is linked."""
        text = ALERTS.read_text(encoding="utf-8")
        for name in NAMES:
            self.assertIn(f"runbook: docs/howto/runbook/{name}.md", text)
            page = (RUNBOOK / f"{name}.md").read_text(encoding="utf-8")
            self.assertEqual(
                re.findall(r"^#+ (.*)$", page, re.MULTILINE),
                [name, "What it means", "Look at", "Do", "When it is safe to wait"],
            )
        self.assertEqual({path.stem for path in RUNBOOK.glob("*.md")}, {*NAMES, "index"})
