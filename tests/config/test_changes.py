"""What two configurations say otherwise."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from attrs import evolve, fields, frozen, has
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import KINDS, parse_config
from quorumha.config.changes import changes
from quorumha.config.load import read_config
from quorumha.config.model import Config
from quorumha.config.problems import Problems
from quorumha.config.tables import file_fields
from quorumha.config.values import setting

POOL = '[pools.tessera]\nupstreams = ["http://10.0.0.11:9101", "http://10.0.0.12:9101"]\n'
LISTENER = '[listeners.q2t]\nlisten = "tcp:9101"\nserve = "tessera-q2t"\npool = "tessera"\n'


def config(*parts: str) -> Config:
    return parse_config("".join(parts), "q.toml", {})


class ChangesCase(SynchronousTestCase):
    """From one text to another."""

    def differ(self, before: str, now: str, *lines: str) -> None:
        self.assertEqual(changes(config(before), config(now)), lines)


class KeyTests(ChangesCase):
    """Single keys, old and new, in the file's units."""

    def test_nothing(self) -> None:
        self.differ(POOL + LISTENER, "# a word\n" + POOL + LISTENER)

    def test_at_the_top(self) -> None:
        self.differ(
            'stop_timeout = "5s"\n' + POOL + LISTENER,
            'stop_timeout = "1m"\nmax_connections = 10\nmirror_budget = "1MiB"\n'
            'log = { access = "stderr" }\n' + POOL + LISTENER,
            "mirror_budget: 64MiB -> 1MiB",
            "max_connections: not given -> 10",
            "stop_timeout: 5s -> 1m",
            "log.access: off -> stderr",
        )

    def test_tables_that_come_and_go(self) -> None:
        admin = '[admin]\nlisten = "tcp:9900:interface=127.0.0.1"\n'
        other = '[admin]\nlisten = "tcp:9901:interface=127.0.0.1"\nprobes = "tcp:9902"\n'
        self.differ(POOL + LISTENER, POOL + LISTENER + admin, "added admin")
        self.differ(POOL + LISTENER + admin, POOL + LISTENER, "removed admin")
        self.differ(
            POOL + LISTENER + admin,
            POOL + LISTENER + other,
            "admin.listen: [tcp:9900:interface=127.0.0.1] -> [tcp:9901:interface=127.0.0.1]",
            "admin.probes: not given -> tcp:9902",
        )

    def test_of_a_pool(self) -> None:
        self.differ(
            POOL + LISTENER,
            POOL + 'check = { interval = "1s" }\nbalance = "primary-first"\nkeepalive = 4\n' + LISTENER,
            "pools.tessera.balance: round-robin -> primary-first",
            "pools.tessera.keepalive: 16 -> 4",
            "pools.tessera.check.interval: 400ms -> 1s",
        )

    def test_secrets(self) -> None:
        """Of a key that is called so, as one of a kind of somebody's own, it is said that it changed."""

        @frozen
        class Settings:
            api_token: str | None = setting(None, "A token.")
            token_file: str = setting("/t", "A file.")

        one = config(POOL, LISTENER)
        listener = one.listeners["q2t"]

        def with_token(*values: Any) -> Config:
            return evolve(one, listeners={"q2t": evolve(listener, settings=Settings(*values))})

        self.assertEqual(
            changes(with_token("old-token"), with_token("new-token", "/s")),
            ("listeners.q2t.api_token: *** -> ***", "listeners.q2t.token_file: /t -> /s"),
        )
        self.assertEqual(
            changes(with_token(), with_token("new-token")), ("listeners.q2t.api_token: not given -> ***",)
        )

    def test_of_a_check(self) -> None:
        """The keys of its kind, as they are unless given; those that another kind lacks come and go."""
        http, path = 'check = "http"\n', 'check = { kind = "http", path = "/x" }\n'
        self.differ(
            POOL + http + LISTENER, POOL + path + LISTENER, "pools.tessera.check.path: /upcheck -> /x"
        )
        self.differ(
            POOL + path + LISTENER,
            POOL + 'check = "connect"\n' + LISTENER,
            "pools.tessera.check.kind: http -> connect",
            "removed pools.tessera.check.path: /x",
        )

    def test_of_a_listener(self) -> None:
        """Those of its kind, and those of limits and of forwarding."""
        self.differ(
            POOL + LISTENER,
            POOL
            + LISTENER
            + 'hedge = "1s"\nclient_timeout = "none"\nbody_limit = "1MiB"\nreplay_limit = 0\n',
            "listeners.q2t.client_timeout: not given -> none",
            "listeners.q2t.hedge: 0 -> 1s",
            "listeners.q2t.body_limit: 128MiB -> 1MiB",
            "listeners.q2t.replay_limit: 8MiB -> 0",
        )

    def test_another_kind(self) -> None:
        http = LISTENER.replace("tessera-q2t", "http")
        self.differ(
            POOL + LISTENER + 'store = "replicated"\n',
            POOL + http + "tries = 2\n",
            "listeners.q2t.serve: tessera-q2t -> http",
            "removed listeners.q2t.store: replicated",
            "listeners.q2t.tries: 0 -> 2",
        )

    def test_no_secret(self) -> None:
        before = parse_config(POOL + LISTENER, "q.toml", {})
        pool = before.pools["tessera"]
        one = evolve(pool.upstreams[0], name="x", scheme="", endpoint="tcp:h:1")
        other = evolve(one, endpoint="nonsense://me:hunter2@h:1")
        two = [evolve(before, pools={"tessera": evolve(pool, upstreams=(up,))}) for up in (one, other)]
        self.assertEqual(
            changes(*two), ("pools.tessera.upstreams[x].endpoint: tcp:h:1 -> nonsense://***@h:1",)
        )


