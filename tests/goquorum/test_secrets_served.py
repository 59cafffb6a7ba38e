"""Whatever becomes of calls: no parameter, result or token is in the log, a fact, or an error of ours."""

from __future__ import annotations

import json

from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.python.failure import Failure

from quorumha.events import RequestDone
from quorumha.goquorum.decide.facts import InDoubt
from quorumha.testing import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.http_clients import http_request
from tests.goquorum.websocket.served_sockets import ServedSockets

#: In everything that is not to be seen.
SECRET = "5ec2e7"
TOKEN = f"Authorization: Bearer {SECRET}".encode()
DATA = f"0x{SECRET}"
PAYMENT = {"from": KEYS[0], "to": KEYS[1], "gas": "0x5208", "data": DATA, "privateFor": [SECRET]}
CALLS = [
    ("eth_sendTransaction", [PAYMENT]),
    ("eth_sendTransaction", [{**PAYMENT, "From": SECRET}]),
    ("personal_unlockAccount", [KEYS[0], SECRET]),
    ("personal_sendTransaction", [PAYMENT, SECRET]),
    ("eth_sendRawTransaction", [DATA]),
    ("eth_sendRawPrivateTransaction", [DATA, {"privateFor": [SECRET]}]),
    ("eth_call", [{"to": KEYS[0], "data": DATA}, "latest"]),
    ("eth_getTransactionReceipt", [DATA + "0" * 58]),
    ("eth_newFilter", [{"topics": [DATA]}]),
    ("eth_fillTransaction", [PAYMENT]),
    ("plugin@x_y", [SECRET]),
    ("admin_addPeer", [SECRET]),
]
BODIES = [
    *[json.dumps({"id": 1, "method": method, "params": params}).encode() for method, params in CALLS],
    json.dumps([{"id": 1, "method": method, "params": params} for method, params in CALLS]).encode(),
    f'{{"{SECRET}'.encode(),
    f'{{"id": [], "method": "{SECRET}"}}'.encode(),
    f'[{{"id": 1, "Method": "{SECRET}"}}, "{SECRET}"]'.encode(),
]


class SecretsTests(ServedSockets):
    """The log of everything, and what was told."""

    def setUp(self) -> None:
        self.logged: list[LogEvent] = []
        globalLogPublisher.addObserver(self.logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.logged.append)

    def check(self) -> None:
        """Nothing of it was said."""
        for fact in self.facts.facts:
            self.assertNotIn(SECRET, repr(fact))
        for line in self.facts.lines():
            self.assertNotIn(SECRET, line)
        for event in self.logged:
            failure = event.get("log_failure")
            said = failure.getTraceback() if isinstance(failure, Failure) else ""
            self.assertNotIn(SECRET, f"{formatEvent(event)} {said}")

    def send_all(self) -> None:
        """Each message over HTTP and on a WebSocket."""
        socket = self.open(TOKEN, target=f"/?token={SECRET}")
        for body in BODIES:
            fields = (b"Content-Type: application/json", TOKEN)
            client = self.proxy.client(http_request(b"POST", f"/?token={SECRET}".encode(), body, *fields))
            socket.send(body.decode())
            self.proxy.net.advance(0.2)
            client.close()
        self.proxy.net.advance(4.0)
        for said in socket.values:
            for one in said if isinstance(said, list) else [said]:
                if "quorumha" in one.get("error", {}).get("data", {}):
                    self.assertNotIn(SECRET, json.dumps(one))

    def begin(self) -> None:
        self.serve('client_timeout = "2s"\nallow = ["*"]')
        for node in self.proxy.quorums.values():
            node.replies["eth_call"] = DATA

    def test_while_all_is_well(self) -> None:
        """Results, too, are nobody's business."""
        self.begin()
        self.send_all()
        self.check()

    def test_while_nodes_are_at_fault(self) -> None:
        """What they say of a call may have a part of it."""
        self.begin()
        for node in self.proxy.quorums.values():
            for method, _ in CALLS:
                node.replies[method] = RpcError(-32000, f"missing trie node {SECRET}")
        self.send_all()
        self.check()

    def test_while_nodes_hang_and_die(self) -> None:
        """With calls in their hands; then there is none."""
        self.begin()
        self.hang(*[method for method, _ in CALLS])
        self.send_all()
        self.hang()
        self.proxy.kill("a1")
        self.send_all()
        self.proxy.kill("a2")
        self.send_all()
        self.check()
        self.assertTrue(self.facts.of(InDoubt))
        self.assertIn("no member can answer", repr(self.facts.of(RequestDone)))
