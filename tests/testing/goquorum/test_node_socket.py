"""WebSockets of a node; what was captured is in test_goquorum_corpus."""

from __future__ import annotations

from wsproto.events import Ping

from quorumha.testing import KEYS, SocketRecorder, on_calls
from quorumha.testing.goquorum.node_socket import PING_AFTER
from tests.testing.goquorum.network_case import NetworkCase


class SocketTests(NetworkCase):
    def client(self, place: str = "a1:8546", *fields: bytes) -> SocketRecorder:
        client = SocketRecorder.connect(self.net, place, "/", *fields)
        self.net.run()
        return client

    def test_death(self) -> None:
        """Ends the stream without a close frame, and its subscriptions."""
        client = self.client()
        client.call("eth_subscribe", "newHeads")
        self.net.run()
        self.a1.die()
        self.net.run()
        self.assertEqual((client.closed, client.how_it_ended), (None, "ConnectionDone"))
        self.assertEqual((self.a1.on_block, self.a1.websocket.sockets), ([], []))

    def test_a_client_that_goes(self) -> None:
        client = self.client()
        client.call("eth_subscribe", "newHeads")
        self.net.run()
        self.assertEqual(len(self.a1.on_block), 1)
        client.close()
        self.net.run()
        self.assertEqual(self.a1.on_block, [])

    def test_pings(self) -> None:
        """A client's is answered.  Its own come after 60 s without writing; the pong is not awaited."""
        client = self.client()
        client.event(Ping(payload=b"x"))
        self.net.run()
        self.assertEqual(client.pongs, 1)
        client.responds = False
        self.net.advance(PING_AFTER - 1)
        self.assertEqual(client.pings, 0)
        client.call("eth_chainId")
        self.net.advance(PING_AFTER - 1)
        self.assertEqual(client.pings, 0)
        self.net.advance(1 + 2 * PING_AFTER)
        self.assertEqual((client.pings, client.reason), (3, None))

    def test_faults(self) -> None:
        client = self.client()
        self.a1.faults.only = on_calls("eth_chainId")
        self.a1.faults.hang = True
        client.call("eth_chainId", id=1)
        client.call("net_version", id=2)
        self.net.run()
        self.assertEqual([one["id"] for one in client.values], [2])
        self.a1.faults.hang = False
        self.net.run()
        self.assertEqual([one["id"] for one in client.values], [2, 1])
        self.a1.faults.lag = 2.0
        client.call("eth_chainId", id=3)
        self.net.advance(1.9)
        self.assertEqual(len(client.messages), 2)
        self.net.advance(0.2)
        self.assertEqual(len(client.messages), 3)
        self.a1.faults.lag = 0
        self.a1.faults.die_after_commit = True
        client.call("eth_chainId")
        self.net.run()
        self.assertEqual((len(client.messages), self.a1.alive), (3, False))
        self.assertEqual(len(self.a1.seen["eth_chainId"]), 3)

    def test_origins(self) -> None:
        self.a1.origins = ("http://dapp.example",)
        self.assertEqual(self.client("a1:8546", b"Origin: http://dapp.example").status, 101)
        refused = self.client("a1:8546", b"Origin: http://other.example")
        self.assertEqual((refused.status, refused.how_it_ended), (403, "ConnectionDone"))

    def test_malformed(self) -> None:
        """An unmasked frame: 1002."""
        client = self.client()
        client.write(b"\x81\x02{}")
        self.net.run()
        self.assertEqual(client.closed, 1002)

    def test_what_is_not_ascii(self) -> None:
        client = self.client()
        client.send('{"id":"%s","method":"eth_chainId"}' % ("\u00e4" * 300))
        self.net.run()
        self.assertEqual(client.values[0]["id"], "\u00e4" * 300)
        self.assertEqual(len(client.frames[0]), 1)


class KeysTests(NetworkCase):
    def test_tokens_of_the_handshake(self) -> None:
        self.a1.tokens = {"good": ("*",)}
        for fields, said in (((b"Authorization: Bearer good",), "result"), ((), "error")):
            client = SocketRecorder.connect(self.net, "a1:8546", "/", *fields)
            client.call("eth_getBalance", KEYS[0], "latest")
            self.net.run()
            self.assertIn(said, client.values[0])
