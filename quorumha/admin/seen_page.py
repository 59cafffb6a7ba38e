"""C{/writerz}: what other proxies before the same databases are to know."""

from __future__ import annotations

from typing import Any

from quorumha.admin.replies import Leaf, json_body
from quorumha.admin.running import Running
from quorumha.admin.writer_status import seen_timelines


class SeenPage(Leaf):
    """C{/writerz}: the highest timeline that was seen of each database."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self._running = running

    def render_GET(self, request: Any) -> bytes:
        """Say it."""
        return json_body(request, seen_timelines(self._running.pools.values()))
