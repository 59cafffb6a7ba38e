"""Tests for L{bench.reload_arms}: what the files say."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.reload_arms import ARMS, FIRST, STEPS, Quorumha
from quorumha.app.kinds import parse_config
from quorumha.errors import ConfigError


class FilesTests(SynchronousTestCase):
    def test_each_differs(self) -> None:
        """From the one before it, and the first from what is started."""
        for kind in ARMS:
            arm = kind([1, 2, 3], Path("folder"), [8001, 8002])
            texts = [arm.text(step) for step in (FIRST, *STEPS, STEPS[0])]
            for one, other in pairwise(texts):
                self.assertNotEqual(one, other, kind.name)

    def test_four_of_twenty_are_wrong(self) -> None:
        self.assertEqual([step.wrong for step in STEPS].count(True) * 20 // len(STEPS), 4)

    def test_ours(self) -> None:
        """They are refused where they shall be, and have what the step says."""
        arm = Quorumha([1, 2, 3], Path("folder"), [8001, 8002])
        for step in STEPS:
            if step.wrong:
                self.assertRaises(ConfigError, parse_config, arm.text(step), "q.toml", {})
                continue
            config = parse_config(arm.text(step), "q.toml", {})
            self.assertEqual(len(config.pools["p"].upstreams), len(step.nodes))
            self.assertEqual(len(config.listeners), 1 + step.second)
            self.assertEqual(config.listeners["l"].max_connections == 500, step.limits)
