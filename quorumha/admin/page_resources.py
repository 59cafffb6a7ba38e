"""The page of the admin: the status document, rendered for people; and the style and the script beside it.

It is whole without its script.  That fetches this page again when something changed, so that what is shown is
made in one place.  Nothing in it asks anybody else for anything.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import INTERNAL_SERVER_ERROR
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from quorumha.admin.page.page_rendering import Rendering, Status
from quorumha.admin.page.piece import FOLDER
from quorumha.admin.replies import Leaf

log = Logger()

#: Own script, own style, own connections: whatever else a text may bring, no browser follows it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_ASSETS = {b"page.css": "text/css; charset=utf-8", b"page.js": "text/javascript; charset=utf-8"}


def page_children(status: Status, clock: IReactorTime) -> dict[bytes, IResource]:
    """The resources of the page, by their names below the one that they are put into.

    @param status: gives the status document, as it is now.
    """
    found: dict[bytes, IResource] = {b"": PageResource(Rendering(status, clock))}
    for name, kind in _ASSETS.items():
        found[name] = AssetResource((FOLDER / name.decode()).read_bytes(), kind)
    return found


class AssetResource(Leaf):
    """A file of the package, read when the process began."""

    isLeaf = True

    def __init__(self, content: bytes, kind: str) -> None:
        super().__init__()
        self._content = content
        self._kind = kind

    def render_GET(self, request: IRequest) -> bytes:
        """The file."""
        _say(request, self._kind)
        # Asked for again each time: after an upgrade it fits the page.
        request.setHeader("Cache-Control", "no-cache")
        return self._content


class PageResource(Resource):
    """The page as it is now."""

    isLeaf = True

    def __init__(self, rendering: Rendering) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._rendering = rendering

    def render_GET(self, request: Any) -> int:
        """The page, made in turns; where it cannot be made a 500, and one line in the log."""
        _say(request, "text/html; charset=utf-8")
        request.setHeader("Cache-Control", "no-store")
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)

        def made(text: bytes) -> None:
            if not gone:
                request.setHeader("Content-Length", str(len(text)))
                request.write(text)
                request.finish()

        def failed(failure: Failure) -> None:
            log.failure("the page cannot be rendered", failure)
            if not gone:
                request.setResponseCode(INTERNAL_SERVER_ERROR)
                request.finish()

        self._rendering.page().addCallback(made).addErrback(failed)
        return NOT_DONE_YET


def _say(request: IRequest, kind: str) -> None:
    request.setHeader("Content-Type", kind)
    for name, value in _HEADERS.items():
        request.setHeader(name, value)
