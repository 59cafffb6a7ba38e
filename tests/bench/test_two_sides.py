"""Tests for L{bench.two_sides}."""

from __future__ import annotations

import argparse
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import ROOT
from bench.two_sides import Side, add_sides, two_sides

RPC = "goquorum-rpc"


class TwoSidesTests(SynchronousTestCase):
    """What a command line has stand beside each other."""

    def read(self, *arguments: str) -> list[Side]:
        parser = argparse.ArgumentParser()
        add_sides(parser)
        _, *sides = two_sides(parser, arguments)
        return sides

    def test_two_checkouts(self) -> None:
        """Both serve the same."""
        for named, serve in (((), "http"), (("--serve", RPC), RPC)):
            wanted = [Side("before", Path("/").resolve(), serve), Side("after", ROOT, serve)]
            self.assertEqual(self.read("/", *named), wanted)

    def test_two_kinds(self) -> None:
        """Without another checkout it is plain HTTP that stands beside it."""
        self.assertEqual(self.read("--serve", RPC), [Side("http", ROOT, "http"), Side(RPC, ROOT, RPC)])

    def test_nothing_beside(self) -> None:
        """HTTP of one checkout stands beside nothing."""
        self.assertRaises(SystemExit, self.read)
