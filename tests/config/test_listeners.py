"""Tests for L{quorumha.config.listeners}."""

from __future__ import annotations

from quorumha.config import parse_config
from tests.config.told import LISTENER, POOL, ToldTestCase, problems_of


class ListenerTests(ToldTestCase):
    """C{[listeners.NAME]} and its routes."""

    def test_idle_timeout(self) -> None:
        """How long a connection may idle depends on what it carries and where, unless given."""
        text = POOL + "".join(
            f'[listeners.l{n}]\npool = "a"\n{keys}\n'
            for n, keys in enumerate(
                [
                    'listen = "tcp:1"',
                    'listen = "unix:/a"',
                    'listen = "tcp:2"\nserve = "tcp"',
                    'listen = "unix:/b"\nidle_timeout = "2m"',
                    'listen = "systemd:domain=UNIX:name=q"',
                    'listen = "systemd:domain=INET:name=p"',
                ]
            )
        )
        listeners = parse_config(text, "q.toml", {}).listeners.values()
        self.assertEqual(
            [listener.idle_timeout for listener in listeners], [300.0, 0.0, 3600.0, 120.0, 0.0, 300.0]
        )

    def test_listeners(self) -> None:
        """The keys of a listener."""
        for keys, told in [
            ('listen = "tcp:1"', "3:12 listeners.l: has neither `pool` nor `routes`"),
            ('pool = "a"', "3:12 listeners.l: lacks `listen`"),
            ('listen = "unix:@x"\npool = "a"', "4:1 listeners.l.listen: an abstract socket name"),
            ('listen = "tcp:1"\npool = "a"\nbalance = "x"', "6:1 listeners.l.balance: unknown key"),
            ('listen = "tcp:1"\npool = "a"\nstop_timeout = 1', "6:1 listeners.l.stop_timeout: unknown key"),
            (
                'listen = "tcp:1"\npool = "a"\nforwarded = "on"',
                "6:1 listeners.l.forwarded: 'on' is not one of",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = ["099"]',
                "6:18 listeners.l.next_upstream[0]: '099'",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = ["600"]',
                "6:18 listeners.l.next_upstream[0]: '600'",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = [404]',
                '6:18 listeners.l.next_upstream[0]: 404 is a number; write "404"',
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = ["http_404"]',
                "6:18 listeners.l.next_upstream[0]: 'http_404' is nginx's word; did you mean '404'?",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nnext_upstream = "error"',
                "6:1 listeners.l.next_upstream: must be an array in [ ], not text",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nhost = "a\\r\\nb"',
                "6:1 listeners.l.host: 'a\\r\\nb' is not a host",
            ),
            (
                'listen = "tcp:1"\npool = "a"\nserve = "tcp"\nforwarded = "off"',
                '7:1 listeners.l.forwarded: means nothing with serve = "tcp"',
            ),
            (
                'listen = "tcp:1"\npool = "a"\nserve = "tcp"\nroutes = [{ path = 1 }]',
                '7:1 listeners.l.routes: means nothing with serve = "tcp"',
            ),
        ]:
            self.check(f"{POOL}[listeners.l]\n{keys}\n", f"q.toml:{told}")

    def test_routes(self) -> None:
        """The keys of a route."""
        for routes, told in [
            ("[]", "6:1 listeners.l.routes: names no route"),
            ("1", "6:1 listeners.l.routes: must be an array in [ ], not a number"),
            ('["/a"]', "6:11 listeners.l.routes[0]: must be a table, not text"),
            ("[{}]", "6:11 listeners.l.routes[0]: lacks `path`"),
            ('[{ path = "a" }]', "6:13 listeners.l.routes[0].path: 'a' does not begin with \"/\""),
            ('[{ path = "/a?b" }]', "6:13 listeners.l.routes[0].path: '/a?b' is more than a path"),
            ('[{ path = "/a b" }]', "6:13 listeners.l.routes[0].path: '/a b' holds a character"),
            ('[{ path = "/a/../b" }]', "6:13 listeners.l.routes[0].path: '/a/../b' holds a dot segment"),
            (
                '[{ path = "/a", upstream_path = "b" }]',
                "6:26 listeners.l.routes[0].upstream_path: 'b' does not",
            ),
            ('[{ path = "/a", match = "regex" }]', "6:26 listeners.l.routes[0].match: 'regex' is not one of"),
            (
                '[{ path = "/a" }, { path = "/a/" }]',
                "6:30 listeners.l.routes[1].path: '/a/' is the path of routes[0] too",
            ),
            (
                '[{ path = "/a", pool = "b" }]',
                "6:26 listeners.l.routes[0].pool: no pool is called 'b'; pools are a",
            ),
            (
                '[{ path = "/a", mirror = "other" }]',
                "6:26 listeners.l.routes[0].mirror: no pool is called 'other'; did you mean 'others'?",
            ),
            (
                '[{ path = "/a", total_timout = 1 }]',
                "6:26 listeners.l.routes[0].total_timout: unknown key; did you mean 'total_timeout'?",
            ),
        ]:
            self.check(f"{POOL}{LISTENER}routes = {routes}\n", f"q.toml:{told}")
        self.check(
            f'{POOL}[listeners.l]\nlisten = "tcp:1"\nroutes = [{{ path = "/a" }}]\n',
            "q.toml:5:11 listeners.l.routes[0]: lacks `pool`, and the listener has none",
        )
        self.assertEqual(
            problems_of(
                f'{POOL}{LISTENER}routes = [{{ path = "/a" }}, {{ path = "/a", match = "exact" }}]\n'
            ),
            [],
        )
