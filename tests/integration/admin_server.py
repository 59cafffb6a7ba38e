"""An admin that responds as a test wants, at a unix socket; C{http.server} in a thread."""

from __future__ import annotations

import json
import tempfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from threading import Thread
from typing import Any

from twisted.trial.unittest import SynchronousTestCase


class AdminServer(UnixStreamServer):
    """Responds with what was put there.

    @ivar asked: method and target of each request.
    @ivar tokens: what stood in C{Authorization}.
    @ivar responses: by method and path; status and body.  A list is given one by one, its last for good.
    """

    allow_reuse_address = True

    def __init__(self, path: str) -> None:
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.responses: dict[str, Any] = {}
        super().__init__(path, _Asked)

    def put(self, asked: str, body: object, status: int = 200) -> None:
        """Respond so: JSON, or text."""
        self.responses.setdefault(asked, []).append((status, body))


class _Asked(BaseHTTPRequestHandler):
    server: AdminServer

    def _respond(self) -> None:
        server = self.server
        server.asked.append(f"{self.command} {self.path}")
        server.tokens.append(self.headers["Authorization"])
        given = server.responses.get(f"{self.command} {self.path.partition('?')[0]}") or [
            (404, {"error": "no"})
        ]
        status, body = given.pop(0) if len(given) > 1 else given[0]
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _respond

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class AdminCase(SynchronousTestCase):
    """With an L{AdminServer}.

    @ivar path: of its socket.
    """

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="quorumha-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = str(self.folder / "admin.sock")
        self.server = AdminServer(self.path)
        thread = Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.addCleanup(thread.join, 10)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
