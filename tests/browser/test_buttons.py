"""The buttons of the page: each asks once, sends the token that was typed, and shows what came of it."""

from __future__ import annotations

from typing import Any

from tests.admin.page.test_page_writer import SPLIT, database
from tests.browser.page_case import PageCase
from tests.browser.stand_in import TOKEN


class ButtonTests(PageCase):
    """By mouse."""

    def press(self, page: Any, name: str, token: str | None = TOKEN) -> None:
        """A button, and then in the dialog the one that does it."""
        page.get_by_role("button", name=name, exact=True).click()
        if token is not None:
            page.get_by_label("Token of the admin").fill(token)
        page.locator("#ask-do").click()

    def test_done(self) -> None:
        """The token goes to the API, and nowhere else; the next one needs no typing."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(page, "Disable goquorum-1 of quorum")
        expect(page.locator("#result")).to_have_text(
            "goquorum-1 of pool quorum is disabled. In flight there yet: 2."
        )
        expect(page.locator("dialog")).to_be_hidden()
        bearer = f"Bearer {TOKEN}"
        path = "/api/v1/pools/quorum/upstreams/goquorum-1/disable"
        self.assertEqual(self.posted(), [{"path": path, "query": "", "token": bearer}])
        self.press(page, "Enable goquorum-2 of quorum", token=None)
        expect(page.locator("#result")).to_contain_text("goquorum-2 of pool quorum is enabled.")
        self.assertEqual([one["token"] for one in self.posted()], [bearer, bearer])
        kept = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, location.search]")
        self.assertEqual(kept, [0, 0, "", ""])
        page.reload()
        self.assertEqual(page.get_by_label("Token of the admin").input_value(), "")

    def test_cancelled(self) -> None:
        """By its button and by Escape: nothing is sent, and the focus is where it was."""
        from playwright.sync_api import expect

        page = self.live()
        for leave in (
            lambda: page.get_by_role("button", name="Cancel").click(),
            lambda: page.keyboard.press("Escape"),
        ):
            button = page.get_by_role("button", name="Drain tessera-2 of tessera-p2p", exact=True)
            button.click()
            expect(page.locator("#ask-what")).to_have_text("Drain tessera-2 of pool tessera-p2p?")
            leave()
            expect(page.locator("dialog")).to_be_hidden()
            expect(button).to_be_focused()
        self.assertEqual(self.posted(), [])

    def test_wrong_token(self) -> None:
        """It is said where it was typed, and can be typed again."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(page, "Disable goquorum-1 of quorum", "wrong")
        expect(page.locator("#ask-said")).to_have_text("The token is wrong.")
        expect(page.get_by_label("Token of the admin")).to_be_focused()
        self.expected(401)
        page.get_by_label("Token of the admin").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("#result")).to_contain_text("is disabled")

    def test_no_token(self) -> None:
        """As over the Unix socket: none is sent."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(
            page, "Undrain the proxy" if page.get_by_text("Undrain").count() else "Drain the proxy", None
        )
        expect(page.locator("#ask-said")).not_to_be_empty()
        self.assertEqual([one["token"] for one in self.posted()], [None])
        self.expected(401)

    def test_refused_and_insisted(self) -> None:
        """409: the sentence is shown, and nothing more is sent but by a further button."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(page, "Drain goquorum-1 of quorum")
        expect(page.locator("#ask-said")).to_have_text("No other member of this pool is enabled.")
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        self.expected(409)
        page.get_by_role("button", name="Do it nevertheless").click()
        expect(page.locator("#result")).to_have_text("goquorum-1 of pool quorum is drained.")
        self.assertEqual([one["query"] for one in self.posted()], ["", "force=1"])

    def test_refused_and_nothing_to_insist_on(self) -> None:
        """Who is written to is a word that cannot be forced."""
        from playwright.sync_api import expect

        page = self.live()
        found = database(**SPLIT)
        self.set(pools=found["pools"], listeners=found["listeners"])
        expect(page.get_by_role("heading", level=2).first).to_contain_text("Not served: db.")
        self.press(page, "Use a of db")
        expect(page.locator("#ask-said")).to_have_text("db: a: it is read-only.")
        self.expected(409)
        expect(page.get_by_role("button", name="Do it nevertheless")).to_be_hidden()
        self.assertEqual([one["path"] for one in self.posted()], ["/api/v1/pools/db/upstreams/a/use"])

    def test_refused_reload(self) -> None:
        """Each problem has its line, as text."""
        from playwright.sync_api import expect

        page = self.live()
        self.press(page, "Reload the file")
        expect(page.locator("#result p")).to_have_text("Refused; what ran before runs on.")
        expect(page.locator("#result li")).to_have_text(
            ["q.toml:3: <b>no such key</b>", "q.toml:9: no pool 'x'"]
        )
        self.expected(422)


class KeyboardTests(PageCase):
    """Without a mouse."""

    def test_disable(self) -> None:
        from playwright.sync_api import expect

        page = self.live()
        page.keyboard.press("Tab")
        expect(page.get_by_text("To listeners, pools and members")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Disable goquorum-1 of quorum")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Token of the admin")).to_be_focused()
        page.keyboard.type(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("#result")).to_contain_text("goquorum-1 of pool quorum is disabled.")
        expect(page.get_by_role("button", name="Disable goquorum-1 of quorum")).to_be_focused()

    def test_everything_can_be_reached(self) -> None:
        """By Tab, in the order of the page: the strip, too, as it can be scrolled."""
        page = self.live()
        reached = []
        for _ in range(60):
            page.keyboard.press("Tab")
            where = page.evaluate("document.activeElement.id || document.activeElement.tagName")
            if where in reached or where == "BODY":
                break
            reached.append(where)
        self.assertEqual(reached[:3], ["A", "reload", "process"])
        self.assertEqual(reached[-1], "OL")
        buttons = page.evaluate("[...document.querySelectorAll('#shown button')].map((one) => one.id)")
        self.assertEqual([one for one in reached if one in buttons], buttons)
