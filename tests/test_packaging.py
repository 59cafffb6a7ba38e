"""What setup.cfg says, against what is on the disk."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parent.parent


def setup_cfg() -> ConfigParser:
    """The parsed file."""
    parsed = ConfigParser(interpolation=None)
    parsed.read(ROOT / "setup.cfg", encoding="utf-8")
    return parsed


def listed(text: str) -> list[str]:
    """The lines of a value."""
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


class PackagesTests(SynchronousTestCase):
    """The list of packages is written by hand, because of twisted.plugins."""

    def test_every_folder_is_listed(self) -> None:
        """Each folder of quorumha with Python in it is a package of the wheel, and no other."""
        folders = {p.parent for p in (ROOT / "quorumha").rglob("*.py")}
        on_disk = {".".join(f.relative_to(ROOT).parts) for f in folders} | {"twisted.plugins"}
        self.assertEqual(set(listed(setup_cfg()["options"]["packages"])), on_disk)

    def test_every_folder_is_a_package(self) -> None:
        """A folder without C{__init__.py} would be found from the checkout only by chance."""
        folders = {p.parent for p in (ROOT / "quorumha").rglob("*.py")}
        self.assertEqual([str(f) for f in folders if not (f / "__init__.py").exists()], [])

    def test_plugins_is_no_package(self) -> None:
        """C{__init__.py} in either folder would hide Twisted's own files."""
        self.assertEqual(list((ROOT / "twisted").rglob("__init__.py")), [])

    def test_typed(self) -> None:
        """The marker that type checkers look for is there and is shipped."""
        self.assertTrue((ROOT / "quorumha" / "py.typed").exists())
        self.assertIn("py.typed", listed(setup_cfg()["options.package_data"]["quorumha"]))

    def test_every_other_file_is_shipped(self) -> None:
        """Files that are read at run time, too, such as the demo's configuration."""
        shipped = {
            f"{package.replace('.', '/')}/{name}"
            for package, names in setup_cfg()["options.package_data"].items()
            for name in listed(names)
        }
        others = {p for p in (ROOT / "quorumha").rglob("*.*") if p.suffix not in (".py", ".pyc", ".cache")}
        self.assertEqual(shipped, {str(p.relative_to(ROOT)) for p in others})


class PluginTests(SynchronousTestCase):
    """What twistd finds."""

    def test_found_once(self) -> None:
        """The service maker is found by Twisted's own search, under its name."""
        found = [p for p in getPlugins(IServiceMaker) if p.tapname == "quorumha"]
        self.assertEqual([p.module for p in found], ["quorumha.tap"])

    def test_description(self) -> None:
        """twistd --help prints it beside the name, so it is one line."""
        (found,) = [p for p in getPlugins(IServiceMaker) if p.tapname == "quorumha"]
        self.assertNotIn("\n", found.description)


class VersionsTests(SynchronousTestCase):
    """The floors of setup.cfg and the environment that tests them."""

    def test_min_versions(self) -> None:
        """min-versions.txt pins every dependency to its floor, with that of a check of databases."""
        wanted = listed(setup_cfg()["options"]["install_requires"])
        wanted += listed(setup_cfg()["options.extras_require"]["postgresql"])
        floors = {re.sub(r"\[.*?\]", "", line).replace(">=", "==") for line in wanted}
        lines = listed((ROOT / "min-versions.txt").read_text(encoding="utf-8"))
        self.assertEqual({line for line in lines if not line.startswith("#")}, floors)

    def test_tools_are_pinned_alike(self) -> None:
        """tox lints with the release that the extra names."""
        (pinned,) = listed(setup_cfg()["options.extras_require"]["lint"])
        self.assertIn(pinned, (ROOT / "tox.ini").read_text(encoding="utf-8"))


class NewsTests(SynchronousTestCase):
    """News fragments become the changelog."""

    def test_names(self) -> None:
        """Each is named as towncrier wants it, and says something."""
        for fragment in (ROOT / "news").iterdir():
            if fragment.name in ("README.md", ".gitignore"):
                continue
            kinds = "breaking|feature|bugfix|doc|removal|misc"
            self.assertRegex(fragment.name, rf"\A\d+\.({kinds})(\.\d+)?\.md\Z")
            self.assertTrue(fragment.read_text(encoding="utf-8").strip(), fragment.name)

    def test_first_line(self) -> None:
        """The changelog begins with the events whose names changed their meaning.

        What towncrier has of one kind for one issue comes in any order, so there is one piece.
        """
        pieces = list((ROOT / "news").glob("*.breaking*.md"))
        self.assertLessEqual(len(pieces), 1)
        first = (pieces or [ROOT / "CHANGELOG.md"])[0].read_text(encoding="utf-8").splitlines()
        told = "`upstream-out` (active checks) is called `upstream-down`, and what was called `upstream-down`"
        self.assertIn(told, first[0] if pieces else "\n".join(first))
