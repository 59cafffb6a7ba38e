"""What real GoQuorum nodes answered, and how it is compared with what simulated ones do.

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

from quorumha.testing import (
    MemoryTopology,
    Message,
    SimulatedNetwork,
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


def simulated(name: str) -> list[dict[str, Any]]:
    """Those of a file that simulated nodes can answer."""
    return [one for one in load(name) if one["name"] not in NOT_SIMULATED]


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


#: What differs from one response to the next, and what a proxy adds.
OURS = (b"Date", b"X-Request-Id")


class Captured(SynchronousTestCase):
    """The network that the captures were made in."""

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

    def place(self, node: str) -> str:
        """Who is asked in place of a node."""
        return f"{node}:8545"

    def asked(self, exchange: dict[str, Any]) -> Message:
        """What is said to a captured request now."""
        if exchange["name"] not in AT_ONCE:
            self.net.advance(1)
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
        client = self.net.connect(self.place(exchange["node"]))
        client.write(
            http_request(request["method"].encode(), request["path"].encode(), sent, *fields, host=host)
            + after
        )
        self.net.run()
        (found,) = responses(client, request["method"].encode())
        return found

    def agree(self, exchange: dict[str, Any]) -> None:
        """It is what the real node said."""
        found, name, wanted = self.asked(exchange), exchange["name"], exchange["body"]
        self.assertEqual(found.status, exchange["status"], name)
        body = found.body.decode("latin-1")
        if cut := CUT.search(wanted):
            self.assertEqual(len(body), int(cut[1]), name)
            wanted, body = wanted[: cut.start()], body[: cut.start()]
        self.assertEqual(body_form(body), body_form(wanted), name)
        fields = {(key.decode(), value.decode()) for key, value in found.headers if key not in OURS}
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
        """What the real node made up is called otherwise here."""
        if body.startswith("{") and wanted.startswith("{"):
            made, captured = json.loads(body).get("result"), json.loads(wanted).get("result")
            if isinstance(made, str) and isinstance(captured, str) and MADE_UP.match(captured):
                self.translated[captured] = made
