"""How the page looks: light and dark, on a phone, and without colours."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.page_case import PageCase

#: Each visible text: itself, its colour, and the colours behind it from within outwards.
TEXTS = """() => [...document.querySelectorAll("body *")].filter((one) =>
    one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => {
    const behind = [];
    for (let up = one; up; up = up.parentElement) behind.push(getComputedStyle(up).backgroundColor);
    return [one.textContent.trim().slice(0, 40), getComputedStyle(one).color, behind];
  })"""


def luminance(colour: str) -> float:
    """As WCAG 2 has it, of what C{getComputedStyle} says."""
    parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, behind: list[str]) -> float:
    """Of a text to the first thing behind it that has a colour."""
    ground = next(one for one in behind if one != "rgba(0, 0, 0, 0)")
    lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


class LooksTests(PageCase):
    """Readable."""

    def texts(self, page: Any) -> list[tuple[str, str, list[str]]]:
        found: list[tuple[str, str, list[str]]] = page.evaluate(TEXTS)
        self.assertGreater(len(found), 100)
        return found

    def test_light_and_dark(self) -> None:
        """Two grounds, and on each of them every text has enough contrast (WCAG AA: 4.5)."""
        grounds = set()
        for scheme in ("light", "dark"):
            page = self.live(color_scheme=scheme)
            page.get_by_role("button", name="Drain the proxy").click()
            texts = self.texts(page)
            grounds.add(texts[0][2][-2])
            self.assertEqual([one for one in texts if contrast(one[1], one[2]) < 4.5], [], scheme)
        self.assertEqual(len(grounds), 2)

    def test_phone(self) -> None:
        """Nothing is wider than the screen, and buttons are large enough for a thumb."""
        page = self.live(viewport={"width": 360, "height": 740}, has_touch=True)
        self.assertEqual(page.evaluate("document.documentElement.scrollWidth"), 360)
        heights = [one.bounding_box()["height"] for one in page.locator("#shown button").all()]
        self.assertGreaterEqual(min(heights), 32)

    def test_narrow_words(self) -> None:
        """At every width in between, too."""
        page = self.live()
        for width in (480, 600, 768, 960, 1024):
            page.set_viewport_size({"width": width, "height": 800})
            self.assertEqual(page.evaluate("document.documentElement.scrollWidth"), width)

    def test_flow_from_left_to_right(self) -> None:
        """Listeners, routes, the pool, its members stand in this order."""
        page = self.live()
        lane = page.locator(".lane").first
        places = [
            lane.locator(one).first.bounding_box()["x"] for one in (".listener", ".route", ".pool", ".member")
        ]
        self.assertEqual(places, sorted(places))

    def test_states_are_words(self) -> None:
        """Whoever sees no colours reads the state of each member."""
        page = self.live()
        words = page.locator(".member .what > .word").all_inner_texts()
        self.assertEqual(len(words), 8)
        self.assertTrue(all(re.fullmatch(r"\S up|\S down|\S disabled", one.strip()) for one in words), words)
