"""Tests for L{quorumha.goquorum.kind}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from tests.app.explained import told
from tests.config.told import ToldTestCase
from tests.goquorum.test_config_checks import config


class CheckTests(ToldTestCase):
    """C{check = { kind = "goquorum" }}."""

    def test_auto(self) -> None:
        """What C{auto} means where such a listener uses the pool, whoever else does."""
        for serves in (("goquorum-rpc",), ("goquorum-rpc", "http"), ("http", "goquorum-rpc")):
            others = "".join(
                f'[listeners.l{n}]\nlisten = "tcp:{n}"\nserve = "{serve}"\npool = "quorum"\n'
                for n, serve in enumerate(serves, 1)
            )
            asked = parse_config(config() + others, "q.toml", {}).pools["quorum"].check.asked
            assert asked is not None
            self.assertEqual(asked.name, "goquorum", serves)

    def test_keys(self) -> None:
        """They mean nothing to other kinds."""
        self.warns(config(pool='check = { lag = "5s", peers = 0, private_state = "1m" }'))
        self.check(
            config(pool='check = { kind = "http", lag = "5s" }'),
            'q.toml:6:26 pools.quorum.check.lag: means nothing with kind = "http"',
        )


class ExplainedTests(SynchronousTestCase):
    """C{quorumha check --explain}."""

    def test_explained(self) -> None:
        asks = (
            "  check goquorum (auto): POST of eth_blockNumber, eth_syncing, net_peerCount and raft_cluster;"
            " good is who answers, and does not sync while another member does not;"
        )
        raft = " no transactions without a minter and a majority of raft"
        self.assertIn(
            f"{asks} behind is who lacks what the best one had 2 s ago (lag);{raft}, or fewer than 1 peers"
            " while another member has them (peers); every 10 s private state is compared (private_state)",
            told(config()),
        )
        nothing = 'check = { lag = "0s", peers = 0, private_state = "0s" }'
        self.assertIn(f"{asks}{raft} [changed: lag, peers, private_state]", told(config(pool=nothing)))
