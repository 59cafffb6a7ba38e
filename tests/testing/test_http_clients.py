"""Clients in memory."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import HttpClients, MemoryTopology, ScriptedUpstream, http_request, responses
from quorumha.testing.http.plays import CLOSE, Wait, informational_first, raw, respond

SLOW = evolve(respond(200), steps=(Wait(1.0), *respond(200).steps))


class OneNode(HttpClients):
    def place_of(self, listener: str) -> str:
        return f"{listener or 'a'}:1"


class ClientTests(SynchronousTestCase):
    def setUp(self) -> None:
        net = MemoryTopology()
        self.node = ScriptedUpstream(net.clock)
        net.listen("a:1", self.node)
        self.clients = OneNode(net)

    def test_request(self) -> None:
        self.assertEqual(
            http_request(b"PUT", b"/a", b"xyz", b"A: b", host=b"h", version=b"1.0"),
            b"PUT /a HTTP/1.0\r\nHost: h\r\nA: b\r\nContent-Length: 3\r\n\r\nxyz",
        )
        self.assertNotIn(b"Content-Length", http_request())

    def test_ask(self) -> None:
        self.node.script.append(respond(404, b"none"))
        self.assertEqual(self.clients.ask(http_request()).body, b"none")

    def test_head(self) -> None:
        self.node.script.append(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"))
        self.assertTrue(self.clients.ask(http_request(b"HEAD")).complete)

    def test_in_time(self) -> None:
        """Time passes until the response is there, and no longer."""
        self.node.script.append(SLOW)
        self.clients.ask(http_request(), within=30)
        self.assertLess(self.clients.net.clock.seconds(), 1.1)

    def test_too_late(self) -> None:
        self.node.script.append(SLOW)
        with self.assertRaisesRegex(AssertionError, r"no response in 0.5 s \(`within` lets it take longer\)"):
            self.clients.ask(http_request(), within=0.5)

    def test_interim(self) -> None:
        self.node.script.append(informational_first(103))
        client = self.clients.client(http_request())
        self.assertEqual([m.status for m in responses(client)], [103, 200])
        first = self.clients.response(client)
        self.assertEqual(first and first.status, 200)

    def test_the_end_ends_it(self) -> None:
        """A body without a length."""
        beginning = b"HTTP/1.1 200 OK\r\n\r\nall"
        self.node.script.extend([raw(beginning), raw(beginning) + CLOSE])
        self.assertIsNone(self.clients.response(self.clients.client(http_request())))
        self.assertEqual(self.clients.ask(http_request()).body, b"all")

    def test_source(self) -> None:
        self.clients.client(source="192.0.2.1")
        (end,) = self.clients.net.connections("a:1")
        self.assertEqual(end.getPeer().host, "192.0.2.1")  # type: ignore[attr-defined]  # an IPv4Address
