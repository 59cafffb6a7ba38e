"""What a GoQuorum listener is made of, and what it shares with others."""

from __future__ import annotations

from quorumha.goquorum.forward.reads import READS
from quorumha.goquorum.knowledge.method_classes import METHOD_CLASSES
from quorumha.testing.memory_proxy import MemoryProxy, http_request
from tests.goquorum.served_rpc import CONFIG, ServedRpc, rpc_request

MORE = """
[listeners.more]
listen = "tcp:8546"
serve = "goquorum-rpc"
pool = "quorum"
"""


class ListenerTests(ServedRpc):
    """Its parts."""

    def both(self) -> MemoryProxy:
        upstreams = '{ name = "a1", endpoint = "http://10.0.0.21:8545" }'
        proxy = MemoryProxy(CONFIG % (upstreams, "", "") + MORE)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        proxy.net.advance(1.0)
        return proxy

    def test_one_bound_for_the_answers_that_the_process_keeps(self) -> None:
        """Whichever listener's."""
        parts = self.both().service.parts
        self.assertIs(parts["rpc"].asker.kept, parts["more"].asker.kept)

    def test_each_class_has_its_own_way(self) -> None:
        """None is taken for a read, which may be sent twice."""
        engine = self.serve().service.parts["rpc"].engine
        self.assertEqual({*engine.handlings, *READS}, set(METHOD_CLASSES))
        self.assertNotIn(engine.reads, engine.handlings.values())

    def test_a_change_keeps_what_a_listener_knows(self) -> None:
        """Who waits there, what clients have seen, and whose pages may read."""
        self.serve()
        before = self.proxy.service.parts["rpc"]
        self.call("eth_blockNumber")
        upstreams = '{ name = "a1", endpoint = "http://10.0.0.21:8545" }'
        self.proxy.apply(CONFIG % (upstreams, "", "batch_limit = 1"))
        after = self.proxy.service.parts["rpc"]
        self.assertIsNot(after, before)
        for name in ("waiting_room", "floors", "origins", "accounts", "filters"):
            self.assertIs(getattr(after.state, name), getattr(before.state, name), name)
        response = self.proxy.ask(http_request(b"POST", b"/", b"[1,2]", b"Content-Type: application/json"))
        self.assertIn(b"batch too large", response.body)

    def test_a_listener_that_stops_waits_for_no_member(self) -> None:
        """Those who wait are told so."""
        self.serve()
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        client = self.proxy.client(rpc_request("eth_chainId"))
        self.proxy.net.run()
        self.proxy.service.parts["rpc"].close()
        self.proxy.net.run()
        got = self.got(client)
        assert got is not None
        self.assertEqual(got.status, 503)
