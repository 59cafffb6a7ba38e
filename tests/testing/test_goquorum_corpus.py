"""Simulated GoQuorum nodes answer as the captured real ones did.

Every captured request is made again, in order, in a network set up alike: three nodes, the first two with one
key store of twelve accounts, no Tessera.  Status, fields and bodies must agree.  Hashes, ids of filters
and signatures cannot be made again, so values of that kind are compared by form; a captured one that a later
request names is translated.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from wsproto.events import BytesMessage

from quorumha.testing import (
    MemoryTopology,
    Message,
    SimulatedNetwork,
    SocketRecorder,
    http_request,
    responses,
)

CORPUS = Path(__file__).parent / "corpus" / "goquorum"

#: What is not simulated, and why.
NOT_SIMULATED = {
    "call-revert-reason": "there is no virtual machine: a reason would have to be computed",
    "call-loop": "there is no virtual machine that could use up its gas",
    "gzip": "quorumha never asks a node for it",
    "graphql": "a service of its own, which quorumha does not serve",
    "graphql-error": "a service of its own, which quorumha does not serve",
}
#: Those that came before the block of the one before.
AT_ONCE = {"raw-again-same-node"}
#: A value that a run makes up; addresses are not.
MADE_UP = re.compile(
    r"(0x|enode://|UTC--|\A)(?!0+\b)([0-9a-f]{128,}|[0-9a-f]{64}|[0-9a-f]{31,32})(?![0-9a-f])"
)
PORT = re.compile(r"127\.0\.0\.1:\d+|\[::\]:\d+")
CALL = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
CUT = re.compile(r"\.\.\.\((\d+) bytes\)\Z")


def load(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / f"{name}.json").read_text().splitlines()]


def form(value: Any, key: str = "") -> Any:
    """A value with what a run makes up left out."""
    if isinstance(value, dict):
        return [(name, form(inner, name)) for name, inner in value.items()]
    if isinstance(value, list):
        return [form(inner) for inner in value]
    if key.endswith("Port") or key == "listener":
        return type(value).__name__
    if key == "v" and value != "0x0":
        # One of two, as the signature has it.
        return (int(value, 16) - 35) // 2
    if key == "enr" and isinstance(value, str):
        return value[:4]
    if isinstance(value, str):
        value = PORT.sub("PORT", value)
        return MADE_UP.sub(lambda match: f"{match[1]}<{len(match[2])} digits>", value)
    return value


def body_form(body: str) -> Any:
    try:
        return form(json.loads(body)), body[-1:]
    except ValueError:
        return body


def whole(name: str, body: str) -> str:
    """A captured body that was cut."""
    if not (cut := CUT.search(body)):
        return body
    size = int(cut[1])
    if name == "batch-1500":
        calls = (f'{{"jsonrpc":"2.0","id":{n},"method":"eth_chainId","params":[]}}' for n in range(1500))
        body = "[" + ",".join(calls) + "]"
    elif name == "deep-10001":
        body = body[: body.index("[[")] + "[" * 10_001 + "]" * 10_001 + "}"
    else:
        body = body[: body.index("0x0") + 2]
        body += "0" * (size - len(body) - 3) + '"]}'
    assert len(body) == size, (name, len(body), size)
    return body


class Captured(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.network = SimulatedNetwork(self.net.clock)
        self.translated: dict[str, str] = {}
        accounts = next(e for e in load("calls") if e["name"] == "ok-eth_accounts")["body"]
        coinbase = next(e for e in load("calls") if e["name"] == "ok-eth_coinbase")["body"]
        for name, keys in (
            ("a1", json.loads(accounts)["result"]),
            ("a2", json.loads(accounts)["result"]),
            ("b", []),
        ):
            node = self.network.add(name, keys, vhosts=("localhost",), cors=("http://dapp.example",))
            node.coinbase = json.loads(coinbase)["result"]
            node.listen(self.net, f"{name}:8545", f"{name}:8546")


class CorpusTests(Captured):
    def asked(self, exchange: dict[str, Any]) -> Message:
        request = exchange["request"]
        body = whole(exchange["name"], request["body"])
        for captured, made in self.translated.items():
            body = body.replace(captured, made)
        fields = [f"{name}: {value}".encode() for name, value in request["headers"].items() if name != "Host"]
        fields.append(b"Connection: close")
        sent: bytes | None = body.encode("latin-1") if body or request["method"] == "POST" else None
        after = b""
        if exchange["name"] in ("chunked-request", "too-large-chunked"):
            assert sent is not None
            after = b"%x\r\n%b\r\n0\r\n\r\n" % (len(sent), sent)
            fields.append(b"Transfer-Encoding: chunked")
            sent = None
        host = request["headers"].get("Host", "127.0.0.1:8545").encode()
        client = self.net.connect(f"{exchange['node']}:8545")
        client.write(
            http_request(request["method"].encode(), request["path"].encode(), sent, *fields, host=host)
            + after
        )
        self.net.run()
        (found,) = responses(client, request["method"].encode())
        return found

    def agree(self, exchange: dict[str, Any]) -> None:
        found, name, wanted = self.asked(exchange), exchange["name"], exchange["body"]
        self.assertEqual(found.status, exchange["status"], name)
        body = found.body.decode("latin-1")
        if cut := CUT.search(wanted):
            self.assertEqual(len(body), int(cut[1]), name)
            wanted, body = wanted[: cut.start()], body[: cut.start()]
        self.assertEqual(body_form(body), body_form(wanted), name)
        fields = {(key.decode(), value.decode()) for key, value in found.headers if key != b"Date"}
        captured = {(key, value) for key, value in exchange["headers"]}
        # Of other lengths: names of folders, ports.
        self.assertEqual(
            *(
                {(key, "" if key == "Content-Length" else value) for key, value in some}
                for some in (fields, captured)
            ),
            name,
        )
        self.translate(body, wanted)

    def translate(self, body: str, wanted: str) -> None:
        if body.startswith("{") and wanted.startswith("{"):
            made, captured = json.loads(body).get("result"), json.loads(wanted).get("result")
            if isinstance(made, str) and isinstance(captured, str) and MADE_UP.match(captured):
                self.translated[captured] = made

    def all_agree(self, name: str) -> int:
        compared = 0
        for exchange in load(name):
            if exchange["name"] in NOT_SIMULATED:
                continue
            if exchange["name"] not in AT_ONCE:
                self.net.advance(1)
            self.agree(exchange)
            compared += 1
        return compared

    def test_calls(self) -> None:
        self.assertGreater(self.all_agree("calls"), 85)

    def test_envelope(self) -> None:
        self.assertGreater(self.all_agree("envelope"), 50)

    def test_http(self) -> None:
        self.assertGreater(self.all_agree("http"), 20)


class SocketCorpusTests(Captured):
    """What went over a WebSocket."""

    def client(self, *fields: bytes) -> SocketRecorder:
        client = SocketRecorder.connect(self.net, "a1:8546", "/", *fields)
        self.net.run()
        return client

    def exchanged(self, captured: dict[str, Any], *fields: bytes) -> SocketRecorder:
        client = self.client(*fields)
        for text in captured["sent"]:
            if cut := re.fullmatch(r"\((\d+) bytes\)", text):
                client.event(BytesMessage(data=CALL if int(cut[1]) == len(CALL) else b" " * int(cut[1])))
            else:
                client.send(text)
            self.net.run()
        return client

    def test_messages(self) -> None:
        compared = 0
        for captured in load("websocket"):
            name, received = captured["name"], captured["received"]
            if name in ("notifications", "header-by-number-of-the-same"):
                continue
            fields = {
                "psi-handshake": [b"Quorum-PSI: psi1"],
                "origin-other": [b"Origin: http://other.example"],
            }
            client = self.exchanged(captured, *fields.get(name, []))
            if name == "origin-other":
                self.assertEqual(client.status, 403)
            elif received[0].startswith("CLOSED"):
                self.assertEqual(client.closed, 1009 if name == "too-large" else None, name)
                self.assertEqual(client.how_it_ended, "ConnectionDone", name)
                self.assertEqual(client.messages, [], name)
            else:
                self.assertEqual(
                    [body_form(m) for m in client.messages], [body_form(m) for m in received], name
                )
            compared += 1
        self.assertGreater(compared, 15)

    def test_notifications(self) -> None:
        """newHeads, newPendingTransactions, syncing, logs; then two transactions, of which one logs."""
        captured, header = load("websocket")[-2:]
        self.assertEqual(
            (captured["name"], header["name"]), ("notifications", "header-by-number-of-the-same")
        )
        client, accounts = self.client(), self.network.nodes["a1"].store.accounts
        for name in ("newHeads", "newPendingTransactions", "syncing"):
            client.call("eth_subscribe", name)
        client.call("eth_subscribe", "logs", {})
        client.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[1]})
        self.net.advance(1)
        client.call("eth_sendTransaction", {"from": accounts[0], "data": "0x60006000a0"})
        self.net.advance(1)

        def told(messages: list[str]) -> list[Any]:
            values = [json.loads(message) for message in messages]
            return sorted((form(v["params"]["result"]) for v in values if "params" in v), key=repr)

        def alike(found: list[Any]) -> list[Any]:
            # What a run makes up, or the gas limit: a block's time, and how its minter moves that.
            mine = ("timestamp", "gasLimit", "extraData", "logsBloom", "address")
            return [
                [(k, type(v) if k in mine else v) for k, v in one] if isinstance(one, list) else one
                for one in found
            ]

        self.assertEqual(alike(told(client.messages)), alike(told(captured["received"])))
        heads = [
            v["params"]["result"]
            for v in client.values
            if isinstance(v.get("params", {}).get("result"), dict)
        ]
        head = next(one for one in heads if one.get("number") == "0x2")
        client.call("eth_getHeaderByNumber", "0x2", id="header")
        self.net.run()
        found = client.values[-1]["result"]
        self.assertEqual(list(found), list(json.loads(header["received"][0])))
        self.assertEqual(found.keys() - head.keys(), {"size", "totalDifficulty"})
        self.assertEqual({**found, **head}, found)

    def test_frames(self) -> None:
        """Every head comes in two; what is larger than the buffer in one, and an empty one."""
        client = self.client()
        client.call("eth_subscribe", "newHeads")
        client.call("personal_listWallets")
        self.net.run()
        self.network.mine()
        self.net.run()
        sizes = [len(message) for message in client.messages]
        self.assertEqual(client.frames, [[sizes[0]], [sizes[1], 0], [1024, sizes[2] - 1024]])
        self.assertTrue(client.received.count(b"\x01\x7e\x04\x00") and client.received.count(b"\x80\x7e"))
