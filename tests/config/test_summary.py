"""Tests for L{quorumha.config.summary}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.summary import summary
from tests.documents import STARTING_EXAMPLE


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

    def test_marks(self) -> None:
        """What a member is not like the others."""
        text = (
            '[pools.a]\nupstreams = ["tcp:h:1", { endpoint = "tcp:i:1", enabled = false }, '
            '{ endpoint = "tcp:j:1", backup = true, enabled = false }]\n'
            '[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "a"\n'
        )
        self.assertIn(
            "-> a: h:1, i:1 (disabled), j:1 (backup, disabled)", summary(parse_config(text, "q.toml", {}))
        )
