"""Two proxies before the same databases, each of which asks the other one: from end to end, in memory.

Each reaches the databases by addresses of its own, so that one may see what the other one does not.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import Config
from quorumha.pool.one_writer import OneWriter, OtherProxy, Undecidable
from quorumha.postgresql.writer_facts import ProxyResponds, ProxySilent, SessionsCut, WriterChanged
from quorumha.testing import DatabaseClient, FactRecorder, MemoryProxy, MemoryTopology
from tests.endpoints.papers import Papers
from tests.postgresql.group_fixture import primary, standby
from tests.postgresql.said_roles import SaidRole, config

TOML = """state_directory = "/var/lib/quorumha"
[pools.db]
upstreams = [
  {{ name = "a", endpoint = "tcp:10.{n}.0.1:5432" }}, {{ name = "b", endpoint = "tcp:10.{n}.0.2:5432" }}
]
check = {{ kind = "said-role", interval = "500ms", timeout = "1s" }}
{keys}
[listeners.db]
listen = "tcp:5432"
serve = "postgresql"
pool = "db"
"""
ADMIN = '[admin]\nlisten = "tcp:9900:interface=127.0.0.1"\nprobes = "tcp:9901"\n'
ASKS = 'other_proxies = ["http://{}:9901"]'


class Seeing:
    """A proxy, and what databases say to it.

    @ivar said: by name.
    """

    def __init__(
        self, net: MemoryTopology, host: str, number: int, asks: str = "", admin: str = ADMIN, tls: str = ""
    ) -> None:
        self.net, self.number, self.admin, self.tls = net, number, admin, tls
        self.said = SaidRole()
        self.said.say(a=primary(1), b=standby(1))
        self.facts = FactRecorder()
        self.proxy = MemoryProxy(self.config(asks), net, host=host, observers=self.facts.observers)
        self.proxy.simulate()

    def config(self, asks: str) -> Config:
        """Its configuration.

        @param asks: the host of another proxy that it asks.
        """
        keys = self.tls + (asks and ASKS.format(asks))
        if self.tls:
            keys = keys.replace("http:", "https:").replace("9901", "9900")
        return config(TOML.format(n=self.number, keys=keys) + self.admin, self.said)

    def client(self) -> DatabaseClient:
        """One that connects."""
        return DatabaseClient.to(self.net.client_endpoint(self.proxy.place_of("db")))

    @property
    def writer(self) -> OneWriter:
        """The pool's."""
        writer = self.proxy.service.pools["db"].writer
        assert writer is not None
        return writer

    @property
    def state(self) -> tuple[str, int]:
        """Who is written to, and the timeline."""
        state = self.writer.state()
        return state.upstream, state.timeline


