"""The HTTP side of simulated nodes, and their faults."""

from __future__ import annotations

from quorumha.testing import SimulatedTessera
from tests.testing.tessera_pair import Pair


class PortTests(Pair):
    def test_requests_are_kept_if_asked(self) -> None:
        self.status("q2t0", "GET /upcheck")
        self.assertEqual([r.target for r in self.nodes[0].q2t.requests], [b"/upcheck"])
        self.assertEqual(self.nodes[0].q2t.handled, self.nodes[0].q2t.requests)
        silent = SimulatedTessera(self.net.clock, self.store, keep=False)
        self.net.listen("s:1", silent.q2t)
        self.status("s", "GET /upcheck")
        self.assertEqual((silent.q2t.requests, silent.q2t.served), ([], 1))


class FaultTests(Pair):
    def test_hangs_then_goes_on(self) -> None:
        self.nodes[0].faults.hang = True
        client = self.net.connect("q2t0:1")
        request = b"GET /upcheck HTTP/1.1\r\nHost: c\r\n\r\n"
        client.write(request)
        self.net.advance(60)
        self.assertEqual(client.received, b"")
        self.nodes[0].faults.hang = False
        client.write(request)
        self.net.run()
        self.assertEqual(client.received.count(b"I'm up!"), 2)

    def test_lags(self) -> None:
        self.nodes[0].faults.lag = 2.0
        client = self.net.connect("q2t0:1")
        client.write(b"GET /upcheck HTTP/1.1\r\nHost: c\r\n\r\n")
        self.net.advance(1.9)
        self.assertEqual(client.received, b"")
        self.net.advance(0.1)
        self.assertTrue(client.received.endswith(b"I'm up!"))

    def test_refuses_and_breaks_off(self) -> None:
        client = self.net.connect("q2t0:1")
        self.net.run()
        self.nodes[0].q2t.abort_connections()
        self.nodes[0].faults.refuse = True
        refused = self.net.connect("q2t0:1")
        self.net.run()
        self.assertEqual((client.how_it_ended, refused.how_it_ended), ("ConnectionLost", "ConnectionLost"))
        self.assertEqual(self.nodes[0].q2t.live, [])
