"""From a configuration to pools and their checks."""

from __future__ import annotations

from twisted.internet.defer import succeed
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.pools import make_checks, make_pool, make_upstreams
from quorumha.config.model import Config
from quorumha.health.checks import HealthChecks
from quorumha.tessera.decide.health_check import database_of
from quorumha.testing import MemoryProxy, MemoryTopology, ScriptedUpstream
from quorumha.testing.http.plays import respond
from tests.served_party import ServedCase, ServedParty


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
        pool = make_pool(config.pools["a"], make_upstreams(MemoryReactorClock(), config.pools["a"]))
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
            pool = make_pool(config.pools["a"], make_upstreams(MemoryReactorClock(), config.pools["a"]))
            self.assertEqual(pool.members[0].upstream.named, named, upstream)

    def test_every_kind_can_be_made(self) -> None:
        reactor = MemoryReactorClock()
        for serve in ("tcp", "tessera-q2t", "tessera-p2p"):
            config = config_of(serve)
            pool = make_pool(config.pools["a"], make_upstreams(reactor, config.pools["a"]))
            checks = make_checks(reactor, pool, config.pools["a"], lambda member: succeed(None))
            self.assertIsInstance(checks, HealthChecks)
            checks.start()
            self.successResultOf(checks.stop())
            self.assertEqual(reactor.getDelayedCalls(), [])


class SharedTests(SynchronousTestCase):
    """Checks of one endpoint are made once and shared by the pools that ask the same."""

    def counts(self, first: str, second: str, seconds: float = 10, **listeners: str) -> list[int]:
        """Requests at a node that stands in two pools, and at one that stands in the second alone.

        @param first: more lines of the one pool.
        @param second: and of the other.
        """
        net = MemoryTopology()
        nodes = [ScriptedUpstream(net.clock), ScriptedUpstream(net.clock)]
        for number, node in enumerate(nodes, 1):
            net.listen(f"10.0.0.{number}:1", node)
        serves = listeners or {"l": "http", "m": "http"}
        text = (
            f'[pools.l]\nupstreams = ["tcp:10.0.0.1:1"]\n{first}\n'
            f'[pools.m]\nupstreams = ["tcp:10.0.0.1:1", "tcp:10.0.0.2:1"]\n{second}\n'
        ) + "".join(
            f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "{serve}"\npool = "{name}"\n'
            for port, (name, serve) in enumerate(serves.items(), 80)
        )
        service = MemoryProxy(parse_config(text, "q.toml", {}), net, host="pair").service
        service.startService()
        net.advance(seconds)
        self.assertFalse(any(m.health.down for pool in service.pools.values() for m in pool.members))
        stopping = service.stopService()
        net.advance(10)
        self.successResultOf(stopping)
        self.assertEqual(net.clock.getDelayedCalls(), [])
        return [len(node.requests) for node in nodes]

    def test_same_question(self) -> None:
        """One check every 0.4 s, for both pools, though they make different things of it."""
        http = 'check = { kind = "http", path = "/up"%s }'
        twice, once = self.counts(http % "", http % ", fall = 5, rise = 1")
        self.assertLess(abs(twice - once), 3)
        self.assertLess(twice, 29)

    def test_another_question(self) -> None:
        """Another path, status, text, interval or limit."""
        http = 'check = { kind = "http", path = "/up"%s }'
        for other in (
            'check = { kind = "http", path = "/other" }',
            http % ", statuses = [200, 204]",
            http % ', timeout = "1s"',
            http % ', interval = "350ms"',
        ):
            twice, once = self.counts(http % "", other)
            self.assertGreater(twice, once + 15, other)

    def test_what_one_answer_says(self) -> None:
        """Is known in both pools: each with its own count."""
        net = MemoryTopology()
        node = ScriptedUpstream(net.clock)
        net.listen("10.0.0.1:1", node)
        text = "".join(
            f'[pools.{name}]\nupstreams = ["tcp:10.0.0.1:1"]\n'
            f'check = {{ kind = "http", path = "/up", fall = {fall} }}\n'
            f'[listeners.{name}]\nlisten = "tcp:{80 + fall}"\npool = "{name}"\n'
            for name, fall in (("l", 1), ("m", 4))
        )
        service = MemoryProxy(parse_config(text, "q.toml", {}), net, host="pair").service
        service.startService()
        net.advance(2)
        node.then = respond(503)

        def down() -> list[bool]:
            return [pool.members[0].health.down for pool in service.pools.values()]

        while not down()[0]:
            net.advance(0.05)
        self.assertEqual(down(), [True, False])
        net.advance(1.5)
        self.assertEqual(down(), [True, True])
        service.stopService()
        net.advance(10)


class DeepCheckTests(ServedCase):
    """What a node's deep check says counts in every pool that has this node."""

    def party(self, *serve: str) -> ServedParty:
        party = self.serve(serve=serve)
        for node in party.nodes.values():
            # From 21.10 on its other ports say nothing of the database.
            node.state.version = "22.1.7"
        party.net.advance(2)
        return party

    def known(self, party: ServedParty, *pools: str) -> list[tuple[bool, bool]]:
        """Whether node C{a} is usable, and known to have no database."""
        now = party.net.clock.seconds()
        members = [party.member("a", pool) for pool in pools]
        return [(m.usable(now), database_of(m).dead) for m in members]

    def test_with_a_listener_for_goquorum(self) -> None:
        """Its check is used: of a dead database, of a silent one, and of one that is back."""
        ports = "p2p", "thirdparty"
        party = self.party("q2t", *ports)
        self.assertEqual(self.known(party, *ports), [(True, False)] * 2)
        party.nodes["a"].faults.database_dead = True
        party.net.advance(1)
        self.assertEqual(self.known(party, *ports), [(False, True)] * 2)
        self.assertTrue(party.member("b").usable(party.net.clock.seconds()))
        party.nodes["a"].faults.database_dead = False
        party.net.advance(2)
        self.assertEqual(self.known(party, *ports), [(True, False)] * 2)

    def test_a_port_for_goquorum_that_is_closed(self) -> None:
        """Says nothing of the others."""
        party = self.party("q2t", "p2p")
        party.net.kill("10.0.0.1:9101")
        party.net.advance(3)
        self.assertEqual(self.known(party, "q2t", "p2p"), [(False, False), (True, False)])

    def test_alone(self) -> None:
        """From 21.10 on nobody sees it there; before, the port says it itself."""
        for version, seen in (("22.1.7", False), ("20.10.1", True)):
            party = self.party("p2p", "thirdparty")
            party.nodes["a"].state.version = version
            party.nodes["a"].faults.database_dead = True
            party.net.advance(2)
            self.assertEqual(self.known(party, "p2p", "thirdparty"), [(not seen, seen)] * 2)
