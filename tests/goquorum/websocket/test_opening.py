"""Both sides of the handshake."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.websocket.opening import accepted, for_calls, handshake, is_accepted, mistake_in
from quorumha.http.wire.headers import Client, HeaderRules, response_bytes
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.parsing import parse_request_head, parse_response_head

#: Of RFC 6455, 1.3.
KEY, TOKEN = b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HEAD = parse_request_head(
    b"GET /?a=b HTTP/1.1\r\nHost: proxy\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Protocol: x\r\n"
    b"Accept-Encoding: gzip\r\nAuthorization: Bearer t\r\n\r\n",
    HeadLimits(),
)


class ServerTests(SynchronousTestCase):
    """A client's."""

    def test_accepted(self) -> None:
        """With the token of the standard's own example."""
        self.assertIsNone(mistake_in(HEAD))
        self.assertEqual(
            response_bytes(accepted(HEAD), minor=1, keep_alive=True),
            b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + TOKEN + b"\r\n"
            b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        )

    def test_mistakes(self) -> None:
        """Each its status."""
        version, key = (b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", KEY)
        for status, fields, changed in (
            (404, [version, key], {"target": b"/graphql"}),
            (405, [version, key], {"method": b"POST"}),
            (426, [key], {}),
            (426, [(b"Sec-WebSocket-Version", b"8"), key], {}),
            (400, [version], {}),
            (400, [version, key, key], {}),
            (400, [version, (b"Sec-WebSocket-Key", b"AAAA")], {}),
            (400, [version, (b"Sec-WebSocket-Key", b"***")], {}),
        ):
            found = mistake_in(evolve(HEAD, fields=fields, **changed))
            assert found is not None
            self.assertEqual(found.status, status, fields)


class ClientTests(SynchronousTestCase):
    """Ours to a member."""

    def test_with_the_clients_fields(self) -> None:
        """But not with what was of its own handshake."""
        client = Client.at("192.0.2.1", secure=False)
        wire = handshake(for_calls(HEAD), b"/?a=b", KEY, HeaderRules(host="upstream"), b"a1:8546", client)
        head = parse_request_head(wire, HeadLimits())
        self.assertEqual((head.target, head.host, head.upgrade), (b"/?a=b", b"a1:8546", b"websocket"))
        self.assertEqual(
            head.fields,
            [
                (b"Authorization", b"Bearer t"),
                (b"Sec-WebSocket-Version", b"13"),
                (b"Sec-WebSocket-Key", KEY),
            ],
        )
        self.assertEqual(head.forwarded[0], (b"x-forwarded-for", b"192.0.2.1"))
        self.assertIsNone(mistake_in(head))

    def test_is_accepted(self) -> None:
        """Only with our own token."""
        response = parse_response_head(response_bytes(accepted(HEAD), minor=1, keep_alive=True), b"GET")
        self.assertTrue(is_accepted(response, KEY))
        self.assertFalse(is_accepted(response, b"x"))
        self.assertFalse(is_accepted(evolve(response, status=200), KEY))
        self.assertFalse(is_accepted(evolve(response, upgrade=b"h2c"), KEY))
