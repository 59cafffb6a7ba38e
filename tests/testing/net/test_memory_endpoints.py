"""Connecting and listening by endpoint."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import (
    CannotListenError,
    ConnectingCancelledError,
    ConnectionRefusedError,
    NoProtocol,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, Recorder
from tests.testing.net.test_memory import RecorderFactory

PLACE = "a:9101"


class ConnectingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.factory = RecorderFactory()

    def dial(self, place: str = PLACE) -> Deferred[Protocol]:
        return self.net.client_endpoint(place).connect(Factory.forProtocol(Recorder))

    def test_takes_a_turn_on_both_sides(self) -> None:
        listening = self.net.server_endpoint(PLACE).listen(self.factory)
        self.assertEqual(self.successResultOf(listening).getHost().port, 9101)
        connecting = self.dial()
        self.assertNoResult(connecting)
        self.net.run()
        client = self.successResultOf(connecting)
        (node,) = self.factory.made
        self.assertEqual((client.wire.getPeer().host, client.wire.getPeer().port), ("a", 9101))
        self.assertEqual(client.wire.getPeer(), node.wire.getHost())
        self.assertEqual(client.wire.getHost(), node.wire.getPeer())
        self.assertEqual(client.wire.getHost().host, "127.0.0.1")

    def test_the_source_is_what_the_node_sees(self) -> None:
        self.net.listen(PLACE, self.factory)
        self.net.connect(PLACE, source="192.0.2.7")
        self.net.run()
        self.assertEqual(self.factory.made[0].wire.getPeer().host, "192.0.2.7")

    def test_unix_places(self) -> None:
        self.net.listen("unix:/run/tm.ipc", self.factory)
        client = self.net.connect("unix:/run/tm.ipc")
        self.net.run()
        self.assertEqual(client.wire.getPeer().name, b"/run/tm.ipc")
        self.assertIs(self.factory.made[0].wire.getPeer().name, None)

    def test_refused_where_nobody_listens(self) -> None:
        connecting = self.dial()
        self.assertNoResult(connecting)
        self.net.run()
        self.failureResultOf(connecting, ConnectionRefusedError)

    def test_a_place_is_taken_once(self) -> None:
        self.net.listen(PLACE, self.factory)
        self.failureResultOf(self.net.server_endpoint(PLACE).listen(self.factory), CannotListenError)

    def test_no_listening_after_stop_but_connections_live(self) -> None:
        port = self.net.listen(PLACE, self.factory)
        client = self.net.connect(PLACE)
        self.net.run()
        stopping = port.stopListening()
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual((self.factory.started, self.factory.stopped), (1, 1))
        refused = self.dial()
        client.write(b"still here")
        self.net.run()
        self.failureResultOf(refused, ConnectionRefusedError)
        self.assertEqual(self.factory.made[0].received, b"still here")
        self.net.listen(PLACE, self.factory)
        again = self.dial()
        self.net.run()
        self.successResultOf(again)
        self.assertEqual(len(self.net.connections(PLACE)), 2)

    def test_cancelled(self) -> None:
        self.net.listen(PLACE, self.factory)
        connecting = self.dial()
        connecting.cancel()
        self.net.run()
        self.failureResultOf(connecting, ConnectingCancelledError)
        self.assertEqual(self.factory.made, [])

    def test_a_black_hole_lasts_until_cancelled(self) -> None:
        self.net.black_hole(PLACE)
        connecting = self.dial()
        self.net.advance(3600)
        self.assertNoResult(connecting)
        connecting.cancel()
        self.failureResultOf(connecting, ConnectingCancelledError)
        self.net.revive(PLACE)
        refused = self.dial()
        self.net.run()
        self.failureResultOf(refused, ConnectionRefusedError)

    def test_a_factory_that_declines(self) -> None:
        class Declines(Factory):
            def buildProtocol(self, addr: object) -> None:
                return None

        self.net.listen(PLACE, Declines())
        client = self.net.connect(PLACE)
        declined = self.net.client_endpoint(PLACE).connect(Declines())
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionDone")
        self.failureResultOf(declined, NoProtocol)

    def test_a_bad_place_is_named(self) -> None:
        for place in ("a", "a:", ":1", "a:b", "unix:"):
            with self.assertRaisesRegex(ValueError, "neither host:port"):
                self.net.client_endpoint(place)

    def test_endpoints_count_their_tries(self) -> None:
        endpoint = self.net.client_endpoint(PLACE)
        for _ in range(2):
            self.failureResultOf(self.ran(endpoint.connect(self.factory)), ConnectionRefusedError)
        self.assertEqual(endpoint.tries, 2)

    def ran(self, deferred: Deferred[Protocol]) -> Deferred[Protocol]:
        self.net.run()
        return deferred
