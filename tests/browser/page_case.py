"""L{PageCase}: the page over a document that the test sets; see L{stand_in}."""

from __future__ import annotations

import atexit
import json
import sys
import urllib.request
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.processes import LATE, Child, NotStarted
from tests.admin.status_document import document
from tests.browser.browser_case import BrowserCase


class StandIn:
    """The process.

    @ivar url: of the page.
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        command = [sys.executable, "-m", "tests.browser.stand_in"]
        self.child = Child(command, Path(self._folder.name) / "log", keep_input=True)
        assert self.child.popen.stdout is not None
        port = self.child.popen.stdout.readline().strip().decode()
        if not port:
            raise NotStarted(self.child.said())
        self.url = f"http://127.0.0.1:{port}/"

    def end(self) -> None:
        """At once."""
        self.child.kill()
        self._folder.cleanup()


@cache
def shared() -> StandIn:
    """One for all tests of this process that leave it alive: it ends with that."""
    found = StandIn()
    atexit.register(found.end)
    return found


class PageCase(BrowserCase):
    """@ivar url: of the page."""

    def setUp(self) -> None:
        super().setUp()
        self.url = self.stand_in().url
        self._send("anew", b"")

    def stand_in(self) -> StandIn:
        """Whom to ask."""
        return shared()

    def set(self, **more: Any) -> None:
        """The document is the usual one but for this, and all who listen are notified."""
        self._send("document", json.dumps(document(**more)).encode())

    def no_events(self) -> None:
        """As when too many listen: they are refused."""
        self._send("full", b"")

    def posted(self) -> list[dict[str, Any]]:
        """What was asked of the API."""
        found: list[dict[str, Any]] = json.loads(self._send("posted", None))
        return found

    def _send(self, path: str, body: bytes | None) -> bytes:
        with urllib.request.urlopen(self.url + path, body, timeout=LATE) as response:
            said: bytes = response.read()
        return said

    def live(self, **options: Any) -> Any:
        """The page, once its script has begun."""
        page = self.open(self.url, **options)
        page.locator("#live", has_text="Live:").wait_for()
        return page
