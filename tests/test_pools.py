"""From a configuration to pools and their checks."""

from __future__ import annotations

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config import parse_config
from quorumha.config.model import Config
from quorumha.health.checks import HealthChecks
from quorumha.pools import kind_of_check, make_checks, make_pool


def config_of(*serves: str, check: str = "auto", more: str = "") -> Config:
    listeners = "".join(
        f'[listeners.l{n}]\nlisten = "tcp:{n + 1}"\nserve = "{serve}"\npool = "a"\n'
        for n, serve in enumerate(serves)
    )
    text = '[pools.a]\nupstreams = ["tcp:10.0.0.1:1", { endpoint = "tcp:10.0.0.2:1", enabled = false }]\n'
    return parse_config(f'{text}check = "{check}"\n{more}{listeners}', "q.toml", {})


class PoolsTests(SynchronousTestCase):
    """L{make_pool} and L{make_checks}."""

    def test_the_operators_word(self) -> None:
        config = config_of("tcp", more="slow_start = 3\n")
        pool = make_pool(MemoryReactorClock(), config.pools["a"])
        self.assertEqual([m.enabled for m in pool.members], [True, False])
        self.assertEqual([m and m.upstream.name for m in (pool.candidates().take(0),)], ["10.0.0.1:1"])

    def test_names(self) -> None:
        """Whose host is a name is known as such."""
        listener = '[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "a"\n'
        for upstream, named in [
            ("tcp:10.0.0.1:1", False),
            ("tcp:[2001:db8::1]:1", False),
            ("tcp:node:1", True),
            ("http://node:1", True),
            ("unix:/run/node", False),
        ]:
            config = parse_config(f'[pools.a]\nupstreams = ["{upstream}"]\n{listener}', "q.toml", {})
            pool = make_pool(MemoryReactorClock(), config.pools["a"])
            self.assertEqual(pool.members[0].upstream.named, named, upstream)

    def test_auto(self) -> None:
        """The best question that the nodes understand."""
        for serves, expected in [
            (("tcp",), "connect"),
            (("http",), "connect"),
            (("tessera-q2t",), "tessera"),
            (("tessera-q2t", "tcp"), "tessera"),
            (("tessera-p2p",), "http"),
            (("tessera-p2p", "tessera-thirdparty"), "http"),
            (("tessera-p2p", "tcp"), "connect"),
        ]:
            config = config_of(*serves)
            self.assertEqual(kind_of_check(config.pools["a"], config.listeners.values()), expected, serves)

    def test_said(self) -> None:
        """What is said holds."""
        config = config_of("tessera-q2t", check="connect")
        self.assertEqual(kind_of_check(config.pools["a"], config.listeners.values()), "connect")

    def test_every_kind_can_be_made(self) -> None:
        reactor = MemoryReactorClock()
        for serve in ("tcp", "tessera-q2t", "tessera-p2p"):
            config = config_of(serve)
            pool = make_pool(reactor, config.pools["a"])
            checks = make_checks(reactor, pool, config.pools["a"], config.listeners.values(), None)
            self.assertIsInstance(checks, HealthChecks)
            checks.start()
            self.successResultOf(checks.stop())
            self.assertEqual(reactor.getDelayedCalls(), [])
