"""C{/api/v1/pools/POOL/writer}: who is written to, and what each member says of itself."""

from __future__ import annotations

from typing import Any

from quorumha.admin.pool_names import found_pool, writer_in
from quorumha.admin.replies import Leaf, error_body, json_body
from quorumha.admin.running import Running, UnknownName
from quorumha.admin.writer_status import writer_document


class WriterPage(Leaf):
    """That of one pool, whether there is such a pool or not."""

    def __init__(self, running: Running, pool: str) -> None:
        super().__init__()
        self._running, self._pool = running, pool

    def render_GET(self, request: Any) -> bytes | int:
        """It, as it is now."""
        try:
            pool = found_pool(self._running.pools, self._pool)
            writer_in(pool)
        except UnknownName as error:
            return error_body(request, 404, str(error))
        return json_body(request, writer_document(pool))
