"""The page of a real process: a node that is killed, an operator who disables, reloads and drains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from bench.arms import twistd_command
from bench.processes import LATE, ROOT, Child, free_ports
from tests.browser.browser_case import BrowserCase
from tests.integration.nodes import Node

TOKEN = "a-token-of-24-characters"

CONFIG = """
[pools.tessera]
upstreams = [
  {{ name = "tessera-1", endpoint = "http://127.0.0.1:{one}" }},
  {{ name = "tessera-2", endpoint = "http://127.0.0.1:{two}" }},
]
check = {{ kind = "connect", interval = "{interval}" }}

[listeners.third-party]
listen = "tcp:{listen}:interface=127.0.0.1"
serve = "tessera-thirdparty"
pool = "tessera"
{more}
[admin]
listen = "tcp:{admin}:interface=127.0.0.1"
token_file = "{token}"
"""


class ProcessPageTests(BrowserCase):
    """quorumha by C{twistd}, before two nodes."""

    def setUp(self) -> None:
        super().setUp()
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        self.nodes = [Node(name, folder) for name in ("tessera-1", "tessera-2")]
        for node in self.nodes:
            self.addCleanup(node.kill)
        self.listen, self.admin = free_ports(2)
        self.token = folder / "token"
        descriptor = os.open(self.token, os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(TOKEN)
        self.file = folder / "quorumha.toml"
        self.write()
        child = Child(twistd_command(self.file), folder / "log")
        self.addCleanup(child.kill)
        child.wait_listening(("127.0.0.1", self.admin))
        child.wait_listening(("127.0.0.1", self.listen))
        self.url = f"http://127.0.0.1:{self.admin}/"

    def write(self, interval: str = "100ms", more: str = "") -> None:
        """The configuration file."""
        one, two = (node.port for node in self.nodes)
        ports = {"one": one, "two": two, "listen": self.listen, "admin": self.admin}
        text = CONFIG.format(interval=interval, more=more, token=self.token, **ports)
        self.file.write_text(text, encoding="utf-8")

    def member(self, place: int) -> Any:
        """What the API says of one."""
        with urllib.request.urlopen(f"{self.url}api/v1/status", timeout=LATE) as response:
            return json.load(response)["pools"][0]["members"][place]

    def live(self) -> Any:
        """The page, once its script has begun and all members are up."""
        from playwright.sync_api import expect

        page = self.open(self.url)
        page.locator("#live", has_text="Live:").wait_for()
        expect(page.locator("#headline")).to_have_text("✓ Everything is served.")
        return page

    def press(self, page: Any, name: str, token: str = TOKEN) -> None:
        """A button, and the one in the dialog."""
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_label("Token of the admin").fill(token)
        page.locator("#ask-do").click()

    def test_killed_and_revived(self) -> None:
        """The page says what the API says, and C{quorumha status}: state, cause, and what happens next."""
        from playwright.sync_api import expect

        page = self.live()
        self.nodes[0].kill()
        line = page.locator("[id='member:tessera/tessera-1']")
        expect(line.locator(".what > .word")).to_have_text("✕ down")
        member = self.member(0)
        self.assertEqual(member["state"], "down")
        self.assertTrue(member["cause"] and member["next"])
        expect(line.locator(".sentence")).to_contain_text(f": {member['cause'].rstrip('.')}. ")
        expect(page.locator("#headline")).to_have_text("▲ Everything is served, without tessera-1 (down).")
        expect(page.locator(".tile li")).to_contain_text(member["cause"].rstrip("."))
        expect(page.locator(".change").first).to_contain_text("tessera-1")
        command = [sys.executable, "-m", "quorumha", "status", "--admin", self.url.rstrip("/")]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LATE, check=False)
        self.assertIn(member["cause"], listed.stdout, listed.stderr)
        self.nodes[0].revive()
        expect(line.locator(".what > .word")).to_have_text("✓ up")
        expect(page.locator("#headline")).to_have_text("✓ Everything is served.")

    def test_disabled_and_enabled(self) -> None:
        """By the buttons; the last one only by insisting."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(page, "Disable tessera-1 of tessera", "not-the-token-of-this")
        expect(page.locator("#ask-said")).not_to_be_empty()
        self.expected(401)
        self.assertTrue(self.member(0)["enabled"])
        page.get_by_label("Token of the admin").fill(TOKEN)
        page.locator("#ask-do").click()
        expect(page.locator("#result")).to_contain_text("tessera-1 of pool tessera is disabled.")
        line = page.locator("[id='member:tessera/tessera-1']")
        expect(line.locator(".sentence")).to_contain_text("Disabled by admin")
        self.press(page, "Drain tessera-2 of tessera")
        expect(page.locator("#ask-said")).to_contain_text("tessera-2")
        self.expected(409)
        self.assertTrue(self.member(1)["enabled"])
        page.get_by_role("button", name="Do it nevertheless").click()
        expect(page.locator("#headline")).to_have_text("✕ Not served: tessera.")
        for name in ("tessera-1", "tessera-2"):
            self.press(page, f"Enable {name} of tessera")
            expect(page.locator("#result")).to_contain_text(f"{name} of pool tessera is enabled.")
        expect(page.locator("#headline")).to_have_text("✓ Everything is served.")

    def test_reloaded(self) -> None:
        """What changed is shown; what is wrong with the file, too, and that what ran before runs on."""
        from playwright.sync_api import expect

        page = self.live()
        self.write(interval="200ms")
        self.press(page, "Reload the file")
        expect(page.locator("#result li")).to_have_text(["pools.tessera.check.interval: 100ms -> 200ms"])
        expect(page.locator("#saved h2").nth(1)).to_have_text("Reloads 1 taken, 0 refused")
        self.write(more='no_such_key = "<b>"')
        self.press(page, "Reload the file")
        expect(page.locator("#result li").first).to_contain_text("no_such_key")
        self.expected(422)
        expect(page.locator("main .notice")).to_contain_text("was refused")

    def test_drained(self) -> None:
        """And taken back."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(page, "Drain the proxy")
        expect(page.locator("#headline")).to_contain_text("Drains")
        self.press(page, "Undrain the proxy")
        expect(page.locator("#headline")).to_have_text("✓ Everything is served.")