class TwoProxiesCase(SynchronousTestCase):
    """C{one} and C{two}; C{a} is the primary."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.one = Seeing(self.net, "one", 1, "two")
        self.two = Seeing(self.net, "two", 2, "one")
        self.started: list[Seeing] = []

    def tearDown(self) -> None:
        for one in self.started:
            one.proxy.stop()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def start(self, *proxies: Seeing) -> None:
        """Both, unless given."""
        for one in proxies or (self.one, self.two):
            one.proxy.start()
            self.started.append(one)

    def running(self) -> DatabaseClient:
        """Both run; a client of C{two}."""
        self.start()
        self.net.advance(1.2)
        client = self.two.client()
        self.net.advance(0.5)
        self.assertTrue(client.ready)
        return client

    def promote(self) -> None:
        """C{b} is promoted, and C{one} alone sees it: C{two} reaches C{a} alone, which goes on."""
        self.one.said.say(a=None, b=primary(2))
        self.two.said.say(b=None)


class FenceTests(TwoProxiesCase):
    """What one has seen counts for both."""

    def test_a_promotion_that_one_sees(self) -> None:
        """The other one cuts within a check's interval, and goes nowhere until it sees the new one."""
        client = self.running()
        self.promote()
        self.net.advance(1.2)
        self.assertEqual((self.one.state, self.two.state), (("b", 2), ("", 2)))
        self.assertEqual(client.lost, "ConnectionLost")
        cause = "another proxy has seen timeline 2, and no member that responds is on it (http://one:9901)"
        self.assertEqual(self.two.writer.state().cause, cause)
        self.assertEqual([fact.cause for fact in self.two.facts.of(SessionsCut)], [cause])
        changes = [fact.change for fact in self.two.facts.of(WriterChanged)]
        self.assertEqual(changes, ["writer", "no writer"])
        waits = self.two.client()
        self.net.advance(1.0)
        self.assertFalse(waits.ready)
        self.two.said.say(b=primary(2))
        self.net.advance(2.0)
        self.assertEqual((waits.ready, self.two.state), (True, ("b", 2)))

    def test_an_empty_disk(self) -> None:
        """One that has just been started beside another one that knows better is written through nowhere."""
        self.start(self.one)
        self.promote()
        self.net.advance(1.2)
        self.assertEqual(self.one.state, ("b", 2))
        self.start(self.two)
        client = self.two.client()
        for _ in range(60):
            self.net.advance(0.1)
            self.assertEqual((client.ready, self.two.state[0]), (False, ""))
        self.assertEqual(self.two.state, ("", 2))

    def test_both_start_at_once(self) -> None:
        """Neither has the other one wait for it."""
        self.start()
        clients = [self.one.client(), self.two.client()]
        self.net.advance(1.2)
        self.assertEqual([client.ready for client in clients], [True, True])

    def test_itself(self) -> None:
        """By a name that nobody can see through: it learns nothing new, and nothing stops it."""
        own = Seeing(self.net, "three", 3, "three")
        self.start(own)
        self.net.advance(1.2)
        self.assertEqual(own.state, ("a", 1))
        own.said.say(b=primary(2))
        self.net.advance(1.2)
        self.assertEqual(own.state, ("b", 2))

    def test_another_partys(self) -> None:
        """A proxy of other databases says nothing of these."""
        self.one.said.say(a=primary(5, "8"), b=standby(5, "8"))
        self.running()
        self.assertEqual((self.one.state, self.two.state), (("a", 5), ("a", 1)))


class SilentTests(TwoProxiesCase):
    """A proxy that does not respond stops nobody."""

    def test_dead_from_the_start(self) -> None:
        """It is waited for no longer than it takes to find out."""
        self.start(self.two)
        client = self.two.client()
        self.net.advance(1.2)
        self.assertTrue(client.ready)
        self.net.advance(5.0)
        self.assertEqual(len(self.two.facts.of(ProxySilent)), 1)
        self.assertEqual((client.lost, self.two.state), ("", ("a", 1)))

    def test_hangs_from_the_start(self) -> None:
        """It takes connections, and never responds: its check's timeout."""
        self.start(self.one)
        self.net.hang("one:9901")
        self.start(self.two)
        client = self.two.client()
        self.net.advance(2.0)
        self.assertTrue(client.ready)

    def test_dies_and_comes_back(self) -> None:
        """That is said once each; what it had seen counts still."""
        self.running()
        self.promote()
        self.net.advance(1.2)
        self.net.hang("one:9901")
        self.net.advance(5.0)
        (silent,) = self.two.facts.of(ProxySilent)
        self.assertEqual((silent.group, silent.proxy), ("db", "http://one:9901"))
        self.assertEqual(self.two.state, ("", 2))
        self.net.revive("one:9901")
        self.net.advance(3.0)
        self.assertEqual(len(self.two.facts.of(ProxyResponds)), 2)


