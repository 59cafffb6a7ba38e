"""The page over a proxy in memory: it says what the status document says."""

from __future__ import annotations

import re
from html import unescape

from tests.admin.served import LOOPBACK, TOKEN, AdminCase


class PageOfProxyTests(AdminCase):
    """C{/}, beside C{/api/v1/status}."""

    def page(self) -> str:
        """What it shows, as text."""
        text = unescape(self.ask("/", to=LOOPBACK, host="127.0.0.1").body.decode())
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))

    def test_all_is_served(self) -> None:
        self.start()
        self.assertIn("Everything is served.", self.page())

    def test_killed_member(self) -> None:
        """State, cause and what happens next: in the same words."""
        self.start()
        self.proxy.kill("a")
        self.proxy.net.advance(5)
        member = self.document()["pools"][0]["members"][0]
        self.assertEqual(member["state"], "down")
        page = self.page()
        self.assertIn("Everything is served, without a (down).", page)
        for key in ("cause", "next"):
            said = member[key]
            self.assertTrue(said)
            self.assertIn(f"{said[0].upper() if key == 'next' else said[0]}{said[1:]}.", page)
        self.proxy.revive("a")
        self.proxy.net.advance(5)
        self.assertIn("Everything is served.", self.page())

    def test_disabled_member(self) -> None:
        """By the button's own address, as the page has it."""
        self.start()
        text = self.ask("/", to=LOOPBACK, host="127.0.0.1").body.decode()
        (path,) = re.findall(r'data-post="([^"]*/b/disable)"', text)
        bearer = f"Authorization: Bearer {TOKEN}"
        self.assertEqual(
            self.status_of(f"/{path}", bearer, to=LOOPBACK, method="POST", host="127.0.0.1"), 200
        )
        self.assertIn("Disabled by admin", self.page())

    def test_drained_process(self) -> None:
        """Before and after C{drain_delay}."""
        self.start()
        self.ask("/api/v1/drain", method="POST")
        self.assertIn("Drains: soon it takes no new clients.", self.page())
        self.proxy.net.advance(60)
        self.assertIn("Drains: it takes no new clients.", self.page())

    def test_before_the_first_checks(self) -> None:
        """Nothing is known yet, and that does no harm."""
        self.start(first_checks=0)
        self.assertIn("Where requests go", self.page())
