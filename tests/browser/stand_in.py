"""Serves the page over a status document that tests set, and an API that takes one token: C{python -m
tests.browser.stand_in}.  The first line that it writes is its port.

What was posted is at C{/posted}; C{/document} is set by POST; POST to C{/anew} begins anew; after one to
C{/full} there are no events, as when too many listen.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from twisted.internet import reactor
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from quorumha.admin.page_resources import page_children
from tests.admin.status_document import document

TOKEN = "the token of these tests"

#: What the API responds, by the last part of its path; whatever else: 200.
_SAID: dict[str, tuple[int, dict[str, Any]]] = {
    "drain": (409, {"error": "No other member of this pool is enabled."}),
    "use": (409, {"error": "db: a: it is read-only."}),
    "reload": (422, {"taken": False, "problems": ["q.toml:3: <b>no such key</b>", "q.toml:9: no pool 'x'"]}),
}


class StandIn(Resource):
    """All paths but those of the page."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.document = document()
        self.posted: list[dict[str, Any]] = []
        self.streams: list[Any] = []
        self.full = False

    def render_GET(self, request: Any) -> bytes | int:
        """Events, and what was posted."""
        if request.path == b"/posted":
            return json.dumps(self.posted).encode()
        if request.path != b"/api/v1/events":
            request.setResponseCode(404)
            return b""
        if self.full:
            request.setResponseCode(503)
            return b""
        request.setHeader("Content-Type", "text/event-stream")
        request.write(b"retry: 200\n\ndata: {}\n\n")
        self.streams.append(request)
        request.notifyFinish().addErrback(lambda _: self.streams.remove(request))
        return NOT_DONE_YET

    def render_POST(self, request: Any) -> bytes:
        """A document, or a word for the API."""
        path = request.path.decode()
        if path == "/anew":
            self.document, self.posted, self.full = document(), [], False
            return b""
        if path == "/full":
            self.full = True
            return b""
        if path == "/document":
            self.document = json.load(request.content)
            for stream in self.streams:
                stream.write(b"data: {}\n\n")
            return b""
        token = request.getHeader("Authorization")
        query = request.uri.decode().partition("?")[2]
        self.posted.append({"path": request.uri.decode().partition("?")[0], "query": query, "token": token})
        status, said = _SAID.get(path.rpartition("/")[2], (200, {"state": "disabled", "left": 2}))
        if token != f"Bearer {TOKEN}":
            status, said = 401, {"error": "The token is wrong."}
        elif query == "force=1":
            status, said = 200, {"state": "draining", "left": 0}
        request.setResponseCode(status)
        request.setHeader("Content-Type", "application/json")
        return json.dumps(said).encode()


class Root(Resource):
    """The page, and the stand-in for all else."""

    def __init__(self) -> None:
        super().__init__()
        self.rest = StandIn()
        for name, resource in page_children(lambda: self.rest.document, reactor).items():  # type: ignore[arg-type]
            self.putChild(name, resource)

    def getChild(self, name: bytes, request: Any) -> Resource:
        """What is no part of the page."""
        return self.rest


def main() -> None:
    """Serve until the process is ended."""
    port = reactor.listenTCP(0, Site(Root()), interface="127.0.0.1")  # type: ignore[attr-defined]
    sys.stdout.write(f"{port.getHost().port}\n")
    sys.stdout.flush()
    reactor.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
