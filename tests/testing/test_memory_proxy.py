"""A user's configuration in memory."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import load_config
from quorumha.errors import ConfigError
from quorumha.testing import DatabaseClient, MemoryProxy, MemoryTopology, ScriptedUpstream, http_request
from quorumha.testing.http.plays import no_response
from quorumha.testing.tessera.state import Party
from tests.documents import ROOT

EXAMPLES = ROOT / "docs" / "examples"
TWO = """
stop_timeout = "1s"
[pools.p]
upstreams = ["http://10.0.0.1:80", "http://10.0.0.2:80"]
[listeners.l]
listen = "tcp:8080"
pool = "p"
"""


class MemoryProxyTests(SynchronousTestCase):
    def proxy(self, config: str = TWO) -> MemoryProxy:
        proxy = MemoryProxy(config)
        proxy.simulate()
        proxy.start()
        return proxy

    def test_every_example(self) -> None:
        """Is served by nodes that are simulated: on tcp and unix sockets, relayed and understood."""
        # libpq has sockets of its own: what it asks is no simulated database.
        for path in sorted(set(EXAMPLES.glob("*.toml")) - {EXAMPLES / "database-by-hand.toml"}):
            config = load_config(path, {})
            proxy = MemoryProxy.from_file(path)
            proxy.simulate()
            proxy.start()
            proxy.net.advance(3)
            for pool in proxy.service.pools.values():
                self.assertEqual([m.health.down for m in pool.members], [False] * len(pool.members), path)
            for name, listener in config.listeners.items():
                if listener.serve.startswith("tessera-"):
                    self.assertEqual(proxy.ask(http_request(b"GET", b"/upcheck"), name).status, 200)
                if listener.serve == "postgresql":
                    self.fails_over(proxy, name)
            proxy.stop()

    def fails_over(self, proxy: MemoryProxy, listener: str) -> None:
        """A database hangs, and the other one is promoted: sessions end, and new ones go there."""
        endpoint = proxy.net.client_endpoint(proxy.place_of(listener))
        sessions = [DatabaseClient.to(endpoint)]
        sessions[0].insert("before")
        proxy.net.advance(0.1)
        first, other = proxy.cluster.databases
        proxy.hang(first)
        proxy.cluster.promote(other)
        proxy.net.advance(5)
        self.assertTrue(sessions[0].lost)
        sessions.append(DatabaseClient.to(endpoint))
        sessions[1].insert("after")
        proxy.net.advance(0.1)
        self.assertEqual([one.acknowledged for one in sessions], [["before"], ["after"]])
        self.assertIn("after", proxy.cluster.databases[other].rows)
        sessions[1].close()
        proxy.net.advance(0.1)

    def test_one_node_has_all_its_ports(self) -> None:
        proxy = MemoryProxy.from_file(EXAMPLES / "small.toml")
        proxy.simulate()
        self.assertEqual(sorted(proxy.tesseras), ["10.0.0.11", "10.0.0.12"])
        self.assertEqual(sorted(proxy.goquorums), ["10.0.0.21:22000", "10.0.0.22:22000"])
        self.assertEqual(len(proxy.places["10.0.0.11"]), 3)

    def test_relayed_connection(self) -> None:
        """Of a GoQuorum that hangs it ends, as the page has it."""
        proxy = MemoryProxy.from_file(EXAMPLES / "standalone.toml")
        proxy.simulate()
        proxy.start()
        asking = http_request(b"POST", b"/", b"{}", b"Content-Type: application/json", host=b"127.0.0.1")
        client = proxy.client(asking, "rpc")
        proxy.net.advance(1)
        self.assertIsNone(client.how_it_ended)
        proxy.hang("10.0.0.21:22000")
        proxy.net.advance(3)
        self.assertEqual(client.how_it_ended, "ConnectionDone")
        response = proxy.response(proxy.client(asking, "rpc"))
        assert response is not None
        self.assertEqual(response.status, 200)
        proxy.stop()

    def test_simulate_again(self) -> None:
        """After a change: who is there stays, with its store, which a new one shares."""
        text = TWO.replace('"http://10.0.0.1:80", ', "") + 'serve = "tessera-q2t"\n'
        proxy = self.proxy(text)
        second = proxy.tesseras["10.0.0.2:80"]
        proxy.apply(TWO + 'serve = "tessera-q2t"\n')
        proxy.simulate()
        self.assertIs(proxy.tesseras["10.0.0.2:80"], second)
        self.assertIs(proxy.tesseras["10.0.0.1:80"].state.store, second.state.store)
        proxy.stop()

    def test_unknown_names(self) -> None:
        """Whoever mistypes one is told which there are."""
        proxy = self.proxy()
        error = self.assertRaises(KeyError, proxy.kill, "10.0.0.1")
        self.assertEqual(error.args, ("no node is called '10.0.0.1'; there are 10.0.0.1:80, 10.0.0.2:80",))
        error = self.assertRaises(KeyError, proxy.ask, http_request(), "rpc")
        self.assertEqual(error.args, ("no listener is called 'rpc'; there are l",))

    def test_faults(self) -> None:
        proxy = self.proxy()
        for fault in (proxy.kill, proxy.hang):
            fault("10.0.0.1:80")
            for _ in range(2):
                self.assertEqual(proxy.ask(http_request(), within=3).status, 200)
            self.assertEqual(len(proxy.scripted["10.0.0.1:80"].requests), 0)
            proxy.revive("10.0.0.1:80")
        proxy.stop()

    def test_a_killed_tessera_forgets(self) -> None:
        proxy = MemoryProxy.from_file(EXAMPLES / "beside-goquorum.toml")
        proxy.simulate()
        state = proxy.tesseras["10.0.0.11:9101"].state
        state.parties["http://other/"] = Party(set())
        proxy.kill("10.0.0.11:9101")
        self.assertEqual(state.parties, {})

    def test_who_listens_already_stays(self) -> None:
        net = MemoryTopology()
        mine = ScriptedUpstream(net.clock)
        net.listen("10.0.0.1:80", mine)
        proxy = MemoryProxy(TWO, net)
        proxy.simulate()
        proxy.start()
        for _ in range(2):
            proxy.ask(http_request())
        self.assertEqual(len(mine.requests), 1)
        proxy.stop()

    def test_variables(self) -> None:
        proxy = MemoryProxy(TWO.replace("8080", "${PORT}"), environ={"PORT": "99"}, host="here")
        self.assertEqual(proxy.place_of("l"), "here:99")

    def test_nothing_is_written(self) -> None:
        proxy = MemoryProxy('state_directory = "/nowhere"\n' + TWO)
        self.assertIsNone(proxy.config.state_directory)

    def test_wrong(self) -> None:
        with self.assertRaises(ConfigError):
            MemoryProxy("[listeners]")

    def test_a_stop_cuts(self) -> None:
        """What does not end is cut, as a process does."""
        proxy = self.proxy()
        for node in proxy.scripted.values():
            node.then = no_response()
        client = proxy.client(http_request())
        proxy.stop()
        self.assertIsNotNone(client.how_it_ended)

    def test_a_stop_that_hangs(self) -> None:
        proxy = self.proxy(TWO.replace('"1s"', "0") + "total_timeout = 0\nfirst_byte_timeout = 0\n")
        for node in proxy.scripted.values():
            node.then = no_response()
        proxy.client(http_request())
        with self.assertRaises(AssertionError):
            proxy.stop()
