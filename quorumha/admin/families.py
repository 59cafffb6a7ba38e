"""L{Family}: a set of series of one name, what each says, and how prometheus_client is given it.

Values are read in one turn, as plain tuples; that is cheap.  What Prometheus gets is made of them later, a
few series at a time (L{quorumha.admin.exposition}).
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.utils import floatToGoString

from quorumha.numbers import BOUNDS, Histogram

#: The upper bounds of buckets as Prometheus writes them; the last holds all.
_LIMITS = (*map(floatToGoString, BOUNDS), "+Inf")


@frozen
class Buckets:
    """What a histogram holds at one time."""

    counts: tuple[int, ...]
    total: float


def buckets(histogram: Histogram) -> Buckets:
    """What it holds now."""
    return Buckets(tuple(histogram.counts), histogram.total)


#: The values of a family's labels, in their order, and the number.
Row = tuple[tuple[str, ...], float | Buckets]


@frozen
class Family:
    """Series of one name.

    @ivar name: as Prometheus knows it.
    @ivar kind: C{counter}, C{gauge}, C{histogram}, or C{info}: all is in its labels, and its value is 1.
    @ivar says: what each of them is, in a sentence; for C{HELP} and the reference.
    @ivar labels: in their order.
    """

    name: str
    kind: str
    says: str
    labels: tuple[str, ...] = ()

    @property
    def samples(self) -> int:
        """How many lines one row takes."""
        return len(_LIMITS) + 2 if self.kind == "histogram" else 1

    def metric(self, rows: Sequence[Row]) -> Metric:
        """These rows, for prometheus_client."""
        match self.kind:
            case "counter":
                counter = CounterMetricFamily(self.name.removesuffix("_total"), self.says, labels=self.labels)
                for values, number in rows:
                    assert not isinstance(number, Buckets)
                    counter.add_metric(values, number)
                return counter
            case "histogram":
                histogram = HistogramMetricFamily(self.name, self.says, labels=self.labels)
                for values, taken in rows:
                    assert isinstance(taken, Buckets)
                    histogram.add_metric(values, _cumulated(taken), taken.total)
                return histogram
            case "info":
                info = InfoMetricFamily(self.name.removesuffix("_info"), self.says)
                for values, _ in rows:
                    info.add_metric((), dict(zip(self.labels, values, strict=True)))
                return info
        gauge = GaugeMetricFamily(self.name, self.says, labels=self.labels)
        for values, number in rows:
            assert not isinstance(number, Buckets)
            gauge.add_metric(values, number)
        return gauge


def _cumulated(taken: Buckets) -> list[tuple[str, float]]:
    """Each bucket with all that are below it."""
    found, count = list[tuple[str, float]](), 0
    for limit, more in zip(_LIMITS, taken.counts, strict=True):
        count += more
        found.append((limit, count))
    return found


#: A family, and its rows at one time.
Reading = tuple[Family, list[Row]]
