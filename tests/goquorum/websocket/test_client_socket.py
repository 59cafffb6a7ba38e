"""One client's WebSocket: limits, pings, closes."""

from __future__ import annotations

from wsproto.events import CloseConnection, Ping, TextMessage

from quorumha.testing.goquorum.node_port import on_calls
from tests.goquorum.websocket.served_sockets import ServedSockets


class LimitTests(ServedSockets):
    """What one client may do."""

    def test_in_flight_limit_calls_above_it_are_not_read(self) -> None:
        """Back-pressure, and no error."""
        self.serve("in_flight_limit = 3")
        client = self.open()
        self.hang("eth_gasPrice")
        for id in range(5):
            client.call("eth_gasPrice", id=id)
        client.call("eth_chainId", id="last")
        self.assertEqual(self.said(client), [])
        self.hang()
        said = self.said(client)
        self.assertEqual({one["id"] for one in said}, {0, 1, 2, 3, 4, "last"})

    def test_over_message_limit_1009(self) -> None:
        """Before it is whole."""
        self.serve('message_limit = "1KiB"')
        client = self.open()
        client.event(TextMessage(data="x" * 700, message_finished=False))
        client.event(TextMessage(data="x" * 700, message_finished=False))
        self.said(client)
        self.assertEqual(client.closed, 1009)

    def test_unmasked_or_malformed_frames_1002(self) -> None:
        """And nothing is done."""
        self.serve()
        for wire in (b"\x81\x02{}", b"\x83\x80aaaa", b"\x80\x80aaaa", b"\xc1\x80aaaa", b"\x09\x80aaaa"):
            client = self.open()
            client.write(wire)
            self.said(client)
            self.assertEqual(client.closed, 1002, wire)
            self.said(client, 3.0)
            self.assertIsNotNone(client.how_it_ended)

    def test_a_client_that_does_not_read_1013(self) -> None:
        """Up to C{client_buffer}; it slows nobody else."""
        self.serve('client_buffer = "64KiB"\nin_flight_limit = 1000\nping_interval = 0')
        client, other = self.open(), self.open()
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = "0x" + "00" * 30_000
        client.pause()
        for id in range(12):
            client.call("eth_call", {}, "latest", id=id)
        self.said(client)
        other.call("eth_chainId")
        self.assertEqual(len(self.said(other)), 1)
        client.resume()
        self.said(client)
        self.assertEqual(client.closed, 1013)

    def test_0_is_no_limit(self) -> None:
        """As everywhere."""
        self.serve("client_buffer = 0\nmessage_limit = 0")
        client = self.open()
        for name in ("a1", "a2"):
            self.node(name).replies["eth_gasPrice"] = "0x" + "00" * 30_000
        client.pause()
        for id in range(12):
            client.call("eth_gasPrice", id=id)
        self.said(client)
        client.resume()
        self.assertEqual(len(self.said(client)), 12)


class HandshakeTests(ServedSockets):
    """What opens a WebSocket, and what does not."""

    def ask(self, *fields: bytes, target: bytes = b"/", method: bytes = b"GET") -> int:
        lines = [b"%b %b HTTP/1.1" % (method, target), b"Host: x", b"Connection: Upgrade"]
        lines += [b"Upgrade: websocket", *fields, b"", b""]
        return self.proxy.ask(b"\r\n".join(lines)).status

    def test_refused(self) -> None:
        """As RFC 6455 has it; other paths as at a node."""
        self.serve()
        version, key = b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        self.assertEqual(self.ask(version), 400)
        self.assertEqual(self.ask(version, b"Sec-WebSocket-Key: short"), 400)
        self.assertEqual(self.ask(b"Sec-WebSocket-Version: 8", key), 426)
        self.assertEqual(self.ask(version, key, target=b"/other"), 404)

    def test_websocket_false_serves_none(self) -> None:
        """It is an ordinary request then."""
        self.serve("websocket = false")
        self.assertNotEqual(self.open().status, 101)


class CloseTests(ServedSockets):
    """How it ends."""

    def test_a_clean_stop_of_the_proxy_1001(self) -> None:
        """Once what is under way is done."""
        self.serve()
        client = self.open()
        for name in ("a1", "a2"):
            self.node(name).faults.only = on_calls("eth_chainId")
            self.node(name).faults.lag = 0.5
        client.call("eth_chainId")
        self.said(client)
        self.proxy.stop()
        self.assertEqual(client.values[0].get("result"), "0x1ea1", client.values)
        self.assertEqual(client.closed, 1001)

    def test_the_clients_close_is_responded_to(self) -> None:
        """With its code, and the connection ends."""
        self.serve()
        client = self.open()
        client.event(CloseConnection(code=1000, reason="bye"))
        self.said(client)
        self.assertEqual(client.closed, 1000)
        self.assertIsNotNone(client.how_it_ended)

    def test_a_client_that_leaves_ends_its_calls(self) -> None:
        """Nothing is held for it."""
        self.serve()
        client = self.open()
        self.hang("eth_chainId")
        client.call("eth_chainId")
        self.said(client)
        client.abort()
        self.said(client)
        self.assertEqual([self.member(name).in_flight for name in ("a1", "a2")], [0, 0])


class PingTests(ServedSockets):
    """Who is there."""

    def test_pings_to_clients_every_ping_interval(self) -> None:
        """It is responded to, and lives; C{idle_timeout} does not run."""
        self.serve('ping_interval = "1s"\nidle_timeout = "2s"')
        client = self.open()
        self.said(client, 10.5)
        self.assertEqual(client.pings, 10)
        self.assertIsNone(client.closed)
        client.call("eth_chainId")
        self.assertEqual(len(self.said(client)), 1)

    def test_no_pong_for_as_long_closed_1011(self) -> None:
        """It is gone, most likely."""
        self.serve('ping_interval = "1s"')
        client = self.open()
        client.responds = False
        self.said(client, 2.5)
        self.assertEqual(client.closed, 1011)

    def test_any_byte_counts_as_a_pong(self) -> None:
        """Whoever calls is there."""
        self.serve('ping_interval = "1s"')
        client = self.open()
        client.responds = False
        for _ in range(8):
            client.call("eth_chainId")
            self.said(client, 0.7)
        self.assertIsNone(client.closed)

    def test_a_clients_pings_are_answered(self) -> None:
        """With what they brought."""
        self.serve()
        client = self.open()
        client.event(Ping(b"here"))
        self.said(client)
        self.assertEqual(client.pongs, 1)
