"""What Prometheus gets of a proxy in memory."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from quorumha.admin.exposition import PLAIN, pieces
from quorumha.admin.metrics import Metrics
from quorumha.testing import MemoryProxy


def metrics_of(proxy: MemoryProxy) -> Metrics:
    """All that Prometheus gets of it."""
    return Metrics(proxy.service, proxy.net.clock)


def scrape(proxy: MemoryProxy) -> str:
    """As text."""
    return b"".join(pieces(metrics_of(proxy).read(), PLAIN)).decode("utf-8")


#: The value of each series, by its name and labels, these in their order: C{name{a="1", b="2"}}.
Series = dict[str, float]


def series(text: str) -> Series:
    """What a scrape says."""
    return {
        sample.name + _labels(sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _labels(labels: dict[str, str]) -> str:
    inner = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"{{{inner}}}" if inner else ""