class ReloadTests(TwoProxiesCase):
    """C{other_proxies} changes."""

    def test_added_and_removed(self) -> None:
        """It is asked from then on, and then no more; no session notices that."""
        self.two = Seeing(self.net, "two", 4)
        client = self.running()
        self.two.proxy.apply(self.two.config("one"))
        self.net.advance(1.0)
        (proxy,) = self.two.writer.state().proxies
        self.assertEqual((proxy.address, proxy.timeline, proxy.fault), ("http://one:9901", 1, ""))
        self.net.hang("one:9901")
        self.net.advance(0.7)
        self.two.proxy.apply(self.two.config(""))
        self.net.advance(3.0)
        self.assertEqual((self.two.writer.state().proxies, client.lost), ((), ""))
        self.net.revive("one:9901")
        self.promote()
        self.net.advance(2.0)
        self.assertEqual((self.two.state, client.lost), (("a", 1), ""))
        self.two.proxy.apply(self.two.config("one"))
        self.net.advance(1.0)
        self.assertEqual((self.two.state, client.lost), (("", 2), "ConnectionLost"))


class TlsTests(TwoProxiesCase):
    """At an address of its C{[admin]} that needs TLS and a token, which this path does not need."""

    def seen(self, hosts: str, authority: str) -> OtherProxy:
        """What is known of such a one, called C{node.example}.

        @param hosts: by which it lets itself be asked; C{authority}: the file of whom the other one trusts.
        """
        papers = Papers(self.mktemp())
        server, token = papers.server(), Path(self.mktemp())
        token.touch(mode=0o600)
        token.write_text("a-token-of-24-characters", encoding="utf-8")
        admin = (
            f'[admin]\nlisten = "tcp:9900"\nhosts = ["{hosts}"]\ntoken_file = "{token}"\n'
            f'tls = {{ cert = "{server.cert}", key = "{server.key}" }}\n'
        )
        node = Seeing(self.net, "node.example", 3, admin=admin)
        tls = f'tls = {{ ca = "{getattr(papers, authority)}" }}\n'
        asking = Seeing(self.net, "four", 4, "node.example", tls=tls)
        self.start(node, asking)
        self.net.advance(2.0)
        (found,) = asking.writer.state().proxies
        return found

    def test_seen(self) -> None:
        """By who trusts its certificate, as the pool's C{tls} says."""
        found = self.seen("node.example", "ca")
        self.assertEqual((found.address, found.timeline, found.fault), ("https://node.example:9900", 1, ""))

    def test_not_trusted(self) -> None:
        """Nothing of it is believed."""
        found = self.seen("node.example", "foreign_ca")
        self.assertEqual(found.timeline, 0)
        self.assertIn("certificate", found.fault)

    def test_another_host(self) -> None:
        """It does not let itself be asked by that name."""
        self.assertIn("not in its `[admin] hosts`", self.seen("other.example", "ca").fault)


class PersonTests(TwoProxiesCase):
    """A person's word, at each proxy."""

    def test_use(self) -> None:
        """What the other one has seen is given up here."""
        self.running()
        self.promote()
        self.net.advance(1.2)
        pool = self.two.proxy.service.pools["db"]
        with self.assertRaises(Undecidable):
            self.two.writer.use(pool.member("b"))
        self.two.writer.use(pool.member("a"))
        client = self.two.client()
        self.net.advance(5.0)
        self.assertEqual((client.ready, self.two.state), (True, ("a", 1)))

    def test_forget(self) -> None:
        """One after the other: neither teaches the other one again."""
        self.running()
        self.promote()
        self.net.advance(1.2)
        for one in (self.one, self.two):
            one.said.say(a=primary(1), b=standby(1))
        for one in (self.one, self.two):
            one.writer.forget()
            self.net.advance(2.0)
            self.assertEqual(one.state, ("a", 1))
        self.net.advance(5.0)
        self.assertEqual((self.one.state, self.two.state), (("a", 1), ("a", 1)))
        self.one.said.say(a=None, b=primary(2))
        self.net.advance(1.2)
        self.assertEqual((self.one.state, self.two.state), (("b", 2), ("", 2)))
