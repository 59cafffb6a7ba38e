"""Blocks put into a page."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.page import fill
from bench.studies import STUDIES
from bench.works import WORKS
from tests.documents import ROOT

PAGE = "before\n<!-- bench: one -->\nold\n<!-- end -->\nbetween\n<!-- bench: two-b -->\nkept\n<!-- end -->\n"


class FillTests(SynchronousTestCase):
    """L{fill}."""

    def test_replaces_what_was_measured(self) -> None:
        """Only what stands between the marks of that name."""
        self.assertEqual(
            fill(PAGE, {"one": "new\n", "other": "x"}),
            PAGE.replace("\nold\n", "\n\nnew\n\n"),
        )

    def test_again(self) -> None:
        """Filling twice is the same as once."""
        once = fill(PAGE, {"one": "new\n", "two-b": "too\n"})
        self.assertEqual(fill(once, {"one": "new\n", "two-b": "too\n"}), once)

    def test_backslashes(self) -> None:
        """What is put in is taken as it is."""
        self.assertIn("\\1 \\g<name>", fill(PAGE, {"one": "\\1 \\g<name>"}))


class ThePageTests(SynchronousTestCase):
    """docs/explanation/performance.md."""

    def test_has_a_place_for_everything(self) -> None:
        """Each work and study has its block, and no block is misspelt."""
        text = (ROOT / "docs" / "explanation" / "performance.md").read_text(encoding="utf-8")
        names = {*WORKS, *STUDIES, "overview", "commit"}
        filled = fill(text, dict.fromkeys(names, "MARK"))
        self.assertEqual(filled.count("MARK"), len(names))
        self.assertEqual(text.count("<!-- bench: "), len(names))
