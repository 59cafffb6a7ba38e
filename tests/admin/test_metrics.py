"""All that Prometheus gets of a proxy that serves: L{quorumha.admin.metrics}."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.metrics import FAMILIES
from quorumha.testing import MemoryProxy, http_request
from tests.admin.busy import busy_scrape
from tests.admin.seen import metrics_of, scrape, series

CHECK = 'check = { kind = "http", path = "/up", interval = "1s" }\n'


def pool(name: str, *numbers: int) -> str:
    upstreams = ", ".join(f'"http://10.0.0.{number}:80"' for number in numbers)
    return f"[pools.{name}]\nupstreams = [{upstreams}]\n{CHECK}"


def listener(name: str, port: int, of: str) -> str:
    return f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "http"\npool = "{of}"\n'


class MetricsCase(SynchronousTestCase):
    """A proxy in memory."""

    def serve(self, *parts: str) -> MemoryProxy:
        self.proxy = proxy = MemoryProxy("".join(parts))
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy

    def ask(self, times: int, to: str = "") -> None:
        for _ in range(times):
            self.proxy.ask(http_request(b"GET", b"/"), to, within=5)

    def values(self, beginning: str) -> dict[str, float]:
        """The series whose names begin so."""
        return {
            name: value for name, value in series(scrape(self.proxy)).items() if name.startswith(beginning)
        }


class FamilyTests(MetricsCase):
    """Which there are."""

    def test_names(self) -> None:
        """Each name stands once, counters and nothing else end in C{_total}, and each says what it is."""
        names = [family.name for family in FAMILIES]
        self.assertEqual(len(names), len(set(names)))
        for family in FAMILIES:
            self.assertEqual(family.kind == "counter", family.name.endswith("_total"), family.name)
            self.assertTrue(family.says.endswith("."), family.name)
            self.assertTrue(family.name.startswith(("quorumha_", "process_")), family.name)

    def test_read_in_the_table(self) -> None:
        """What is read stands in the table of families, and each of these is read."""
        self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        metrics = metrics_of(self.proxy)
        self.assertEqual({family for family, _ in metrics.read()} - set(FAMILIES), set())

    def test_all_are_filled(self) -> None:
        """Once everything has happened that is counted, no family is left out."""
        text = busy_scrape()
        self.assertEqual([one.name for one in FAMILIES if f"# TYPE {one.name} " not in text], [])

    def test_as_a_collector(self) -> None:
        """Whoever has a registry of prometheus_client may put it there."""
        self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        registry = CollectorRegistry()
        registry.register(metrics_of(self.proxy))
        key = {"pool": "a", "upstream": "10.0.0.1:80"}
        self.assertEqual(registry.get_sample_value("quorumha_up", key), 1.0)

    def test_labels_are_the_operators(self) -> None:
        """No label holds what a client chose."""
        proxy = self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        planted = b"planted-by-a-client"
        proxy.ask(http_request(b"GET", b"/" + planted, None, b"X-" + planted + b": " + planted, host=planted))
        text = scrape(proxy)
        self.assertNotIn(planted.decode(), text)
        known = {label for family in FAMILIES for label in family.labels}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.assertEqual(sample.labels.keys() - known - {"le"}, set(), sample.name)


class ApplyTests(MetricsCase):
    """Another configuration while it runs."""

    def test_removed(self) -> None:
        """Series of a pool, of a member and of a listener that are gone are gone at the next scrape."""
        self.serve(pool("a", 1, 2), pool("b", 3), listener("one", 80, "a"), listener("two", 81, "b"))
        self.ask(1, "two")
        before = scrape(self.proxy)
        for gone in ('pool="b"', 'listener="two"', '10.0.0.2:80"'):
            self.assertIn(gone, before)
        self.proxy.apply("".join((pool("a", 1), listener("one", 80, "a"))))
        after = scrape(self.proxy)
        for gone in ('pool="b"', 'listener="two"', '10.0.0.2:80"'):
            self.assertNotIn(gone, after)
        self.assertIn('10.0.0.1:80"', after)

    def test_counters_never_go_back(self) -> None:
        """Those of a member, a pool and a listener that stay, whatever else changes about them."""
        self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        self.proxy.net.advance(3)
        self.ask(6)
        self.proxy.kill("10.0.0.2:80")
        self.proxy.net.advance(5)
        self.ask(4)
        before = series(scrape(self.proxy))
        self.assertEqual(before['quorumha_pool_requests_total{pool="a"}'], 10.0)
        grown = pool("a", 1, 2, 3).replace("1s", "2s") + 'balance = "primary-first"\n'
        self.proxy.apply(grown + listener("one", 80, "a"))
        self.proxy.simulate()
        after = series(scrape(self.proxy))
        counters = tuple(family.name for family in FAMILIES if family.kind in ("counter", "histogram"))
        kept = {name: value for name, value in before.items() if name.startswith(counters)}
        self.assertGreater(len(kept), 40)
        self.assertEqual({name for name, value in kept.items() if not value <= after.get(name, -1.0)}, set())
        self.assertEqual(after['quorumha_up{pool="a", upstream="10.0.0.2:80"}'], 0.0)
        self.assertEqual(after['quorumha_state{pool="a", state="down", upstream="10.0.0.2:80"}'], 1.0)
