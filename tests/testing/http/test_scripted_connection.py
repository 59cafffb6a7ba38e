"""Connections to simulated nodes."""

from __future__ import annotations

from tests.testing.tessera_pair import Pair


class ConnectionTests(Pair):
    def test_kept_alive_closed_when_asked_and_head_has_no_body(self) -> None:
        client = self.net.connect("q2t0:1")
        client.write(b"HEAD /upcheck HTTP/1.1\r\nHost: c\r\n\r\n")
        client.write(b"GET /upcheck HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
        self.net.run()
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 2)
        self.assertTrue(client.received.endswith(b"Connection: close\r\n\r\nI'm up!"))
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_continue(self) -> None:
        client = self.net.connect("q2t0:1")
        client.write(b"POST /send HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        self.net.run()
        self.assertEqual(client.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        client.write(b"{}")
        self.net.run()
        self.assertIn(b"HTTP/1.1 400 ", client.received)

    def test_not_http(self) -> None:
        client = self.net.connect("q2t0:1")
        client.write(b"hello\r\n\r\n")
        self.net.run()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))
        self.assertEqual(client.how_it_ended, "ConnectionDone")
