"""The page as its script keeps it: what changes is shown, and what an operator does there is left alone."""

from __future__ import annotations

from typing import Any

from tests.admin.status_document import NOW, document, down, empty, listener, member, pool
from tests.browser.page_case import PageCase, StandIn

QUORUM_DOWN = [pool("quorum", member("goquorum-1"), down("goquorum-2", 3)), *document()["pools"][1:]]


class LiveTests(PageCase):
    """Events of the server."""

    def test_change_is_shown(self) -> None:
        """Without loading the page again: the title, the sentence at the top, the member's line."""
        from playwright.sync_api import expect

        page = self.live()
        page.evaluate("window.sameWindow = true")
        # Nothing but events moves it: that it also asks now and then is taken away.
        page.evaluate("for (let id = 0; id < 1000; id++) clearInterval(id)")
        self.set(pools=QUORUM_DOWN)
        line = page.locator("[id='member:quorum/goquorum-2']")
        expect(line.locator(".sentence")).to_contain_text("Down for 3 s, since 21:59:57: connection refused.")
        expect(line.locator(".sentence")).to_contain_text("back after 2 good answers")
        expect(line.locator(".what > .word")).to_have_text("✕ down")
        self.set(pools=[pool("quorum", down("goquorum-1"), down("goquorum-2")), *document()["pools"][1:]])
        expect(page.locator("#headline")).to_have_text("✕ Not served: quorum.")
        expect(page).to_have_title("✕ Not served: quorum. · quorumha")
        self.assertTrue(page.evaluate("window.sameWindow"))

    def test_same_as_the_server_renders(self) -> None:
        """What the script made of the page is what a fresh one shows."""
        from playwright.sync_api import expect

        page = self.live()
        last = {"at": NOW, "taken": False, "changes": [], "problems": ["q.toml:1: no", "q.toml:2: no"]}
        told = {"pools": QUORUM_DOWN[:2], "changes": document()["changes"][3:9], "draining": True}
        self.set(**told, reload={"taken": 3, "refused": 2, "last": last})
        expect(page.locator("#headline")).to_contain_text("Drains")
        fresh = self.live()
        shown = "document.getElementById('shown').innerHTML.replace(/\\s+/g, ' ')"
        self.assertEqual(page.evaluate(shown), fresh.evaluate(shown))
        self.set()
        expect(page.locator("#headline")).to_contain_text("without")
        self.assertEqual(page.evaluate(shown), self.live().evaluate(shown))

    def test_focus_selection_and_scrolling_stay(self) -> None:
        from playwright.sync_api import expect

        page = self.live()
        page.evaluate(
            """() => {
              document.querySelector("#changes ol").scrollTop = 50;
              const cause = document.querySelector("[id='member:tessera-q2t/tessera-1'] .sentence");
              getSelection().selectAllChildren(cause);
              document.getElementById("drain:quorum/goquorum-1").focus();
            }"""
        )
        known = """() => [document.activeElement.id, String(getSelection()),
                          document.querySelector("#changes ol").scrollTop]"""
        before = page.evaluate(known)
        self.assertIn("connection refused", before[1])
        self.set(pools=[*QUORUM_DOWN[:1], *document()["pools"][1:]], quorumha="0.2.0")
        expect(page.locator("h1 small")).to_have_text("0.2.0")
        self.assertEqual(page.evaluate(known), before)

    def test_too_many_listen(self) -> None:
        """Events are refused: it asks now and then, and shows what it finds."""
        from playwright.sync_api import expect

        self.no_events()
        page = self.live()
        self.set(quorumha="0.2.0")
        expect(page.locator("h1 small")).to_have_text("0.2.0")
        self.assertEqual([one for one in self.said if "status of 503" not in one], [])
        page.close()
        self.said.clear()


class LostTests(PageCase):
    """The proxy is gone."""

    def stand_in(self) -> StandIn:
        """One of its own, which is killed."""
        self.process = StandIn()
        self.addCleanup(self.process.end)
        return self.process

    def test_lost(self) -> None:
        """It says so, and says of when is what it shows; nobody takes it for the truth."""
        from playwright.sync_api import expect

        page = self.live()
        self.process.child.kill()
        expect(page.locator("#live")).to_contain_text("Not live: what you see is of 22:00:00 UTC.")
        expect(page.locator("html")).to_have_class("live lost")
        # That the proxy is not there is in the console, too.
        self.assertEqual([one for one in self.said if "ERR_" not in one], [])
        page.close()
        self.said.clear()


class ForeignTextTests(PageCase):
    """Names come from a file, causes from nodes."""

    def test_nothing_of_it_runs(self) -> None:
        from playwright.sync_api import expect

        evil = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'"
        page = self.live()
        dialogs: list[Any] = []
        page.on("dialog", lambda one: (dialogs.append(one), one.dismiss()))
        told = {
            "pools": [pool("p", down(evil, cause=evil, next=evil))],
            "listeners": [listener(evil, "http", "p")],
            "changes": [],
            "quorumha": evil,
        }
        self.set(**told)
        expect(page.locator("h1 small")).to_have_text(evil)
        expect(page.locator(".member strong")).to_have_text(evil)
        page.locator(".member button").first.click()
        expect(page.locator("#ask-what")).to_have_text(f"Disable {evil} of pool p?")
        self.assertEqual((dialogs, page.locator("img").count()), ([], 0))


class ScriptsOffTests(PageCase):
    """Without scripts."""

    def test_whole(self) -> None:
        """Causes and numbers are there; buttons, which could do nothing, are not."""
        from playwright.sync_api import expect

        page = self.open(self.url, java_script_enabled=False)
        expect(page.locator("#headline")).to_contain_text("Everything is served, without")
        expect(page.locator(".member .sentence").nth(1)).to_contain_text(
            "connection refused. Checked again every 1 s"
        )
        expect(page.get_by_text("Scripts are off")).to_be_visible()
        self.assertEqual([one.is_visible() for one in page.locator("button").all() if one.is_visible()], [])

    def test_empty(self) -> None:
        from playwright.sync_api import expect

        self.set(**empty())
        page = self.open(self.url, java_script_enabled=False)
        expect(page.locator("#headline")).to_contain_text("Nothing is served")
