"""L{BrowserCase}: Debian's chromium by playwright; each page is watched for errors and foreign requests."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from importlib.util import find_spec
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import LATE

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


def lacks() -> str:
    """Why no page can be looked at; empty: one can."""
    if find_spec("playwright") is None:
        return "playwright is not installed: pip install .[test,browser]"
    if shutil.which(CHROMIUM) is None:
        return "chromium is not installed: apt-get install chromium"
    return ""


@cache
def browser() -> Any:
    """One for all tests of this process: it ends with that."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=LATE * 1000)
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


class BrowserCase(SynchronousTestCase):
    """Looks at pages, each in a profile of its own.

    @ivar said: what browsers say of a page: errors, warnings, whatever the policy refused.
    @ivar asked: the addresses that it asked for.
    """

    def setUp(self) -> None:
        if reason := lacks():
            raise SkipTest(reason)
        self.browser = browser()
        self.said: list[str] = []
        self.asked: list[str] = []

    def open(self, url: str, **options: Any) -> Any:
        """A page.  At the end of the test it has nothing to say, and has asked nobody else.

        @param options: of playwright's C{new_context}.
        """
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.addCleanup(context.close)
        context.set_default_timeout(LATE * 1000)
        page = context.new_page()
        page.on("console", lambda one: self.said.append(one.text) if one.type != "log" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(url, wait_until="domcontentloaded")
        self.addCleanup(self.is_calm, url)
        return page

    def is_calm(self, url: str) -> None:
        """Nothing was wrong, and nothing left for elsewhere."""
        self.assertEqual(self.said, [])
        self.assertEqual([one for one in self.asked if not one.startswith(url)], [])

    def expected(self, status: int) -> None:
        """That the proxy responded so is what the test asked for; the browser notes it all the same."""
        self.assertEqual([f"status of {status}" in one for one in self.said], [True])
        self.said.clear()
