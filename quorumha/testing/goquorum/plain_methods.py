"""The JSON-RPC methods of a simulated GoQuorum, and the chain that nodes share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from attrs import define, field

from quorumha.testing.goquorum.rpc_error import RpcError


@define
class Mined:
    """A transaction in its block."""

    block: int
    sender: str
    to: str | None


@define(eq=False)
class Chain:
    """What nodes agree on.

    @ivar chain_id: of C{eth_chainId}.
    @ivar height: the number of the latest block.
    @ivar mined: transactions by hash.
    @ivar nonces: the next nonce of each sender.
    """

    chain_id: int = 1337
    height: int = 0
    mined: dict[str, Mined] = field(factory=dict)
    nonces: dict[str, int] = field(factory=dict)

    def mine(self, key: str, sender: str, to: str | None) -> str:
        """Take a transaction into a new block.

        @raise RpcError: it is known already.
        """
        if key in self.mined:
            raise RpcError(-32000, "already known")
        self.height += 1
        self.nonces[sender] = self.nonces.get(sender, 0) + 1
        self.mined[key] = Mined(self.height, sender, to)
        return key


def _hash(*parts: object) -> str:
    return "0x" + hashlib.sha3_256(repr(parts).encode()).hexdigest()


def _send(chain: Chain, params: list[Any]) -> str:
    asked = params[0]
    sender = asked["from"].lower()
    nonce = int(asked["nonce"], 16) if "nonce" in asked else chain.nonces.get(sender, 0)
    if nonce < chain.nonces.get(sender, 0):
        raise RpcError(-32000, "nonce too low")
    return chain.mine(_hash(sender, nonce, asked.get("to"), asked.get("data")), sender, asked.get("to"))


def _send_raw(chain: Chain, params: list[Any]) -> str:
    if not params[0].startswith("0x"):
        raise RpcError(-32602, "invalid argument 0: json: cannot unmarshal hex string without 0x prefix")
    key = _hash("raw", params[0])
    return chain.mine(key, "0x" + key[-40:], None)


def _receipt(chain: Chain, params: list[Any]) -> dict[str, Any] | None:
    mined = chain.mined.get(params[0])
    if mined is None:
        return None
    return {
        "blockHash": _hash("block", mined.block),
        "blockNumber": hex(mined.block),
        "contractAddress": None if mined.to else "0x" + params[0][-40:],
        "cumulativeGasUsed": "0x0",
        "from": mined.sender,
        "gasUsed": "0x0",
        "logs": [],
        "logsBloom": "0x" + "0" * 512,
        "status": "0x1",
        "to": mined.to,
        "transactionHash": params[0],
        "transactionIndex": "0x0",
    }


def _count(chain: Chain, params: list[Any]) -> str:
    return hex(chain.nonces.get(params[0].lower(), 0))


def _state_root(chain: Chain, _: list[Any]) -> str:
    return _hash("private", chain.height)


METHODS: dict[str, Callable[[Chain, list[Any]], Any]] = {
    "eth_blockNumber": lambda chain, _: hex(chain.height),
    "eth_chainId": lambda chain, _: hex(chain.chain_id),
    "eth_getTransactionCount": _count,
    "eth_getTransactionReceipt": _receipt,
    "eth_sendRawTransaction": _send_raw,
    "eth_sendTransaction": _send,
    "eth_syncing": lambda _, __: False,
    "debug_privateStateRoot": _state_root,
    "net_listening": lambda _, __: True,
    "net_peerCount": lambda _, __: "0x2",
    "net_version": lambda chain, _: str(chain.chain_id),
    "raft_role": lambda _, __: "verifier",
    "web3_clientVersion": lambda _, __: "Geth/v1.10.3-stable(quorum-v24.4.1)/linux-amd64",
}
