"""Every example in a docstring is run."""

from __future__ import annotations

import doctest
import importlib

from twisted.trial.unittest import SynchronousTestCase

from tests.sources import sources

#: Importing these does something, or needs a process of its own.
NOT_IMPORTED = {"quorumha.__main__"}


class DoctestTests(SynchronousTestCase):
    """All modules of the package."""

    def test_examples(self) -> None:
        attempted = 0
        failed = []
        for source in sources("quorumha"):
            if source.module in NOT_IMPORTED or ">>>" not in source.text:
                continue
            result = doctest.testmod(importlib.import_module(source.module))
            attempted += result.attempted
            if result.failed:
                failed.append(source.module)
        self.assertEqual(failed, [])
        self.assertGreater(attempted, 5)
