"""A client whose requests all fail fills no log."""

from __future__ import annotations

from twisted.logger import LogEvent, Logger
from twisted.trial.unittest import SynchronousTestCase

from quorumha.logs.fact_observer import LogObserver
from quorumha.logs.folding import FoldingObserver
from tests.http.server.proxied import Proxied, get

#: Requests that the client sends at once, and how often it does.
AT_ONCE, TIMES = 100, 200


class StormTests(SynchronousTestCase):
    """20,000 requests of one client."""

    def test_few_lines(self) -> None:
        """Fewer than 20 lines, and each request stands in the number of one."""
        proxied = Proxied("ab")
        for name in "ab":
            proxied.net.kill(f"{name}:1")
        written: list[LogEvent] = []
        folding = FoldingObserver(written.append, proxied.net.clock)
        proxied.pool.observers.add(LogObserver(Logger("quorumha", observer=folding)))
        proxied.serve(proxied.forwarder())
        client = proxied.client(b"")
        for _ in range(TIMES):
            client.write(get() * AT_ONCE)
            proxied.net.advance(0.1)
        proxied.net.advance(20)
        self.assertEqual(client.received.count(b"HTTP/1.1 502"), AT_ONCE * TIMES)
        self.assertLess(len(written), 20, written)
        failed = [event for event in written if event["event"] == "request-failed"]
        self.assertEqual(sum(event.get("more", 1) for event in failed), AT_ONCE * TIMES)
