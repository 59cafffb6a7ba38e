"""The public names: what C{import quorumha} gives, and what the reference says of them."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module

from attrs import fields_dict, has
from twisted.trial.unittest import SynchronousTestCase

import quorumha
from quorumha import events
from tests.documents import ROOT


def listed() -> dict[str, str]:
    """The names on the page, each with its home."""
    text = (ROOT / "docs" / "reference" / "names.md").read_text(encoding="utf-8")
    text = text.partition("## Facts")[0]
    rows = re.findall(r"^\| (`[^|]*)\|[^|]*(?:\[[^|]*)?\| `([\w.]+)` \|$", text, re.MULTILINE)
    return {name: home for names, home in rows for name in re.findall(r"`(\w+)`", names)}


def given() -> dict[str, str]:
    """The names that type checkers see, each with its home."""
    text = (ROOT / "quorumha" / "__init__.pyi").read_text(encoding="utf-8")
    return {
        name: home for home, name in re.findall(r"^from ([\w.]+) import (\w+) as \2$", text, re.MULTILINE)
    }


class PublicNamesTests(SynchronousTestCase):
    """C{from quorumha import ...}."""

    def test_page_and_package_say_the_same(self) -> None:
        """No name is missing on either side, and each has the home that the page names."""
        self.assertEqual(listed(), given())
        self.assertGreater(len(given()), 40)

    def test_each_is_there(self) -> None:
        """It is the very thing of its home, and C{dir} names it."""
        for name, home in given().items():
            self.assertIs(getattr(quorumha, name), getattr(import_module(home), name), name)
            self.assertIn(name, dir(quorumha))

    def test_all_at_once(self) -> None:
        """A star brings them, as type checkers see it."""
        names: dict[str, object] = {}
        exec("from quorumha import *", names)
        self.assertEqual(names.keys() - {"__builtins__"}, given().keys())

    def test_each_says_what_for(self) -> None:
        """Each has a docstring of its own."""
        for name in given():
            self.assertTrue((getattr(quorumha, name).__doc__ or "").strip(), name)

    def test_no_others(self) -> None:
        """What is not public is not there; a module is imported as ever."""
        for name in ("nothing", "_homes_of", "Bridge"):
            with self.assertRaises(AttributeError):
                getattr(quorumha, name)
        from quorumha import errors

        self.assertIs(errors.QuorumhaError, quorumha.QuorumhaError)

    def test_costs_nothing_before_it_is_used(self) -> None:
        """C{import quorumha} imports no other module of ours, nor Twisted; no name brings a reactor."""
        seen = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys, quorumha\n"
                "print([m for m in sys.modules if m.startswith(('quorumha.', 'twisted'))])\n"
                "for name in dir(quorumha): getattr(quorumha, name)\n"
                "print('twisted.internet.reactor' in sys.modules)",
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual((seen.stdout, seen.stderr), ("[]\nFalse\n", ""))


class FactsTests(SynchronousTestCase):
    """The table of facts."""

    def test_each_stands_there(self) -> None:
        """With all that it says, in its order."""
        text = (ROOT / "docs" / "reference" / "names.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", text.partition("## Facts")[2], re.MULTILINE)
        kinds = {name: kind for name, kind in vars(events).items() if isinstance(kind, type) and has(kind)}
        made = {name: list(fields_dict(kind)) for name, kind in kinds.items() if kind is not events.Origin}
        self.assertEqual({name: re.findall(r"`(\w+)`", said) for name, said in rows}, made)
