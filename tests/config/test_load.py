"""Tests for L{quorumha.config.load} and everything it reads a file with."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config import (
    Config,
    ForwardConfig,
    ListenerConfig,
    PoolConfig,
    RouteConfig,
    UpstreamConfig,
    load_config,
    parse_config,
)
from quorumha.config.describe import STARTING_EXAMPLE
from quorumha.errors import ConfigError

POOL = '[pools.a]\nupstreams = ["http://h:1", "http://i:1"]\n'
LISTENER = '[listeners.l]\nlisten = "tcp:80"\npool = "a"\n'

#: Ten mistakes, each with what the first line of its message must be.
TEN_MISTAKES = """\
stop_timout = "5s"

[pools.tessera]
upstreams = ["http://10.0.0.11:9101", "http://10.0.0.12:9101/x"]
balance = "roundrobin"

[pools.quorum]
upstreams = [
  "tcp:10.0.0.21:22000",
  { endpoint = "tcp:10.0.0.22:22000", bakcup = true },
]
connect_timeout = "1S"

[listeners.q2t]
listen = "unix:/var/lib/quorum/tm.ipc:mode=600"
serve = "htttp"
pool = "tesera"
next_upstream = ["error", "timout"]

[listeners.rpc]
listen = "tpc:22000"
serve = "tcp"
pool = "quorum"

