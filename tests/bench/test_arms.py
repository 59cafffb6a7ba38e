"""Which arms there are: other interpreters may be added."""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.arms import add_python, twistd_command
from bench.processes import NotStarted


class PythonTests(SynchronousTestCase):
    """L{add_python}."""

    def test_named_by_its_version(self) -> None:
        """This one has what quorumha needs."""
        version = ".".join(map(str, sys.version_info[:3]))
        self.assertEqual(add_python(sys.executable), f"quorumha, Python {version}")

    def test_runs_its_own_twistd(self) -> None:
        """Not that of the interpreter that measures."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "twistd").touch()
        command = twistd_command(Path("q.toml"), str(folder / "python"))
        self.assertEqual(command[:2], [str(folder / "python"), str(folder / "twistd")])

    def test_not_there(self) -> None:
        """Said by its path."""
        error = self.assertRaises(NotStarted, add_python, "/no/such/python")
        self.assertIn("/no/such/python cannot be run", str(error))

    def test_lacks_something(self) -> None:
        """What an import says is told."""
        folder = Path(self.mktemp())
        folder.mkdir()
        bare = folder / "python"
        bare.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'twisted'\" >&2\nexit 1\n")
        bare.chmod(0o755)
        error = self.assertRaises(NotStarted, add_python, str(bare.absolute()))
        self.assertIn("lacks what quorumha needs: ModuleNotFoundError", str(error))
