"""L{PageCase}: the page over a document that the test sets; see L{stand_in}."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from bench.processes import LATE, Child, NotStarted
from tests.admin.status_document import document
from tests.browser.browser_case import BrowserCase


class PageCase(BrowserCase):
    """@ivar url: of the page."""

    child: ClassVar[Child]
    url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        command = [sys.executable, "-m", "tests.browser.stand_in"]
        cls.child = Child(command, Path(folder.name) / "log", keep_input=True)
        cls.addClassCleanup(cls.child.kill)
        assert cls.child.popen.stdout is not None
        port = cls.child.popen.stdout.readline().strip().decode()
        if not port:
            raise NotStarted(cls.child.said())
        cls.url = f"http://127.0.0.1:{port}/"

    def setUp(self) -> None:
        super().setUp()
        self._send("anew", b"")

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
