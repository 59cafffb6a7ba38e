"""What a C{goquorum-rpc} listener is counted to have done."""

from __future__ import annotations

from quorumha.numbers import ListenerNumbers
from quorumha.testing.http_clients import http_request
from tests.goquorum.served_rpc import ServedRpc, rpc_request

JSON = b"Content-Type: application/json"
HANDSHAKE = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="


class CountedTests(ServedRpc):
    """The channel counts what goes down; who makes a response of the proxy's own says that it is one."""

    def numbers(self) -> ListenerNumbers:
        return self.proxy.service.numbers["rpc"]

    def attempts(self) -> int:
        return sum(self.member(name).numbers.responded for name in ("a1", "a2"))

    def test_members_responses(self) -> None:
        """None is its own; each attempt is a member's."""
        self.serve()
        for _ in range(3):
            self.call("eth_chainId")
        numbers = self.numbers()
        self.assertEqual((numbers.statuses[2], dict(numbers.own), self.attempts()), (3, {}, 3))
        self.assertEqual(sum(numbers.seconds.counts), 3)
        self.assertEqual(sum(sum(self.member(n).numbers.first_byte.counts) for n in ("a1", "a2")), 3)

    def test_own_responses(self) -> None:
        """A call that is not served, what is no message, what is no call at all, what is too large."""
        self.serve('body_limit = "1KiB"')
        for own, data, status in (
            ({200: 1}, rpc_request("admin_peers"), 200),
            ({200: 2}, http_request(b"POST", b"/", b"nonsense", JSON), 200),
            ({200: 3}, http_request(b"GET", b"/"), 200),
            ({200: 3, 415: 1}, http_request(b"POST", b"/", b"{}", b"Content-Type: text/plain"), 415),
            ({200: 3, 415: 1, 413: 1}, http_request(b"POST", b"/", b"x" * 1025, JSON), 413),
        ):
            with self.subTest(own):
                self.assertEqual(self.proxy.ask(data, within=0.2).status, status)
                self.assertEqual(dict(self.numbers().own), own)
        self.assertEqual((self.attempts(), sum(self.numbers().statuses)), (0, 5))

    def test_handshakes(self) -> None:
        """One is taken, one has a mistake."""
        self.serve("websocket = true")
        self.proxy.client(http_request(b"GET", b"/", None, *HANDSHAKE, KEY))
        self.assertEqual(self.proxy.ask(http_request(b"GET", b"/", None, *HANDSHAKE)).status, 400)
        numbers = self.numbers()
        self.assertEqual((numbers.statuses[1], dict(numbers.own)), (1, {400: 1}))

    def test_failovers(self) -> None:
        """By what became of the member that was asked before."""
        self.serve()
        self.proxy.kill("a1")
        for _ in range(2):
            self.assertEqual(self.call("eth_chainId")["id"], 1)
        counters = self.proxy.service.pools["quorum"].counters
        self.assertEqual((counters.failovers, counters.failovers_by["connect"]), (1, 1))
        self.assertEqual(self.member("a1").numbers.connect_failed, 1)
