"""Tests for L{quorumha.config.summary}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config import parse_config
from quorumha.config.describe import STARTING_EXAMPLE
from quorumha.config.summary import summary


class SummaryTests(SynchronousTestCase):
    """A configuration in a few lines."""

    def test_example(self) -> None:
        """Listeners, routes, pools, backups and copies."""
        self.assertEqual(
            summary(parse_config(STARTING_EXAMPLE, "q.toml", {})).splitlines(),
            [
                "  q2t  unix:/var/lib/quorum/tm.ipc:mode=600  http",
                "         -> tessera-q2t: 10.0.0.11:9101, 10.0.0.12:9101",
                "  rpc  tcp:22000  tcp",
                "         -> quorum: 10.0.0.21:22000, 10.0.0.22:22000 (backup)",
                "  p2p  tcp:9001  http",
                "         =/partyinfo -> tessera-p2p-first: 10.0.0.11:9001, 10.0.0.12:9001 (backup), "
                "copies to others",
                "         /push -> tessera-p2p: 10.0.0.11:9001, 10.0.0.12:9001",
            ],
        )
