"""Tests for L{quorumha.config.load} and everything it reads a file with."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import load_config, parse_config
from quorumha.config.model import CheckConfig, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.errors import ConfigError
from quorumha.health.kind import CONNECT, HTTP_CHECK
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits, HttpConfig, RouteConfig
from quorumha.http.server.kind import HTTP
from quorumha.relay.kind import TCP
from tests.config.told import LISTENER, POOL, ToldTestCase, problems_of
from tests.documents import STARTING_EXAMPLE

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
16:1 listeners.q2t.serve: 'htttp' is not one of http, tcp, tessera-q2t, tessera-p2p, \
tessera-thirdparty, goquorum-rpc, postgresql; \
did you mean 'http'?
17:1 listeners.q2t.pool: no pool is called 'tesera'; did you mean 'tessera'?
18:27 listeners.q2t.next_upstream[1]: 'timout' is not error, timeout or a status such as 404; \
did you mean 'timeout'?
21:1 listeners.rpc.listen: 'tpc' is no kind of endpoint; kinds are tcp, tcp6, unix, ssl, tls, haproxy, \
systemd; did you mean 'tcp'?
28:26 listeners.p2p.routes[0].match: 'exactly' is not one of prefix, exact; did you mean 'exact'?
"""


class GoodTests(SynchronousTestCase):
    """Configurations that can be used."""

    def test_digest(self) -> None:
        """It is that of the text, by which two processes can be compared; and no part of what is compared."""
        one, other = (parse_config(POOL + LISTENER + more, "q.toml", {}) for more in ("", "# a word\n"))
        self.assertEqual(one.digest, hashlib.sha256((POOL + LISTENER).encode()).hexdigest()[:16])
        self.assertNotEqual(one.digest, other.digest)
        self.assertEqual(one, other)

    def test_starting_example(self) -> None:
        """The example of the documentation, value by value."""
        config = parse_config(STARTING_EXAMPLE, "q.toml", {})
        socket = "unix:/var/lib/quorum/tm.ipc:mode=600"
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
                check=CheckConfig(asked=CONNECT),
            ),
        )
        self.assertEqual(
            config.listeners["q2t"],
            ListenerConfig("q2t", socket, "http", "tessera-q2t", kind=HTTP, settings=HttpConfig()),
        )
        self.assertEqual(
            config.listeners["rpc"], ListenerConfig("rpc", "tcp:22000", "tcp", "quorum", 3600.0, kind=TCP)
        )
        self.assertEqual(
            config.listeners["p2p"].settings.routes,
            (
                RouteConfig("/partyinfo", "exact", "tessera-p2p-first", mirror="others"),
                RouteConfig("/push", "prefix", "tessera-p2p"),
            ),
        )

    def test_every_key(self) -> None:
        """Every key of the model can be set, and is where it belongs."""
        text = (
            "stop_timeout = 1\nreplay_budget = 2\nmirror_budget = 3\n"
            '[pools.a]\nbalance = "primary-first"\nconnect_timeout = "250ms"\nkeepalive = 3\n'
            'keepalive_idle = 4\nupstreams = [{ endpoint = "http://h:1", name = "n", '
            'authority = "x.example:8", backup = false, weight = 2, max_fails = 3, fail_timeout = "4s", '
            'enabled = true }]\nslow_start = 5\non_down = "close"\nfail_back = 6\n'
            'check = { kind = "http", path = "/up", statuses = [200, 204], body = "ok", interval = 6, '
            "timeout = 7, rise = 8, fall = 9 }\n"
            '[listeners.l]\nlisten = "tcp:1"\nserve = "http"\npool = "a"\nheader_timeout = 1\n'
            "idle_timeout = 2\nbody_timeout = 3\nbody_rate = 4\n"
            'body_limit = "1KiB"\nrequest_line_limit = 4\nheader_limit = 5\nheader_count = 6\n'
            "client_send_timeout = 7\nmax_connections = 9\n"
            'next_upstream = ["500"]\nnon_idempotent = false\ntries = 2\n'
            "total_timeout = 8\nfirst_byte_timeout = 9\nread_timeout = 10\nsend_timeout = 11\n"
            'replay_limit = 12\nforwarded = "append"\nhost = "upstream"\nupgrade = true\n'
            'routes = [{ path = "/a", match = "exact", upstream_path = "/b", mirror = "others", '
            'mirror_timeout = 1, tries = 5, host = "z.example" }]\n'
        )
        config = parse_config(text, "q.toml", {})
        forward = ForwardConfig(("500",), False, 2, 8.0, 9.0, 10.0, 11.0, 12, "append", "upstream", True)
        self.assertEqual((config.stop_timeout, config.replay_budget, config.mirror_budget), (1.0, 2, 3))
        member = UpstreamConfig("n", "tcp:host=h:port=1", "x.example:8", False, False, 2, 3, 4.0)
        keys = {"path": "/up", "statuses": (200, 204), "body": "ok"}
        check = CheckConfig("http", 6.0, 7.0, 8, 9, keys, HTTP_CHECK)
        self.assertEqual(
            config.pools["a"],
            PoolConfig("a", (member,), "primary-first", 0.25, 3, 4.0, 5.0, check, None, "close", 6.0),
        )
        limits = ClientLimits(1.0, 1024, 3.0, 4, 4, 5, 6, 7.0)
        route = RouteConfig(
            "/a",
            "exact",
            "a",
            "/b",
            "others",
            1.0,
            ForwardConfig(("500",), False, 5, 8.0, 9.0, 10.0, 11.0, 12, "append", "z.example", True),
        )
        settings = HttpConfig((route,), limits, forward)
        self.assertEqual(
            config.listeners["l"],
            ListenerConfig("l", "tcp:1", "http", "a", 2.0, 9, None, HTTP, settings),
        )

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


class ProblemTests(ToldTestCase):
    """One problem each: where it is told, and how."""

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
        self.check("a" + ".a" * 5000 + " = 1\n", "q.toml:1:1: nested too deep")
        self.check("[" + ".".join("a" * 5000) + "]\n", "q.toml:1:1: nested too deep")

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


class FileTests(SynchronousTestCase):
    """Files."""

    def refused(self, path: Path) -> str:
        """The one problem of a file."""
        with self.assertRaises(ConfigError) as caught:
            load_config(path, {})
        (problem,) = caught.exception.problems
        return problem

    def test_good(self) -> None:
        """A file is read; what is wrong is told of it as it was called, and all else by its full name."""
        path = Path(self.mktemp())
        path.write_text(STARTING_EXAMPLE)
        self.assertEqual(load_config(path, {}).source, str(path.absolute()))
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
