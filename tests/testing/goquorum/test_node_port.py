"""HTTP of a node; what was captured is in test_goquorum_corpus."""

from __future__ import annotations

from quorumha.testing import Message, http_request, on_calls, responses
from tests.testing.goquorum.network_case import NetworkCase

BODY = b'{"jsonrpc":"2.0","id":1,"method":"eth_getPSI"}'
JSON = b"Content-Type: application/json"


class PortTests(NetworkCase):
    def asked(self, data: bytes) -> Message:
        client = self.net.connect("a1:8545")
        client.write(data)
        self.net.run()
        (found,) = responses(client, data.split(b" ")[0])
        return found

    def test_psi(self) -> None:
        """The field wins over the query."""
        found = self.asked(http_request(b"POST", b"/?PSI=q", BODY, JSON, b"Quorum-PSI: f"))
        self.assertIn(b'"result":"f"', found.body)

    def test_without_cors(self) -> None:
        """Nothing varies, and OPTIONS is answered all the same."""
        found = self.asked(
            http_request(b"OPTIONS", b"/", None, b"Origin: http://x", b"Access-Control-Request-Method: POST")
        )
        self.assertEqual((found.status, found.get(b"vary")), (200, None))
        self.assertIsNone(self.asked(http_request(b"POST", b"/", BODY, JSON)).get(b"vary"))
        self.assertEqual(self.asked(http_request(b"OPTIONS")).status, 200)

    def test_cors_for_any(self) -> None:
        self.a1.cors = ("*",)
        found = self.asked(http_request(b"POST", b"/", BODY, JSON, b"Origin: http://x"))
        self.assertEqual(found.get(b"access-control-allow-origin"), b"http://x")
        preflight = (b"Origin: http://x", b"Access-Control-Request-Method: POST")
        found = self.asked(http_request(b"OPTIONS", b"/", None, *preflight))
        self.assertEqual(found.get(b"access-control-allow-methods"), b"POST")
        self.assertIsNone(found.get(b"access-control-allow-headers"))

    def test_head(self) -> None:
        self.assertEqual(self.asked(http_request(b"HEAD")).status, 415)

    def test_faults_by_method(self) -> None:
        self.a1.faults.only = on_calls("eth_getPSI")
        self.a1.faults.hang = True
        client = self.net.connect("a1:8545")
        client.write(http_request(b"POST", b"/", BODY, JSON))
        self.assertEqual(self.call(self.a1, "eth_chainId"), "0x1ea1")
        self.assertEqual(client.received, b"")
        self.a1.faults.hang = False
        self.net.run()
        self.assertIn(b"private", client.received)

    def test_dead(self) -> None:
        """Where a test listens itself, a dead node ends each connection."""
        self.net.listen("other:8545", self.a1.rpc)
        self.a1.die()
        client = self.net.connect("other:8545")
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