class ArrayTests(ChangesCase):
    """Arrays of tables: each by its first key."""

    ROUTES = LISTENER.replace("tessera-q2t", "http")

    def test_routes(self) -> None:
        first = 'routes = [{ path = "/a" }, { path = "/b", tries = 1 }, { path = "/c" }]\n'
        then = 'routes = [{ path = "/b", tries = 2 }, { path = "/a" }, { path = "/d" }]\n'
        self.differ(
            POOL + self.ROUTES + first,
            POOL + self.ROUTES + then,
            "removed listeners.q2t.routes[/c]",
            "listeners.q2t.routes[/b].tries: 1 -> 2",
            "added listeners.q2t.routes[/d]",
            "listeners.q2t.routes: the order /a, /b -> /b, /a",
        )

    def test_what_routes_have_from_their_listener(self) -> None:
        """It stands once."""
        routes = 'routes = [{ path = "/a" }, { path = "/b", tries = 1 }]\n'
        self.differ(
            POOL + self.ROUTES + routes,
            POOL + self.ROUTES + "tries = 3\n" + routes,
            "listeners.q2t.tries: 0 -> 3",
        )

    def test_calls(self) -> None:
        """Calls of Tessera, two of one path."""
        calls = (
            'routes = [{{ path = "/x", method = "GET" }}, {{ path = "/x", method = "PUT", tries = {} }}]\n'
        )
        self.differ(
            POOL + LISTENER + calls.format(1),
            POOL + LISTENER + calls.format(2),
            "listeners.q2t.routes[/x, number 2].tries: 1 -> 2",
        )


