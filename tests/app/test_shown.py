"""What an operator sees of listeners: who is connected, who waits, which parties are known."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.member_state import state_in_words
from quorumha.testing import MemoryProxy, http_request
from quorumha.testing.http.plays import Moment, Play, Wait, respond

TESSERA = """
[pools.tessera]
upstreams = ["http://10.0.0.1:9101", "http://10.0.0.2:9101"]
[listeners.q2t]
listen = "tcp:9101"
serve = "tessera-q2t"
pool = "tessera"
[pools.p2p]
upstreams = ["http://10.0.0.1:9001", "http://10.0.0.2:9001"]
[listeners.p2p]
listen = "tcp:9001"
serve = "tessera-p2p"
pool = "p2p"
"""
MIRRORED = """
[pools.main]
upstreams = ["http://10.0.0.1:80"]
[pools.other]
upstreams = ["http://10.0.0.2:80"]
[listeners.rpc]
listen = "tcp:80"
serve = "http"
routes = [{ path = "/", pool = "main", mirror = "other" }]
"""


class ShownTests(SynchronousTestCase):
    """L{quorumha.net.listener_part.Shown} of each kind, and the clients of the service."""

    def serve(self, config: str) -> MemoryProxy:
        proxy = MemoryProxy(config)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy

    def test_waiting(self) -> None:
        """A request that nobody can respond to waits, and is seen to; with its body."""
        proxy = self.serve(TESSERA)
        for name in list(proxy.tesseras):
            proxy.kill(name)
        proxy.net.advance(5)
        self.assertEqual(proxy.service.parts["q2t"].shown().waiting, 0)
        proxy.client(http_request(b"POST", b"/send", b'{"payload": "AA=="}'), "q2t")
        proxy.net.advance(1)
        shown = proxy.service.parts["q2t"].shown()
        self.assertEqual(shown.waiting, 1)
        self.assertGreater(shown.waiting_bytes, 10)
        self.assertEqual(shown.parties, None)
        self.assertEqual(proxy.service.open_connections, {"q2t": 1, "p2p": 0})

    def test_since(self) -> None:
        """A member is not up since a time when it was none, nor one of a pool that is new."""
        proxy = self.serve(MIRRORED)
        proxy.net.advance(100)
        at = proxy.service.wall()
        proxy.apply(
            MIRRORED.replace('"http://10.0.0.1:80"', '"http://10.0.0.1:80", "http://10.0.0.9:80"')
            + '\n[pools.new]\nupstreams = ["http://10.0.0.8:80"]\ncheck = "off"\n'
            '[listeners.new]\nlisten = "tcp:8599"\npool = "new"\n'
        )
        since = {
            f"{name}/{one.name}": state_in_words(one, proxy.net.clock.seconds()).since
            for name, pool in proxy.service.pools.items()
            for one in pool.members
        }
        new = {name for name, began in since.items() if began}
        self.assertEqual(new, {"main/10.0.0.9:80", "new/10.0.0.8:80"})
        self.assertEqual({since[name] for name in new}, {at})

    def test_parties(self) -> None:
        """Where party infos come, the parties are counted, and what each member lacks."""
        proxy = self.serve(TESSERA)
        shown = proxy.service.parts["p2p"].shown()
        self.assertEqual(shown.parties, 0)
        self.assertEqual(set(shown.missing.values()), {0})
        self.assertEqual(len(shown.missing), 2)

    def test_mirror(self) -> None:
        """Copies under way are counted for the pool whose requests they are."""
        proxy = self.serve(MIRRORED)
        first, second = (proxy.scripted[name] for name in proxy.scripted)
        first.then = respond(200, b"")
        second.then = Play(Moment.REQUEST, (Wait(1000.0),))
        proxy.ask(http_request(b"GET", b"/"))
        proxy.net.run()
        self.assertEqual(proxy.service.parts["rpc"].shown().mirror_pending, {"main": 1})