[listeners.p2p]
listen = "tcp:9001"
routes = [
  { path = "/partyinfo", match = "exactly", pool = "tessera" },
]
"""
TOLD = """\
1:1 stop_timout: unknown key; did you mean 'stop_timeout'?
4:39 pools.tessera.upstreams[1]: a path in an upstream's URL is never used; \
write `upstream_path` in a route instead
5:1 pools.tessera.balance: 'roundrobin' is not one of round-robin, least-connections, primary-first; \
did you mean 'round-robin'?
10:39 pools.quorum.upstreams[1].bakcup: unknown key; did you mean 'backup'?
12:1 pools.quorum.connect_timeout: '1S' has an unknown unit; units are ms, s, m, h; did you mean 's'?
16:1 listeners.q2t.serve: 'htttp' is not one of http, tcp; did you mean 'http'?
17:1 listeners.q2t.pool: no pool is called 'tesera'; did you mean 'tessera'?
18:27 listeners.q2t.next_upstream[1]: 'timout' is not error, timeout or a status such as 404; \
did you mean 'timeout'?
21:1 listeners.rpc.listen: 'tpc' is no kind of endpoint; kinds are tcp, tcp6, unix, ssl, tls, haproxy, \
systemd; did you mean 'tcp'?
28:26 listeners.p2p.routes[0].match: 'exactly' is not one of prefix, exact; did you mean 'exact'?
"""


def problems_of(text: str, source: str = "q.toml", environ: dict[str, str] | None = None) -> list[str]:
    """Every problem of a text; none when it can be used."""
    try:
        parse_config(text, source, environ or {})
    except ConfigError as error:
        return error.problems
    return []


class GoodTests(SynchronousTestCase):
    """Configurations that can be used."""

    def test_starting_example(self) -> None:
        """The example of the documentation, value by value."""
        config = parse_config(STARTING_EXAMPLE, "q.toml", {})
        self.assertEqual(config.warnings, ())
        self.assertEqual(config.stop_timeout, 5.0)
        self.assertEqual(
            config.pools["quorum"],
            PoolConfig(
                "quorum",
                (
                    UpstreamConfig("10.0.0.21:22000", "tcp:10.0.0.21:22000", "10.0.0.21:22000"),
                    UpstreamConfig("10.0.0.22:22000", "tcp:10.0.0.22:22000", "10.0.0.22:22000", backup=True),
                ),
            ),
        )
        self.assertEqual(
            config.listeners["q2t"],
            ListenerConfig("q2t", "unix:/var/lib/quorum/tm.ipc:mode=600", "http", "tessera-q2t"),
        )
        self.assertEqual(config.listeners["rpc"], ListenerConfig("rpc", "tcp:22000", "tcp", "quorum"))
        self.assertEqual(
            config.listeners["p2p"].routes,
            (
                RouteConfig("/partyinfo", "exact", "tessera-p2p-first", mirror="others"),
                RouteConfig("/push", "prefix", "tessera-p2p"),
            ),
        )

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
                ]
            )
        )
        listeners = parse_config(text, "q.toml", {}).listeners.values()
        self.assertEqual([listener.idle_timeout for listener in listeners], [300.0, 0.0, 0.0, 120.0])

    def test_every_key(self) -> None:
        """Every key of the model can be set, and is where it belongs."""
        text = (
            "stop_timeout = 1\n"
            '[pools.a]\nbalance = "primary-first"\nconnect_timeout = "250ms"\nkeepalive = 3\n'
            'keepalive_idle = 4\nupstreams = [{ endpoint = "http://h:1", name = "n", '
            'authority = "x.example:8", backup = false, weight = 2, max_fails = 3, fail_timeout = "4s" }]\n'
            '[listeners.l]\nlisten = "tcp:1"\nserve = "http"\npool = "a"\nheader_timeout = 1\n'
            "idle_timeout = 2\n"
            'body_limit = "1KiB"\nrequest_line_limit = 4\nheader_limit = 5\nheader_count = 6\n'
            'client_send_timeout = 7\nnext_upstream = ["500"]\nnon_idempotent = false\ntries = 2\n'
            "total_timeout = 8\nfirst_byte_timeout = 9\nread_timeout = 10\nsend_timeout = 11\n"
            'replay_limit = 12\nforwarded = "append"\nhost = "upstream"\nupgrade = true\n'
            'routes = [{ path = "/a", match = "exact", upstream_path = "/b", mirror = "others", '
            'mirror_timeout = 1, tries = 5, host = "z.example" }]\n'
        )
        config = parse_config(text, "q.toml", {})
        forward = ForwardConfig(("500",), False, 2, 8.0, 9.0, 10.0, 11.0, 12, "append", "upstream", True)
        member = UpstreamConfig("n", "tcp:host=h:port=1", "x.example:8", False, False, 2, 3, 4.0)
        self.assertEqual(config.pools["a"], PoolConfig("a", (member,), "primary-first", 0.25, 3, 4.0))
        route = RouteConfig(
            "/a",
            "exact",
            "a",
            "/b",
            "others",
            1.0,
            ForwardConfig(("500",), False, 5, 8.0, 9.0, 10.0, 11.0, 12, "append", "z.example", True),
        )
        self.assertEqual(
            config.listeners["l"],
            ListenerConfig("l", "tcp:1", "http", "a", (route,), 1.0, 2.0, 1024, 4, 5, 6, 7.0, None, forward),
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

    def test_json(self) -> None:
        """JSON with the same tree says the same."""
        tree = json.dumps(tomllib.loads(STARTING_EXAMPLE))
        self.assertEqual(parse_config(tree, "q.json", {}), parse_config(STARTING_EXAMPLE, "q.toml", {}))

    def test_mark_and_line_ends(self) -> None:
        """Files from Windows, byte order mark and all."""
        text = "\ufeff" + STARTING_EXAMPLE.replace("\n", "\r\n")
        self.assertEqual(parse_config(text, "q.toml", {}), parse_config(STARTING_EXAMPLE, "q.toml", {}))


class TenMistakesTests(SynchronousTestCase):
    """All problems at once."""

    maxDiff = None

    def test_toml(self) -> None:
        """Ten planted mistakes: ten messages, with the right lines and suggestions."""
        told = problems_of(TEN_MISTAKES)
        self.assertEqual(
            [problem.split("\n")[0] for problem in told], [f"q.toml:{t}" for t in TOLD.splitlines()]
        )
        lines = TEN_MISTAKES.split("\n")
        for problem in told:
            first, source_line, caret = problem.split("\n")
            line, column = map(int, first.split(" ")[0].split(":")[1:])
            self.assertEqual(source_line, "    " + lines[line - 1])
            self.assertEqual(caret, " " * (4 + column - 1) + "^")

    def test_json(self) -> None:
        """The same ten in JSON."""
        text = json.dumps(tomllib.loads(TEN_MISTAKES), indent=1)
        told = problems_of(text, "q.json")
        self.assertEqual(len(told), 10)
        for problem in told:
            first, source_line, _ = problem.split("\n")
            key = first.split(": ")[0].split(" ")[1].split(".")[-1]
            if not key.endswith("]"):
                self.assertIn(f'"{key}"', source_line)


class ProblemTests(SynchronousTestCase):
    """One problem each: where it is told, and how."""

    def check(self, text: str, *told: str) -> None:
        """These problems and no others, each by its first line or the beginning of it."""
        found = [problem.split("\n")[0] for problem in problems_of(text)]
        self.assertEqual(len(found), len(told), found)
        for one, beginning in zip(found, told, strict=True):
            self.assertTrue(one.startswith(beginning), f"{one!r} does not begin with {beginning!r}")

    def test_wrong_types(self) -> None:
        """Every type is held to."""
        for keys, told in [
            ("keepalive = true", "keepalive: must be a whole number, not a boolean"),
            ("keepalive = 1.0", "keepalive: must be a whole number, not a number"),
            ("keepalive = -1", "keepalive: -1 is less than 0"),
            ("keepalive = 0x" + "f" * 5000, "keepalive: a huge number is more than"),
            ("balance = 1", "balance: 1 is not one of round-robin"),
            ("balance = []", "balance: an array is not one of"),
            ("connect_timeout = 2020-01-01", "connect_timeout: datetime.date"),
            ("connect_timeout = nan", "connect_timeout: nan is not a time"),
            ("tls = 1", "tls: must be a table, not a number"),
            ("tls = { ca = 1 }", "tls.ca: must be text in quotes, not a number"),
            ('tls = { name = "" }', "tls.name: is empty"),
        ]:
            at = "3:9" if "{" in keys else "3:1"
            self.check(
                POOL.replace("http:", "https:") + keys + "\n" + LISTENER, f"q.toml:{at} pools.a.{told}"
            )

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

    def test_addresses_twice(self) -> None:
        """No two listeners can have one address."""
        for one, other, collide in [
            ("tcp:80", "tcp:80", True),
            ("tcp:80", "tcp:80:interface=127.0.0.1", True),
            ("tcp:80:interface=127.0.0.1", "tcp:80:interface=127.0.0.2", False),
            ("tcp:0", "tcp:0", False),
            ("unix:/a:mode=600", "unix:/b/../a", True),
            ("unix:/a", "unix:/b", False),
            ("tcp:80", "tcp6:80", False),
            ("tcp:80", "haproxy:tcp:80", True),
        ]:
            text = f'{POOL}[listeners.x]\nlisten = "{one}"\npool = "a"\n'
            text += f'[listeners.y]\nlisten = "{other}"\npool = "a"\n'
            if collide:
                self.check(
                    text, f"q.toml:7:1 listeners.y.listen: '{other}' is the address of listeners.x too"
                )
            else:
                self.check(text)

    def test_names(self) -> None:
        """Names that logs and C{mirror} could not tell apart."""
        self.check(
            POOL.replace("a]", "others]") + LISTENER.replace('"a"', '"others"'),
            "q.toml:1:8 pools.others: 'others' is a word of `mirror`",
        )
        self.check(
            POOL + LISTENER.replace("listeners.l", 'listeners."a b"'),
            'q.toml:3:12 listeners."a b": a name has letters',
        )

    def test_whole(self) -> None:
        """Nothing, and nothing to listen on."""
        self.check("", "q.toml:1:1 listeners: no listener is defined")
        self.check(
            "pools = 1\nlisteners = []\n", "q.toml:1:1 pools: must be", "q.toml:2:1 listeners: must be"
        )
        self.check(
            '[pools]\na = 1\n[listeners]\nl = "x"\n',
            "q.toml:2:1 pools.a: must",
            "q.toml:4:1 listeners.l: must",
        )
        self.assertEqual(len(problems_of("[]", "q.json")), 1)

    def test_syntax(self) -> None:
        """A text that is no TOML is told with line and column, once."""
        self.check("[pools.a]\nupstreams = [\n", "q.toml:2:14: not TOML: ")
        self.check("a = 1\na = 2\n", "q.toml:2:6: not TOML: Cannot overwrite a value")
        self.check("a = 1\nb c\n", "q.toml:2:3: not TOML: ")
        self.check("a = " + "9" * 5000, "q.toml:1:")
        self.check("a = " + "[" * 100_000, "q.toml:1:1: nested too deep")

    def test_json_syntax(self) -> None:
        """Likewise JSON, and a key that is there twice."""
        (told,) = problems_of('{\n "pools": }', "q.json")
        self.assertTrue(told.startswith("q.json:2:11: not JSON: Expecting value\n"), told)
        (told,) = problems_of('{"pools": {}, "pools": {}}', "q.JSON")
        self.assertIn("the key 'pools' is there twice", told)

    @settings(deadline=None, max_examples=60)
    @given(
        st.recursive(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["a", "tcp:1", "${A}"])
            ),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(
                    st.sampled_from(
                        ["pools", "listeners", "a", "upstreams", "routes", "tls", "listen", "path", "pool"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
        )
    )
    def test_total(self, tree: Any) -> None:
        """Any tree at all is a configuration or a ConfigError."""
        problems_of(json.dumps(tree), "q.json")


class WarningTests(SynchronousTestCase):
    """What is probably not meant."""

    def check(self, text: str, *told: str) -> None:
        """These warnings and no others, by the beginnings of their first lines."""
        found = parse_config(text, "q.toml", {}).warnings
        self.assertEqual(len(found), len(told), found)
        for one, beginning in zip(found, told, strict=True):
            self.assertTrue(one.startswith(beginning), f"{one!r} does not begin with {beginning!r}")

    def test_unused(self) -> None:
        """A pool that nobody uses."""
        unused = '[pools.b]\nupstreams = ["tcp:h:1"]\n'
        self.check(
            POOL + unused + LISTENER, "q.toml:3:8 pools.b: no listener uses this pool\n    [pools.b]\n"
        )
        self.check(POOL + unused + LISTENER + 'routes = [{ path = "/", mirror = "b" }]\n')

    def test_idle_pool_of_a_listener(self) -> None:
        """A listener's pool when every route has its own."""
        text = POOL + '[pools.b]\nupstreams = ["tcp:h:1"]\n' + LISTENER
        text += 'routes = [{ path = "/x", pool = "b" }]\n'
        self.check(text, "q.toml:7:1 listeners.l.pool: never used")

    def test_patience(self) -> None:
        """Limits that leave no time for a second upstream."""
        hang = "a hang is never moved on"
        self.check(POOL + LISTENER + "first_byte_timeout = 9\n", f"q.toml:3:12 listeners.l: {hang}")
        self.check(POOL + LISTENER + "first_byte_timeout = 0\n", f"q.toml:3:12 listeners.l: {hang}")
        self.check(
            POOL + LISTENER + "first_byte_timeout = 0\ntotal_timeout = 0\n",
            "q.toml:3:12 listeners.l: a hang is never noticed",
        )
        self.check(POOL + LISTENER + "total_timeout = 0\n")
        self.check(POOL + LISTENER + 'first_byte_timeout = 9\nnext_upstream = ["error"]\n')
        self.check(POOL.replace(', "http://i:1"', "") + LISTENER + "first_byte_timeout = 9\n")
        self.check(
            POOL + LISTENER + 'routes = [{ path = "/a" }, { path = "/b", total_timeout = 1 }]\n',
            f"q.toml:6:28 listeners.l.routes[1]: {hang}",
        )
        self.check(
            POOL + LISTENER + 'total_timeout = 1\nroutes = [{ path = "/a" }, { path = "/b" }]\n',
            f"q.toml:3:12 listeners.l: {hang}",
        )

    def test_mirrors(self) -> None:
        """Copies that go nowhere, or back."""
        self.check(
            POOL.replace(', "http://i:1"', "") + LISTENER + 'routes = [{ path = "/", mirror = "others" }]\n',
            "q.toml:6:25 listeners.l.routes[0].mirror: 'a' has one upstream",
        )
        self.check(
            POOL + LISTENER + 'routes = [{ path = "/", mirror = "a" }]\n',
            "q.toml:6:25 listeners.l.routes[0].mirror: copies go to the pool that answers",
        )


