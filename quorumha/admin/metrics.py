"""L{Metrics}: all that Prometheus gets, read from the numbers in one turn.

A collector for prometheus_client, in a registry of nobody's: who wants it in one registers it there.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from twisted.internet.interfaces import IReactorTime

from quorumha.admin import listener_metrics, member_metrics, process_metrics, writer_metrics
from quorumha.admin.families import Family, Reading
from quorumha.admin.listener_metrics import read_listeners
from quorumha.admin.member_metrics import read_members
from quorumha.admin.process_metrics import read_process
from quorumha.admin.running import Running
from quorumha.admin.writer_metrics import read_writers

#: Every family, in the order of the reference.
FAMILIES: tuple[Family, ...] = (
    *process_metrics.FAMILIES,
    *listener_metrics.FAMILIES,
    *member_metrics.FAMILIES,
    *writer_metrics.FAMILIES,
)


@frozen
class Metrics(Collector):
    """Reads the numbers of a process."""

    running: Running
    clock: IReactorTime

    def read(self) -> list[Reading]:
        """Everything as it is now: rows of one time fit together.  A family without rows is left out."""
        readings = (
            *read_process(self.running),
            *read_listeners(self.running),
            *read_members(self.running, self.clock.seconds()),
            *read_writers(self.running),
        )
        return [reading for reading in readings if reading[1]]

    def collect(self) -> Iterator[Metric]:
        """Likewise, as prometheus_client wants it."""
        for family, rows in self.read():
            yield family.metric(rows)
