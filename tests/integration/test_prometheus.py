"""promtool, over what quorumha says and over the files for Prometheus and Grafana."""

from __future__ import annotations

import json
import shutil
import subprocess
from http.client import HTTPConnection
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_of
from prometheus_client.parser import text_string_to_metric_families
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.arms import twistd_command
from bench.processes import LATE, Child, free_port
from tests.admin.busy import busy_scrape
from tests.promql import ALERTS, Expression, of_alerts, of_dashboard, selectors, without_thresholds

#: Seconds; only a promtool that is stuck reaches it.
LIMIT = 60.0
#: A pool of which nobody is there.
PROCESS = """
[pools.a]
upstreams = ["http://127.0.0.1:{nobody}"]
[listeners.one]
listen = "tcp:{listener}:interface=127.0.0.1"
serve = "http"
pool = "a"
[admin]
listen = "tcp:{admin}:interface=127.0.0.1"
"""
TARGET = {"job": "quorumha", "instance": "proxy:9901"}


def promtool(*arguments: str, stdin: str = "", cwd: Path | None = None) -> tuple[int, str]:
    """Its exit status, and all that it says.

    @raise SkipTest: it is not there.
    """
    if shutil.which("promtool") is None:
        raise SkipTest("promtool is not installed (Debian: prometheus)")
    done = subprocess.run(
        ["promtool", *arguments],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        timeout=LIMIT,
        check=False,
    )
    return done.returncode, done.stdout


class FilesTests(SynchronousTestCase):
    """docs/examples/prometheus."""

    def test_check_rules(self) -> None:
        """Prometheus takes the alerts."""
        status, said = promtool("check", "rules", str(ALERTS))
        self.assertEqual(status, 0, said)
        self.assertIn("16 rules found", said)

    def test_test_rules(self) -> None:
        """Each fires when it should, and not else."""
        status, said = promtool("test", "rules", "alerts_test.yml", cwd=ALERTS.parent)
        self.assertEqual(status, 0, said)
        self.assertIn("SUCCESS", said)


class ScrapeTests(SynchronousTestCase):
    """A scrape of a proxy to which everything has happened."""

    def test_check_metrics(self) -> None:
        """Prometheus has nothing to say to it."""
        self.assertEqual(promtool("check", "metrics", stdin=busy_scrape()), (0, ""))

    def test_a_fault_is_seen(self) -> None:
        """What the test above rests on."""
        status, said = promtool(
            "check", "metrics", stdin="# HELP t_total x\n# TYPE t_total gauge\nt_total 1\n"
        )
        self.assertNotEqual((status, said), (0, ""))


class ProcessTests(SynchronousTestCase):
    """A process of its own."""

    def test_check_metrics(self) -> None:
        """What it gives to a scrape, Prometheus has nothing to say to, in either format."""
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        listener, admin, nobody = free_port(), free_port(), free_port()
        config = PROCESS.format(listener=listener, admin=admin, nobody=nobody)
        (folder / "q.toml").write_text(config, encoding="utf-8")
        child = Child(twistd_command(folder / "q.toml"), folder / "log")
        self.addCleanup(child.stop)
        for port in (listener, admin):
            child.wait_listening(("127.0.0.1", port), LATE)
        self.assertEqual(_got(listener, "/", "")[0], 502)
        for accept in ("", "application/openmetrics-text; version=1.0.0"):
            status, text = _got(admin, "/metrics", accept)
            self.assertEqual(status, 200)
            self.assertIn('quorumha_attempts_total{outcome="connect_failed",pool="a"', text)
        self.assertEqual(promtool("check", "metrics", stdin=_got(admin, "/metrics", "")[1]), (0, ""))
        self.assertEqual({family.name for family in openmetrics_of(text)} & {"quorumha_up"}, {"quorumha_up"})


def _got(port: int, path: str, accept: str) -> tuple[int, str]:
    asking = HTTPConnection("127.0.0.1", port, timeout=LATE)
    try:
        asking.request("GET", path, headers={"Accept": accept} if accept else {})
        response = asking.getresponse()
        return response.status, response.read().decode("utf-8")
    finally:
        asking.close()


class ExpressionTests(SynchronousTestCase):
    """Each expression of dashboard and alerts, evaluated over such a scrape.

    Each selector names series that are there; and each whole, with comparisons that yield 0 or 1, has a
    result: it has none where the labels of two sides do not match.
    """

    def evaluate(self, expressions: list[Expression]) -> tuple[int, str]:
        """What promtool says to the claim that each of these has a result."""
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        claims = [
            {
                "expr": f"count({one.text}) > bool 0",
                "eval_time": "5m",
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
            for one in expressions
        ]
        test = {"interval": "15s", "input_series": _series(busy_scrape()), "promql_expr_test": claims}
        # JSON is YAML.
        text = json.dumps({"evaluation_interval": "15s", "rule_files": [], "tests": [test]})
        (folder / "test.yml").write_text(text, encoding="utf-8")
        return promtool("test", "rules", "test.yml", cwd=folder)

    def test_each_selector(self) -> None:
        """Alone; an C{or}, or a sum, would hide one that is not there."""
        named = {
            found.text: Expression(one.place, found.text)
            for one in (*of_alerts(), *of_dashboard())
            for found in selectors(one.text)
        }
        self.assertGreater(len(named), 40)
        status, said = self.evaluate(list(named.values()))
        self.assertEqual(status, 0, said)

    def test_each_expression(self) -> None:
        """As a whole."""
        found = [
            Expression(one.place, without_thresholds(one.text)) for one in (*of_alerts(), *of_dashboard())
        ]
        self.assertGreater(len(found), 50)
        status, said = self.evaluate(found)
        self.assertEqual(status, 0, said)

    def test_a_fault_is_seen(self) -> None:
        """A name that there is not, and labels that do not match, are."""
        for wrong in (
            "quorumha_requests",
            "quorumha_up / quorumha_waiting_requests",
            'quorumha_up{pool="x"}',
        ):
            status, said = self.evaluate([Expression("here", wrong)])
            self.assertNotEqual(status, 0, wrong)
            self.assertIn("FAILED", said)


def _series(scrape: str) -> list[dict[str, str]]:
    """The series of a scrape, for promtool: gauges stay as they are, and all else grows."""
    found = [{"series": _named("up", TARGET), "values": "1x30"}]
    for family in text_string_to_metric_families(scrape):
        grows = "+1x30" if family.type in ("counter", "histogram") else "x30"
        found += [
            {"series": _named(one.name, {**one.labels, **TARGET}), "values": f"{one.value:.0f}{grows}"}
            for one in family.samples
        ]
    return found


def _named(name: str, labels: dict[str, str]) -> str:
    return name + "{" + ", ".join(f"{label}={json.dumps(value)}" for label, value in labels.items()) + "}"
