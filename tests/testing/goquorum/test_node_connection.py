"""One connection: requests, or a WebSocket."""

from __future__ import annotations

from quorumha.testing import SocketRecorder
from tests.testing.goquorum.network_case import NetworkCase

HANDSHAKE = b"\r\n".join(
    (
        b"GET / HTTP/1.1",
        b"Host: a",
        b"Upgrade: websocket",
        b"Connection: keep-alive, Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        b"",
        b"",
    )
)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class ConnectionTests(NetworkCase):
    def test_one_port_for_both(self) -> None:
        """The port for HTTP upgrades; the other one does nothing else."""
        client = SocketRecorder.connect(self.net, "a1:8545")
        client.call("eth_chainId")
        self.net.run()
        self.assertEqual(client.values[0]["result"], "0x1ea1")
        self.assertEqual(self.a1.rpc.requests[0].get(b"upgrade"), b"websocket")
        plain = self.net.connect("a1:8546")
        plain.write(GET)
        self.net.run()
        self.assertIn(b"400 Bad Request", plain.received)

    def test_a_handshake_in_pieces(self) -> None:
        """After a request on the same connection."""
        client = self.net.connect("a1:8545")
        for data in (GET, HANDSHAKE):
            for at in range(len(data)):
                client.write(data[at : at + 1])
                self.net.run()
        self.assertIn(b" 200 ", client.received)
        self.assertIn(b" 101 ", client.received)

    def test_what_is_no_http(self) -> None:
        client = self.net.connect("a1:8545")
        client.write(b"GET nothing\r\n\r\n")
        self.net.run()
        self.assertIn(b" 400 ", client.received)
