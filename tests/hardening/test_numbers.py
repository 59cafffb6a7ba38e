"""Each C{NN.txt}: a line that says what is asked for, then dotted names of the tests that hold it."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.test_promises import is_there


class NumberTests(SynchronousTestCase):
    """The lists name tests that are there."""

    def test_every_test_is_there(self) -> None:
        pages = sorted(Path(__file__).parent.glob("[0-9][0-9].txt"))
        self.assertTrue(pages)
        for page in pages:
            _, *names = page.read_text(encoding="utf-8").split("\n")
            names = [name for name in names if name and not name.startswith("#")]
            self.assertTrue(names, page.name)
            self.assertEqual([name for name in names if not is_there(name)], [], page.name)