class FileTests(SynchronousTestCase):
    """Files."""

    def refused(self, path: Path) -> str:
        """The one problem of a file."""
        with self.assertRaises(ConfigError) as caught:
            load_config(path, {})
        (problem,) = caught.exception.problems
        return problem

    def test_good(self) -> None:
        """A file is read, and called what it was called."""
        path = Path(self.mktemp())
        path.write_text(STARTING_EXAMPLE)
        self.assertIsInstance(load_config(path, {}), Config)
        path.write_text("x = 1\n" + STARTING_EXAMPLE)
        self.assertTrue(self.refused(path).startswith(f"{path}:1:1 x: unknown key"))

    def test_unreadable(self) -> None:
        """No file, a directory, no name."""
        path = Path(self.mktemp())
        self.assertEqual(self.refused(path), f"{path}: cannot be read: No such file or directory")
        path.mkdir()
        self.assertEqual(self.refused(path), f"{path}: cannot be read: Is a directory")
        self.assertIn("cannot be read: not a file name", self.refused(Path("a\0b")))

    def test_not_utf8(self) -> None:
        """Bytes that are no UTF-8 are told with their place, in characters."""
        path = Path(self.mktemp())
        path.write_bytes('a = 1\nb = "é'.encode() + b"\xe9" + b'"\n')
        self.assertEqual(self.refused(path), f"{path}:2:7: is not UTF-8 text")
