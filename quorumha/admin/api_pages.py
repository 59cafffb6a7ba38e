"""C{/api/v1/status} and C{/api/v1/config}: what is seen of the process, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quorumha.admin.replies import Leaf, json_body


class DocumentPage(Leaf):
    """A document, as it is when it is asked for."""

    def __init__(self, document: Callable[[], object]) -> None:
        super().__init__()
        self._document = document

    def render_GET(self, request: Any) -> bytes:
        """Make it."""
        return json_body(request, self._document())
