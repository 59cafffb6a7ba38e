"""What stands at which path of the admin."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource

from quorumha.admin.actions import PoolActions, process_actions
from quorumha.admin.api_pages import DocumentPage
from quorumha.admin.config_document import config_document
from quorumha.admin.live import LiveStatus
from quorumha.admin.page_resources import page_children
from quorumha.admin.probe_pages import LivePage, ReadyPage, StartPage
from quorumha.admin.replies import Branch
from quorumha.admin.running import Running
from quorumha.admin.seen_page import SeenPage
from quorumha.admin.status import Document, status


class AdminTree:
    """The resources of one process.  They are made once, and served at all its addresses.

    @ivar root: all of them.
    """

    def __init__(self, running: Running, clock: IReactorTime, wall: Callable[[], float]) -> None:
        """
        @param wall: gives the seconds since the epoch.
        """
        self._running, self._clock, self._wall = running, clock, wall
        self._probes: dict[str, Resource] = {
            "livez": LivePage(),
            "readyz": ReadyPage(running, clock),
            "startupz": StartPage(running, clock),
            "writerz": SeenPage(running),
        }
        # Here: nobody else in the process needs prometheus_client, and it takes long to import.
        from quorumha.admin.exposition import MetricsResource
        from quorumha.admin.metrics import Metrics

        self._metrics = MetricsResource(Metrics(running, clock), clock)
        self._live = LiveStatus(self.status, clock)
        version = Branch(
            status=DocumentPage(self.status),
            config=DocumentPage(lambda: config_document(running.config)),
            events=self._live,
            pools=PoolActions(running),
            **process_actions(running),
        )
        self.root = Branch(**self._probes, metrics=self._metrics, api=Branch(v1=version))
        for name, resource in page_children(self.status, clock).items():
            self.root.putChild(name, resource)

    def status(self) -> Document:
        """The status document of now."""
        return status(self._running, self._clock.seconds(), self._wall())

    def probes(self, *, metrics: bool) -> Resource:
        """The probes alone; with C{metrics}: and those."""
        more: dict[str, Resource] = {"metrics": self._metrics} if metrics else {}
        return Branch(**self._probes, **more)

    def stop(self) -> None:
        """Nobody is there any more."""
        self._live.stop()
