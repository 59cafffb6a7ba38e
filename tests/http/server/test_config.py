"""Tests for L{quorumha.http.server.config}."""

from __future__ import annotations

from tests.config.told import LISTENER, POOL, ToldTestCase, problems_of


class RouteTests(ToldTestCase):
    """C{routes} of a listener."""

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


class RiskTests(ToldTestCase):
    """What is probably not meant."""

    def test_idle_pool_of_a_listener(self) -> None:
        """A listener's pool when every route has its own."""
        text = POOL + '[pools.b]\nupstreams = ["tcp:h:1"]\n' + LISTENER
        text += 'routes = [{ path = "/x", pool = "b" }]\n'
        self.warns(text, "q.toml:7:1 listeners.l.pool: never used")

    def test_patience(self) -> None:
        """Limits that leave no time for a second upstream."""
        hang = "a hang is never moved on"
        self.warns(POOL + LISTENER + "first_byte_timeout = 9\n", f"q.toml:3:12 listeners.l: {hang}")
        self.warns(POOL + LISTENER + "first_byte_timeout = 0\n", f"q.toml:3:12 listeners.l: {hang}")
        self.warns(
            POOL + LISTENER + "first_byte_timeout = 0\ntotal_timeout = 0\n",
            "q.toml:3:12 listeners.l: a hang is never noticed",
        )
        self.warns(POOL + LISTENER + "total_timeout = 0\n")
        self.warns(POOL + LISTENER + 'first_byte_timeout = 9\nnext_upstream = ["error"]\n')
        self.warns(POOL.replace(', "http://i:1"', "") + LISTENER + "first_byte_timeout = 9\n")
        self.warns(
            POOL + LISTENER + 'routes = [{ path = "/a" }, { path = "/b", total_timeout = 1 }]\n',
            f"q.toml:6:28 listeners.l.routes[1]: {hang}",
        )
        self.warns(
            POOL + LISTENER + 'total_timeout = 1\nroutes = [{ path = "/a" }, { path = "/b" }]\n',
            f"q.toml:3:12 listeners.l: {hang}",
        )

    def test_mirrors(self) -> None:
        """Copies that go nowhere, or back."""
        self.warns(
            POOL.replace(', "http://i:1"', "") + LISTENER + 'routes = [{ path = "/", mirror = "others" }]\n',
            "q.toml:6:25 listeners.l.routes[0].mirror: 'a' has one upstream",
        )
        self.warns(
            POOL + LISTENER + 'routes = [{ path = "/", mirror = "a" }]\n',
            "q.toml:6:25 listeners.l.routes[0].mirror: copies go to the pool that answers",
        )


class UnlimitedTests(ToldTestCase):
    """C{check} says what has no limit."""

    def test_listener(self) -> None:
        """Of HTTP and of Tessera alike; a body has no limit without either of its keys."""
        for key in (
            "header_timeout",
            "body_timeout",
            "body_rate",
            "client_send_timeout",
            "read_timeout",
            "send_timeout",
        ):
            for serve in ("http", "tessera-q2t"):
                self.warns(
                    f'{POOL}{LISTENER}serve = "{serve}"\n{key} = 0\n',
                    f"q.toml:7:1 listeners.l.{key}: no limit: ",
                )

    def test_route(self) -> None:
        """One path without a limit is meant: some calls take hours."""
        routes = '[[listeners.l.routes]]\npath = "/a"\n[[listeners.l.routes]]\npath = "/b"\n'
        self.warns(f"{POOL}{LISTENER}read_timeout = 0\n{routes}", "q.toml:6:1 listeners.l.read_timeout: ")
        self.warns(f"{POOL}{LISTENER}{routes}read_timeout = 0\n")
