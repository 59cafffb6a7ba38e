"""How the upstreams of a pool are checked: C{check}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.model import CheckConfig
from quorumha.health.kind import CONNECT
from tests.config.told import problems_of

LISTENER = '[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "a"\n'


def pool(check: str) -> str:
    return f'[pools.a]\nupstreams = ["tcp:h:1"]\n{check}\n{LISTENER}'


class CheckTests(SynchronousTestCase):
    """Text, or a table."""

    def test_text(self) -> None:
        config = parse_config(pool('check = "off"'), "q.toml", {})
        self.assertEqual(config.pools["a"].check, CheckConfig("off"))
        self.assertEqual(
            parse_config(pool(""), "q.toml", {}).pools["a"].check, CheckConfig("auto", asked=CONNECT)
        )

    def test_problems(self) -> None:
        told = problems_of(
            pool('check = { kind = "connect", path = "/x", interval = 0, rise = 0, often = 1 }')
        )
        keys = [problem.split("\n")[0].split(": ")[0].split(" ")[1] for problem in told]
        self.assertEqual(
            sorted(keys), [f"pools.a.check.{key}" for key in ("interval", "often", "path", "rise")]
        )
        (told_text,) = problems_of(pool('check = "sometimes"'))
        self.assertIn(
            "'sometimes' is not one of auto, connect, http, tessera, goquorum, postgresql, patroni, off",
            told_text,
        )
        (told_status,) = problems_of(pool("check = { statuses = [99] }"))
        self.assertIn("99 is less than 100", told_status)

    def test_nobody_enabled(self) -> None:
        text = f'[pools.a]\nupstreams = [{{ endpoint = "tcp:h:1", enabled = false }}]\n{LISTENER}'
        (warning,) = parse_config(text, "q.toml", {}).warnings
        self.assertIn("no upstream is enabled", warning)
