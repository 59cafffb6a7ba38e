"""What stands at which path of the admin."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource

from quorumha.admin.api_pages import DocumentPage
from quorumha.admin.probe_pages import LivePage, ReadyPage, StartPage
from quorumha.admin.replies import Branch
from quorumha.admin.running import Running
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
        }
        version = Branch(status=DocumentPage(self.status))
        self.root = Branch(**self._probes, api=Branch(v1=version))

    def status(self) -> Document:
        """The status document of now."""
        return status(self._running, self._clock.seconds(), self._wall())

    def probes(self, *, metrics: bool) -> Resource:
        """The probes alone; with C{metrics}: and those."""
        return Branch(**self._probes)
