"""The page of promises names tests that are there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.sources import ROOT

PAGE = Path(__file__).parent / "promises.md"


def is_there(name: str) -> bool:
    """Whether a dotted name leads to a test, a test case or a module of tests."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


class PromisesTests(SynchronousTestCase):
    """C{tests/promises.md}."""

    def test_every_test_is_there(self) -> None:
        names = re.findall(r"`(tests\.[\w.]+)`", PAGE.read_text(encoding="utf-8"))
        self.assertGreater(len(names), 60)
        self.assertEqual([name for name in names if not is_there(name)], [])

    def test_every_promise_has_one(self) -> None:
        rows = [
            line
            for line in PAGE.read_text(encoding="utf-8").splitlines()
            if line.startswith("| ") and not line.startswith(("| promise", "| ---"))
        ]
        self.assertEqual([row for row in rows if row.count("`tests.") < 1], [])

    def test_what_you_see_is_there(self) -> None:
        """The pages, and the headings in them."""
        missing = []
        for page, heading in set(re.findall(r"`(docs/[\w/-]+\.md)(?:#([\w-]+))?`", PAGE.read_text("utf-8"))):
            headings = re.findall("^#+ (.+)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
            if heading and heading not in anchors:
                missing.append((page, heading))
        self.assertEqual(missing, [])
