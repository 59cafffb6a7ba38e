"""What the nodes of L{bench.rpc_nodes} say: reads get the answer of every work.  Pure."""

from __future__ import annotations

import itertools
import json
import math
import random

from bench.upstreams import RESULT

#: Seconds after which another node has a transaction: the median of a log-normal, and its sigma.
GOSSIP, SPREAD = 0.0007, 1.4
#: The end of each head.
HEAD_ENDING = b'"nonce":"0x0000000000000000"}}}'

_CLUSTER = [
    {
        "hostname": "127.0.0.1",
        "nodeActive": True,
        "nodeId": f"{number:0128x}",
        "p2pPort": 21000 + number,
        "raftId": str(number),
        "raftPort": 50400,
        "role": "minter" if number == 1 else "verifier",
    }
    for number in (1, 2, 3)
]


class Chain:
    """What all nodes have together.

    @param draw: seconds that the next transaction takes to the other nodes; and ids.
    @ivar subscription: the id of the last one that was made.
    """

    def __init__(self, draw: random.Random) -> None:
        self.height = 1
        self.subscription = ""
        self._draw = draw
        self._numbers = itertools.count(1)
        #: Where each transaction is, and when the others have it.
        self._known: dict[str, tuple[int, float]] = {}
        self._fixed = {
            "eth_syncing": False,
            "net_peerCount": "0x2",
            "raft_cluster": _CLUSTER,
            "eth_getTransactionCount": "0x0",
        }
        #: Answers to messages in which nothing but reads was asked.
        self._reads: dict[bytes, bytes] = {}

    def respond(self, node: int, body: bytes, now: float) -> bytes:
        """What a node says to a message."""
        found = self._reads.get(body)
        if found is not None:
            return found
        read = json.loads(body)
        calls = read if isinstance(read, list) else [read]
        said = [
            {"jsonrpc": "2.0", "id": one.get("id"), "result": self._call(node, one, now)} for one in calls
        ]
        made = json.dumps(said if isinstance(read, list) else said[0], separators=(",", ":")).encode() + b"\n"
        if all(one["method"] == "eth_call" for one in calls):
            self._reads[body] = made
        return made

    def _call(self, node: int, call: dict[str, object], now: float) -> object:
        method = str(call["method"])
        if method in ("eth_sendTransaction", "eth_getTransactionByHash", "eth_getRawTransactionByHash"):
            return self._transaction(node, method, call, now)
        if method == "eth_sendRawTransaction":
            self._known[self._first(call)] = (node, 0.0)
            return self._first(call)
        if method == "eth_blockNumber":
            return hex(self.height)
        if method == "eth_subscribe":
            # As long as a node's, which has no zeros in front either.
            self.subscription = hex(self._draw.getrandbits(128))
            return self.subscription
        return self._fixed.get(method, RESULT)

    def _transaction(self, node: int, method: str, call: dict[str, object], now: float) -> object:
        if method == "eth_sendTransaction":
            hash = f"0x{next(self._numbers):064x}"
            self._known[hash] = (node, now + self._draw.lognormvariate(math.log(GOSSIP), SPREAD))
            return hash
        hash = self._first(call)
        at, seen = self._known.get(hash, (-1, math.inf))
        if at != node and now < seen:
            return None
        return hash if method == "eth_getRawTransactionByHash" else {"hash": hash, "input": RESULT}

    def _first(self, call: dict[str, object]) -> str:
        params = call["params"]
        assert isinstance(params, list)
        return str(params[0])

    def next_head(self) -> bytes:
        """The next head, JSON."""
        parent, self.height = self.height, self.height + 1
        head = dict.fromkeys(("sha3Uncles", "stateRoot", "transactionsRoot", "receiptsRoot"), f"0x{7:064x}")
        head |= {"miner": f"0x{0:040x}", "logsBloom": f"0x{0:0512x}", "difficulty": "0x20000"}
        head |= {
            "parentHash": f"0x{parent:064x}",
            "hash": f"0x{self.height:064x}",
            "number": hex(self.height),
        }
        head |= {"gasLimit": "0xdff20001", "gasUsed": "0x5208", "timestamp": "0x18ecbe1a507dcdef"}
        head |= {"extraData": f"0x{0:0196x}", "mixHash": f"0x{0:064x}", "nonce": f"0x{0:016x}"}
        return json.dumps(head, separators=(",", ":")).encode()


def told(subscription: str, head: bytes) -> bytes:
    """The message to a subscriber."""
    return b'{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"%b","result":%b}}\n' % (
        subscription.encode(),
        head,
    )
