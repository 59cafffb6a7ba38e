"""The fixtures, in a run of pytest of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.documents import ROOT, blocks

PAGE = "docs/howto/test-a-configuration.md"


class FixtureTests(SynchronousTestCase):
    def test_as_the_page_has_it(self) -> None:
        """Its files, saved as it says, pass."""
        folder = Path(self.mktemp())
        folder.mkdir()
        conftest, tests, goquorums = [block for block in blocks("python") if block.page == PAGE]
        (folder / "conftest.py").write_text(conftest.text, encoding="utf-8")
        (folder / "test_proxy.py").write_text(tests.text, encoding="utf-8")
        (folder / "test_goquorums.py").write_text(goquorums.text, encoding="utf-8")
        for example, name in (("beside-goquorum", "quorumha"), ("json-rpc", "json-rpc")):
            text = (ROOT / "docs" / "examples" / f"{example}.toml").read_text(encoding="utf-8")
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-c",
                "/dev/null",
                "--rootdir=.",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("4 passed", ran.stdout)
