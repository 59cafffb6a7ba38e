"""Simulated GoQuorum nodes answer as the captured real ones did."""

from __future__ import annotations

import json
import re
from typing import Any

from wsproto.events import BytesMessage

from quorumha.testing import SocketRecorder
from tests.testing.goquorum_captures import CALL, Captured, body_form, form, load, simulated


class CorpusTests(Captured):
    def all_agree(self, name: str) -> int:
        exchanges = simulated(name)
        for exchange in exchanges:
            self.agree(exchange)
        return len(exchanges)

    def test_calls(self) -> None:
        self.assertGreater(self.all_agree("calls"), 85)

    def test_envelope(self) -> None:
        self.assertGreater(self.all_agree("envelope"), 50)

    def test_http(self) -> None:
        self.assertGreater(self.all_agree("http"), 20)


class SocketExchanges(Captured):
    """Says again what went over a WebSocket."""

    def client(self, *fields: bytes) -> SocketRecorder:
        client = SocketRecorder.connect(self.net, "a1:8546", "/", *fields)
        self.net.run()
        return client

    def exchanged(self, captured: dict[str, Any]) -> SocketRecorder:
        fields = {
            "psi-handshake": [b"Quorum-PSI: psi1"],
            "origin-other": [b"Origin: http://other.example"],
        }
        client = self.client(*fields.get(captured["name"], []))
        for text in captured["sent"]:
            if cut := re.fullmatch(r"\((\d+) bytes\)", text):
                client.event(BytesMessage(data=CALL if int(cut[1]) == len(CALL) else b" " * int(cut[1])))
            else:
                client.send(text)
            self.net.run()
        return client


class SocketCorpusTests(SocketExchanges):
    """What went over a WebSocket."""

    def test_messages(self) -> None:
        compared = 0
        for captured in load("websocket"):
            name, received = captured["name"], captured["received"]
            if name in ("notifications", "header-by-number-of-the-same"):
                continue
            client = self.exchanged(captured)
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