class NamedTests(ChangesCase):
    """Pools, members and listeners."""

    MEMBERS = '[pools.tessera]\nupstreams = [{{ endpoint = "http://a:1", name = "a"{} }}, {}]\n'

    def test_pools_and_listeners(self) -> None:
        other = '[pools."x.y"]\nupstreams = ["tcp:h:1", { endpoint = "tcp:i:1", backup = true }]\n'
        relay = '[listeners.relay]\nlisten = "tcp:7"\nserve = "tcp"\npool = "x.y"\n'
        both = POOL + other + LISTENER + relay
        self.differ(
            POOL + LISTENER,
            both,
            'added pools."x.y": h:1, i:1 (backup)',
            "added listeners.relay: tcp:7, serve = tcp",
        )
        self.differ(both, POOL + LISTENER, 'removed pools."x.y"', "removed listeners.relay")

    def test_members(self) -> None:
        self.differ(
            self.MEMBERS.format("", '"http://b:1", "http://c:1"') + LISTENER,
            self.MEMBERS.format(", weight = 2, max_in_flight = 7", '"http://c:1", "http://d:1"') + LISTENER,
            "removed pools.tessera.upstreams[b:1]",
            "pools.tessera.upstreams[a].weight: 1 -> 2",
            "pools.tessera.upstreams[a].max_in_flight: 0 -> 7",
            "added pools.tessera.upstreams[d:1]",
        )

    def test_order(self) -> None:
        self.differ(
            POOL + LISTENER,
            '[pools.tessera]\nupstreams = ["http://10.0.0.12:9101", "http://10.0.0.11:9101"]\n' + LISTENER,
            "pools.tessera.upstreams: the order 10.0.0.11:9101, 10.0.0.12:9101 ->"
            " 10.0.0.12:9101, 10.0.0.11:9101",
        )

    def test_another_address(self) -> None:
        """As the file has it; its authority follows."""
        self.differ(
            self.MEMBERS.format("", '"http://b:1"') + LISTENER,
            self.MEMBERS.format("", '"http://b:1"').replace("http://a:1", "https://[::1]:2") + LISTENER,
            "pools.tessera.upstreams[a].endpoint: http://a:1 -> https://[::1]:2",
        )

    def test_keys_of_kinds(self) -> None:
        quorum = LISTENER.replace("tessera-q2t", "goquorum-rpc")
        self.differ(
            self.MEMBERS.format("", '"http://b:1"') + quorum,
            self.MEMBERS.format(', websocket = "ws://a:2"', '"http://b:1"') + quorum,
            "added pools.tessera.upstreams[a].websocket: ws://a:2",
        )

    def test_the_operators_word(self) -> None:
        """A changed C{enabled} wins over it, and that is said; it stays where nothing changes."""
        before = config(self.MEMBERS.format("", '"http://b:1"'), LISTENER)
        now = config(self.MEMBERS.format(", enabled = false", '"http://b:1"'), LISTENER)
        said = "pools.tessera.upstreams[a].enabled: true -> false"
        self.assertEqual(changes(before, now), (said,))
        self.assertEqual(changes(before, now, {("tessera", "b:1"): False}), (said,))
        self.assertEqual(
            changes(before, now, {("tessera", "a"): False}),
            (f"{said} (its operator's word, disabled, gives way)",),
        )
        self.assertEqual(changes(before, before, {("tessera", "a"): False}), ())


class EveryKeyTests(SynchronousTestCase):
    """No key can be changed without a line, whatever kinds bring."""

    def test_each(self) -> None:
        """One key after another gets a value that no file has."""
        seen: set[str] = set()
        for kind in KINDS.listeners:
            text = POOL + LISTENER.replace("tessera-q2t", kind.name)
            # What a kind finds wrong with the rest of it is nothing here.
            before = read_config(tomllib.loads(text), Problems(), KINDS)
            for now, key in one_changed(before):
                found = changes(before, now)
                self.assertEqual(len(found), 1, (key, found))
                self.assertIn(key, found[0])
                seen.add(key)
        models = [*KINDS.listener_models(), *KINDS.pool_models()]
        self.assertLessEqual({name for model in models for name in file_fields(model)}, seen)


class Other(str):
    """A value that is no other."""


def one_changed(value: Any) -> Iterator[tuple[Any, str]]:
    """A value with one of its keys changed, and those of what it holds; the name of the key."""
    known = file_fields(type(value))
    for one in fields(type(value)):
        inner = getattr(value, one.name)
        # What a URL says follows from its text: test_another_address.
        if one.name in ("kind", "asked", "address", "name", "endpoint") or not one.eq:
            continue
        if isinstance(inner, dict) and one.name in ("pools", "listeners"):
            for name, held in inner.items():
                for changed, key in one_changed(held):
                    yield evolve(value, **{one.name: {name: changed}}), key
        elif isinstance(inner, tuple) and inner and has(type(inner[0])):
            for changed, key in one_changed(inner[0]):
                yield evolve(value, **{one.name: (changed, *inner[1:])}), key
        elif has(type(inner)):
            for changed, key in one_changed(inner):
                yield evolve(value, **{one.name: changed}), key
        elif one.name in known:
            yield evolve(value, **{one.name: Other("something else")}), one.name


del ChangesCase
