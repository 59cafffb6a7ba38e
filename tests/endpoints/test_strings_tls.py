"""TLS lies above transports of ours: what is paused is watched for its end there, too."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.net.progress import INetTransport, close_now, lowest
from quorumha.testing import Recorder
from tests.endpoints.papers import Papers
from tests.net.real_turns import RealTurns

BIG = b"x" * 5_000_000


class Produces:
    """Registers a streaming producer, as everybody does who minds the other side."""

    def pauseProducing(self) -> None:
        """It has nothing more to write."""

    resumeProducing = stopProducing = pauseProducing


class TLSTests(SynchronousTestCase):
    """Both ends in one reactor, turned by the test."""

    def setUp(self) -> None:
        self.reactor = RealTurns()
        self.addCleanup(self.reactor.close)
        papers = Papers(self.mktemp())
        listening = listening_endpoint(self.reactor, "tcp:0:interface=127.0.0.1", papers.server(), lambda: 10)
        self.served: list[Recorder] = []
        port = self.successResultOf(listening.listen(Factory.forProtocol(self.serve)))
        self.addCleanup(self.reactor.run)
        self.addCleanup(port.stopListening)
        self.client = Recorder()
        upstream = upstream_endpoint(self.reactor, f"tcp:127.0.0.1:{port.getHost().port}", papers.client())
        connecting = upstream.connect(Factory.forProtocol(lambda: self.client))
        self.addCleanup(self.end)
        self.turn_until(lambda: connecting.called and bool(self.served))
        self.successResultOf(connecting)
        self.server = self.served[0]
        self.ends = (self.client, self.server)

    def end(self) -> None:
        for one in self.ends:
            if one.reason is None:
                lowest(one.transport).abortConnection()
        self.turn_until(lambda: all(one.reason is not None for one in self.ends))

    def serve(self) -> Recorder:
        self.served.append(Recorder())
        return self.served[-1]

    def turn_until(self, done: Any) -> None:
        while not done():
            self.reactor.turn()

    def test_below_is_one_of_ours(self) -> None:
        for end in self.ends:
            self.assertTrue(INetTransport.providedBy(lowest(end.transport)))

    def test_paused(self) -> None:
        """Whoever is reset while it is not read knows at once."""
        self.server.pause()
        self.client.write(BIG)
        for _ in range(10):
            self.reactor.turn()
        lowest(self.client.transport).abortConnection()
        self.turn_until(lambda: self.server.reason is not None)
        self.assertEqual(self.server.how_it_ended, "ConnectionLost")
        self.assertLess(len(self.server.received), len(BIG))

    def test_end_with_a_producer(self) -> None:
        """The other side's end is the end, though a producer is there."""
        for end in self.ends:
            end.transport.registerProducer(Produces(), True)
        self.server.write(BIG)
        self.server.transport.unregisterProducer()
        self.server.close()
        self.turn_until(lambda: self.client.reason is not None)
        self.assertEqual((len(self.client.received), self.client.how_it_ended), (len(BIG), "ConnectionDone"))
        self.turn_until(lambda: self.server.reason is not None)

    def test_close_now(self) -> None:
        """What was sent arrives."""
        self.server.write(b"x" * 10_000)
        self.reactor.turn()
        close_now(self.server.transport)
        self.turn_until(lambda: self.client.reason is not None)
        self.assertEqual(len(self.client.received), 10_000)
