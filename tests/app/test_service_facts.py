"""What a configuration that is served tells: each fact names its listener and its call."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import (
    ConnectionDone,
    Listening,
    MemberChanged,
    Refused,
    RequestDone,
    Started,
    Waiting,
    WaitingOver,
)
from quorumha.pool.upstream import Responded
from quorumha.testing import FactRecorder, MemoryProxy, http_request
from tests.endpoints.papers import Papers

TOML = """
[pools.nodes]
upstreams = ["http://10.0.0.1:80", {{ endpoint = "http://10.0.0.2:80", backup = true }}]

[pools.tessera]
upstreams = ["http://10.0.0.11:9101", "http://10.0.0.12:9101"]

[listeners.routes]
listen = "tcp:8080"
serve = "http"
[[listeners.routes.routes]]
path = "/known"
match = "exact"
pool = "nodes"

[listeners.q2t]
listen = "tcp:9001"
serve = "tessera-q2t"
pool = "tessera"
client_timeout = "5s"

[listeners.relay]
listen = "tcp:22000"
serve = "tcp"
pool = "nodes"

[listeners.secure]
listen = "tcp:8443"
serve = "http"
pool = "nodes"
tls = {{ cert = "{cert}", key = "{key}", client_ca = "{ca}" }}
"""


class FactsTests(SynchronousTestCase):
    """One process with a listener of each kind."""

    def setUp(self) -> None:
        papers = Papers(self.mktemp())
        tls = papers.server(mutual=True)
        self.facts = FactRecorder()
        text = TOML.format(cert=tls.cert, key=tls.key, ca=tls.client_ca)
        self.proxy = MemoryProxy(text, observers=self.facts.observers)
        self.proxy.simulate()
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.proxy.net.advance(2)

    def test_start(self) -> None:
        (started,) = self.facts.of(Started)
        self.assertEqual(sorted(started.listeners), ["q2t", "relay", "routes", "secure"])
        self.assertEqual(set(started.members["tessera"].values()), {"up"})
        self.assertEqual(len(self.facts.of(Listening)), 4)

    def test_calls(self) -> None:
        """A route by its path, a call of Tessera by its name: not what the client wrote."""
        self.proxy.ask(http_request(b"GET", b"/known?secret=1"), "routes")
        self.proxy.ask(http_request(b"GET", b"/transaction/" + b"A" * 86 + b"=="), "q2t")
        known, lookup = self.facts.of(RequestDone)
        self.assertEqual((known.listener, known.call, known.pool), ("routes", "/known", "nodes"))
        self.assertEqual((lookup.listener, lookup.pool, lookup.status), ("q2t", "tessera", 404))
        self.assertIn("/transaction", lookup.call)
        self.assertNotIn("A" * 10, repr(self.facts.facts))
        self.assertNotIn("secret", repr(self.facts.facts))

    def test_who_was_asked_when_goquorum_starts(self) -> None:
        """A response that is looked at before it goes down has its member, too."""
        self.proxy.ask(http_request(b"GET", b"/upcheck"), "q2t")
        (done,) = self.facts.of(RequestDone)
        self.assertEqual([one.outcome for one in done.attempts], [Responded(200)])

    def test_refused(self) -> None:
        """By the route table, and by TLS."""
        self.proxy.ask(http_request(b"GET", b"/unknown"), "routes")
        self.proxy.client(http_request(), "secure")
        self.proxy.net.run()
        found = [(one.listener, one.status, one.cause) for one in self.facts.of(Refused)]
        self.assertEqual(
            found, [("routes", 404, "no route takes this path"), ("secure", 0, "it spoke plain HTTP")]
        )

    def test_backup(self) -> None:
        self.proxy.kill("10.0.0.1:80")
        self.proxy.net.advance(3)
        self.proxy.ask(http_request(b"GET", b"/known"), "routes")
        self.proxy.revive("10.0.0.1:80")
        self.proxy.net.advance(3)
        changes = [fact.change for fact in self.facts.of(MemberChanged)]
        self.assertEqual(changes, ["down", "backup in use", "up", "back from backup"])

    def test_waiting(self) -> None:
        """From the first that waits until all are served."""
        for name in ("10.0.0.11:9101", "10.0.0.12:9101"):
            self.proxy.kill(name)
        clients = [self.proxy.client(http_request(b"GET", b"/upcheck"), "q2t") for _ in range(3)]
        self.proxy.net.advance(1)
        self.assertEqual(self.facts.of(Waiting), [Waiting("q2t")])
        self.proxy.revive("10.0.0.11:9101")
        self.proxy.net.advance(2)
        self.assertTrue(all(self.proxy.response(client) for client in clients))
        (over,) = self.facts.of(WaitingOver)
        self.assertEqual((over.listener, over.count, over.served), ("q2t", 3, 3))
        waited = [done.waited for done in self.facts.of(RequestDone)]
        self.assertTrue(all(0.9 < seconds < 3 for seconds in waited), waited)

    def test_relay(self) -> None:
        client = self.proxy.client(http_request(b"GET", b"/"), "relay")
        self.proxy.net.run()
        client.abort()
        self.proxy.net.run()
        (done,) = self.facts.of(ConnectionDone)
        self.assertEqual((done.listener, done.pool, done.upstream), ("relay", "nodes", "10.0.0.1:80"))
        self.assertGreater(min(done.received, done.sent), 0)
