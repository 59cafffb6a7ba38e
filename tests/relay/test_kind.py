"""Tests for L{quorumha.relay.kind}."""

from __future__ import annotations

from quorumha.app.kinds import parse_config
from tests.app.explained import told
from tests.config.told import ToldTestCase, problems_of

BACKUP = 'upstreams = ["tcp:h:1", { endpoint = "tcp:i:1", backup = true }]\n'
RELAY = '[listeners.l]\nlisten = "tcp:80"\npool = "a"\nserve = "tcp"\n'
HTTP = 'check = { kind = "http", path = "/" }\n'


class RelayTests(ToldTestCase):
    """C{on_down} and C{fail_back} of pools, C{idle_timeout} of listeners."""

    def test_values(self) -> None:
        for keys, on_down, fail_back in (
            ("", "keep", 0.0),
            ('on_down = "keep"\nfail_back = 0\n', "keep", 0.0),
            ('on_down = "close"\nfail_back = "10s"\n', "close", 10.0),
        ):
            pool = parse_config(f"[pools.a]\n{BACKUP}{keys}{HTTP}{RELAY}", "q.toml", {}).pools["a"]
            self.assertEqual((pool.on_down, pool.fail_back), (on_down, fail_back))
        self.assertIn("on_down", problems_of(f'[pools.a]\n{BACKUP}on_down = "shut"\n{RELAY}')[0])

    def warns(self, text: str, *told: str) -> None:
        """These warnings, each by the beginning of what follows its place."""
        warnings = parse_config(text, "q.toml", {}).warnings
        self._begin([warning.partition(" ")[2] for warning in warnings], told)

    def test_well(self) -> None:
        self.warns(f'[pools.a]\n{BACKUP}{HTTP}on_down = "close"\nfail_back = "10s"\n{RELAY}')
        self.warns(f'[pools.a]\n{BACKUP}on_down = "close"\n{RELAY}')

    def test_fail_back_by_checks_that_only_connect(self) -> None:
        """Two databases that both take writes are worse than one that is far away."""
        for check in ("", 'check = "connect"\n'):
            self.warns(
                f"[pools.a]\n{BACKUP}{check}fail_back = 5\n{RELAY}", "pools.a.fail_back: the checks only"
            )

    def test_comes_to_nothing(self) -> None:
        self.warns(
            f'[pools.a]\nupstreams = ["tcp:h:1"]\n{HTTP}fail_back = 5\n{RELAY}',
            "pools.a.fail_back: comes to nothing: no upstream is a backup",
        )
        self.warns(
            f'[pools.a]\n{BACKUP}check = "off"\non_down = "close"\n{RELAY}',
            "pools.a.on_down: comes to nothing: without checks",
        )
        self.warns(
            f'[pools.a]\n{BACKUP}{HTTP}on_down = "close"\nfail_back = 5\n[listeners.l]\nlisten = "tcp:1"\n'
            'pool = "a"\n',
            "pools.a.on_down: comes to nothing: no listener",
            "pools.a.fail_back: comes to nothing: no listener",
        )

    def test_keeps_no_connection(self) -> None:
        """C{keepalive} is for requests; a pool that has these as well keeps some."""
        pool = f"[pools.a]\n{BACKUP}keepalive = 3\nkeepalive_idle = 9\n"
        why = "comes to nothing: a relayed connection is never used again"
        self.warns(pool + RELAY, f"pools.a.keepalive: {why}", f"pools.a.keepalive_idle: {why}")
        self.warns(f'{pool}{RELAY}[listeners.m]\nlisten = "tcp:81"\npool = "a"\n')

    def test_idle_timeout(self) -> None:
        """C{check} says what has no limit."""
        pool = f"[pools.a]\n{BACKUP}"
        self.warns(f"{pool}{RELAY}idle_timeout = 0\n", "listeners.l.idle_timeout: no limit")
        self.warns(f"{pool}{RELAY}")
        self.warns(f"{pool}{RELAY}idle_timeout = 5\n")

    def test_relayed_connections(self) -> None:
        """What ends them is told of a pool that a relay uses, and of no other."""
        relay = '[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "r"\n'
        pool = '[pools.r]\nupstreams = ["tcp:a:1", { endpoint = "tcp:b:1", backup = true }]\n'
        other = '[listeners.m]\nlisten = "tcp:2"\npool = "t"\n'
        on_down = "  relayed connections of a member that its checks put down {}"
        fail_back = "  relayed connections of a backup {}"
        lines = told(pool + relay + other)
        self.assertEqual(
            [line for line in lines if "relayed connections" in line],
            [on_down.format("go on"), fail_back.format("stay")],
        )
        lines = told(f'{pool}check = {{ kind = "http" }}\non_down = "close"\nfail_back = "10s"\n{relay}')
        self.assertIn(on_down.format("end [changed: on_down]"), lines)
        self.assertIn(fail_back.format("end once another has been up for 10 s [changed: fail_back]"), lines)
