"""A proxy in memory, seen as the admin sees a process."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from quorumha.admin.exposition import PLAIN, pieces
from quorumha.admin.metrics import Metrics
from quorumha.testing import MemoryProxy


class Seen:
    """What L{Running<quorumha.admin.running.Running>} says of it; all else is the service's own."""

    started_at = 1_700_000_000.0
    digest = "0123456789abcdef"
    draining = False

    def __init__(self, proxy: MemoryProxy) -> None:
        self._proxy = proxy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._proxy.service, name)


def metrics_of(proxy: MemoryProxy) -> Metrics:
    """All that Prometheus gets of it."""
    return Metrics(Seen(proxy), proxy.net.clock, "1.0")  # type: ignore[arg-type]  # stands for it


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
