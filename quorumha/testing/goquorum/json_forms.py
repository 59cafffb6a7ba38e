"""Blocks, transactions, receipts and logs as JSON-RPC says them: fields and their order of 24.4.1."""

from __future__ import annotations

from typing import Any

from quorumha.testing.goquorum.block_chain import NO_UNCLES, Block, Log, bloom_of, gas_of
from quorumha.testing.goquorum.transaction import Transaction, hexed

_ZEROS = {size: hexed(bytes(size)) for size in (8, 20, 32)}


def head_form(block: Block) -> dict[str, Any]:
    """A header as C{newHeads} says it."""
    state, transactions, receipts = block.roots
    return {
        "parentHash": block.parent,
        "sha3Uncles": NO_UNCLES,
        "miner": _ZEROS[20],
        "stateRoot": state,
        "transactionsRoot": transactions,
        "receiptsRoot": receipts,
        "logsBloom": hexed(block.bloom),
        "difficulty": hex(0x20000 if block.number else 0),
        "number": hex(block.number),
        "gasLimit": "0xe0000000",
        "gasUsed": hex(block.gas_used),
        "timestamp": hex(block.timestamp),
        "extraData": hexed(block.extra),
        "mixHash": _ZEROS[32],
        "nonce": _ZEROS[8],
        "hash": block.hash,
    }


def header_form(block: Block) -> dict[str, Any]:
    """A header as C{eth_getHeaderByNumber} says it: in another order, with two fields more."""
    found = {
        **head_form(block),
        "size": hex(0x220 + len(block.extra)),
        "totalDifficulty": hex(0x20000 * block.number),
    }
    return dict(sorted(found.items()))


def block_form(block: Block, whole: bool, pending: bool = False) -> dict[str, Any]:
    """A block.

    @param whole: with its transactions; else with their hashes.
    @param pending: as the pending one, which raft has not: the latest is shown.
    """
    found = header_form(block)
    found["size"] = hex(0x219 + sum(len(one.raw) for one in block.transactions))
    found["transactions"] = [
        transaction_form(one, block, index) if whole else one.hash
        for index, one in enumerate(block.transactions)
    ]
    found["uncles"] = []
    if pending:
        found |= dict.fromkeys(("hash", "miner", "nonce"))
    return dict(sorted(found.items()))


def transaction_form(
    one: Transaction, block: Block | None = None, index: int | None = None
) -> dict[str, Any]:
    """A transaction; without a block it is pending."""
    found: dict[str, Any] = {
        "blockHash": block and block.hash,
        "blockNumber": block and hex(block.number),
        "from": one.sender,
        "gas": hex(one.gas),
        "gasPrice": hex(one.gas_price),
        "hash": one.hash,
        "input": hexed(one.data),
        "nonce": hex(one.nonce),
        "to": one.to,
        "transactionIndex": None if index is None else hex(index),
        "value": hex(one.value),
        "type": hex(one.type),
    }
    if one.type:
        found |= {"accessList": [], "chainId": None}
    return {**found, "v": hex(one.v), "r": hex(one.r), "s": hex(one.s)}


def unsigned_form(one: Transaction) -> dict[str, Any]:
    """What C{eth_fillTransaction} says: C{raw}, and the transaction."""
    return {
        "raw": hexed(one.unsigned),
        "tx": {
            "type": "0x0",
            "nonce": hex(one.nonce),
            "gasPrice": hex(one.gas_price),
            "gas": hex(one.gas),
            "value": hex(one.value),
            "input": hexed(one.data),
            "v": "0x0",
            "r": "0x0",
            "s": "0x0",
            "to": one.to,
            "hash": one.unsigned_hash,
        },
    }


def signed_form(one: Transaction) -> dict[str, Any]:
    """What C{eth_signTransaction} says."""
    found = unsigned_form(one)
    found["tx"] |= {"v": hex(one.v), "r": hex(one.r), "s": hex(one.s), "hash": one.hash}
    return {"raw": hexed(one.raw), "tx": found["tx"]}


def log_form(log: Log, block: Block) -> dict[str, Any]:
    """A log."""
    return {
        "address": log.address,
        "topics": list(log.topics),
        "data": hexed(log.data),
        "blockNumber": hex(block.number),
        "transactionHash": log.transaction.hash,
        "transactionIndex": hex(log.transaction_index),
        "blockHash": block.hash,
        "logIndex": hex(log.index),
        "removed": False,
    }


def receipt_form(block: Block, index: int) -> dict[str, Any]:
    """A receipt."""
    one = block.transactions[index]
    logs = [log for log in block.logs if log.transaction is one]
    return {
        "blockHash": block.hash,
        "blockNumber": hex(block.number),
        "contractAddress": None if one.to else one.contract,
        "cumulativeGasUsed": hex(sum(gas_of(other) for other in block.transactions[: index + 1])),
        "from": one.sender,
        "gasUsed": hex(gas_of(one)),
        "isPrivacyMarkerTransaction": False,
        "logs": [log_form(log, block) for log in logs],
        "logsBloom": hexed(bloom_of(logs)),
        "status": "0x1",
        "to": one.to,
        "transactionHash": one.hash,
        "transactionIndex": hex(index),
        "type": hex(one.type),
    }
