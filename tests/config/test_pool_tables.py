"""Tests for L{quorumha.config.pool_tables}."""

from __future__ import annotations

from quorumha.app.kinds import parse_config
from tests.config.told import LISTENER, POOL, ToldTestCase


class PoolTests(ToldTestCase):
    """C{[pools.NAME]}."""

    def test_upstreams(self) -> None:
        """The members of a pool."""
        for written, told in [
            ("[]", "1 pools.a.upstreams: names no upstream"),
            ('"http://h:1"', "1 pools.a.upstreams: must be an array in [ ], not text"),
            ("[1]", "14 pools.a.upstreams[0]: must be text or a table with `endpoint`, not a number"),
            ('[""]', "14 pools.a.upstreams[0]: must be text or a table with `endpoint`, not empty"),
            ("[{ weight = 1 }]", "14 pools.a.upstreams[0]: lacks `endpoint`"),
            ('[{ endpoint = "tcp:h:1", weight = 0 }]', "38 pools.a.upstreams[0].weight: 0 is less than 1"),
            ('[{ endpoint = "tcp:h:1", tls = true }]', "38 pools.a.upstreams[0].tls: unknown key"),
            (
                '[{ endpoint = "tcp:h:1", authority = "a b" }]',
                "38 pools.a.upstreams[0].authority: 'a b' is not",
            ),
            (
                '[{ endpoint = "tcp:h:1", backup = "yes" }]',
                "38 pools.a.upstreams[0].backup: must be true or false, without quotes",
            ),
            ('[{ endpoint = "tcp:h:1", backup = true }]', "1 pools.a.upstreams: has backups alone"),
            ('["http://h:1", "tcp:h:1"]', "28 pools.a.upstreams[1]: 'h:1' is the name of upstreams[0] too"),
            ('[{ endpoint = "unix:@x" }]', "16 pools.a.upstreams[0].endpoint: an abstract socket name"),
        ]:
            self.check(f"[pools.a]\nupstreams = {written}\n{LISTENER}", f"q.toml:2:{told}")

    def test_tls_at_odds(self) -> None:
        """A pool's TLS and what its upstreams say must agree."""
        for upstream, told in [("http://h:1", "http:// is plain"), ("tls:h:1", "this endpoint brings TLS")]:
            text = f'[pools.a]\ntls = {{}}\nupstreams = ["{upstream}"]\n{LISTENER}'
            self.check(text, f"q.toml:3:14 pools.a.upstreams[0]: {told}")
        text = POOL + '[listeners.l]\nlisten = "systemd:domain=INET:name=a"\npool = "a"\ntls = {}\n'
        self.check(text, "q.toml:6:1 listeners.l.tls: lacks `cert` and `key`")
        self.check(
            POOL + LISTENER + 'tls = { cert = "/nowhere" }\n',
            "q.toml:6:9 listeners.l.tls.cert: `cert` needs `key` beside it",
        )

    def test_tls_of_a_pool(self) -> None:
        """https says TLS; so does the pool's table, for endpoint strings."""
        text = '[pools.a]\nupstreams = ["https://h:1", "tcp:i:1"]\n' + LISTENER
        plain = parse_config(text, "q.toml", {}).pools["a"]
        self.assertEqual([member.tls for member in plain.upstreams], [True, False])
        secured = parse_config(text.replace("\n[lis", '\ntls = { name = "n" }\n[lis'), "q.toml", {}).pools[
            "a"
        ]
        self.assertEqual([member.tls for member in secured.upstreams], [True, True])
        assert secured.tls is not None
        self.assertEqual(secured.tls.name, "n")
