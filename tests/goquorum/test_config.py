"""Tests for L{quorumha.goquorum.config}."""

from __future__ import annotations

from quorumha.app.kinds import parse_config
from quorumha.goquorum.config import BODY_LIMIT, MethodOverride
from tests.config.told import ToldTestCase
from tests.goquorum.test_config_checks import config


class ReadTests(ToldTestCase):
    """Keys of a listener."""

    def test_defaults(self) -> None:
        """Those of the issue: web3.py's time, a node's limits."""
        settings = parse_config(config(), "q.toml", {}).listeners["rpc"].settings
        self.assertEqual((settings.client_timeout, settings.limits.body_limit), (30.0, BODY_LIMIT))
        self.assertEqual(
            (settings.acknowledge, settings.unseen, settings.monotonic), ("spread", "refuse", True)
        )
        self.assertEqual(
            (settings.batch_limit, settings.in_flight_limit, settings.memory), (1000, 100, 100_000)
        )
        self.assertEqual(settings.forward.host, "upstream")
        self.assertEqual((settings.message_limit, settings.client_buffer), (15 * 1024**2, 4 * 1024**2))
        self.assertEqual((settings.ping_interval, settings.resume_timeout), (30.0, 30.0))
        self.assertEqual((settings.resume_blocks, settings.subscription_limit), (1000, 100))
        self.assertEqual(settings.response_limit, 16 * 1024**2)

    def test_methods(self) -> None:
        text = config(listener='methods = [{ name = "plugin@x_*", treat_as = "read", secret = true }]')
        settings = parse_config(text, "q.toml", {}).listeners["rpc"].settings
        self.assertEqual(settings.methods, (MethodOverride("plugin@x_*", "read", None, True),))

    def test_no_pool(self) -> None:
        self.check(
            '[listeners.rpc]\nlisten = "tcp:1"\nserve = "goquorum-rpc"\n',
            "q.toml:1:12 listeners.rpc: lacks `pool`",
        )

    def test_keys_of_forwarding(self) -> None:
        """What each method's class decides is not to be set."""
        self.check(
            config(listener="tries = 2\nfirst_byte_timeout = 1\nreplay_limit = 7"),
            "q.toml:11:1 listeners.rpc.tries: is decided for each method here",
            "q.toml:12:1 listeners.rpc.first_byte_timeout: is decided for each method here",
            "q.toml:13:1 listeners.rpc.replay_limit: means nothing here: each message is read whole",
        )
