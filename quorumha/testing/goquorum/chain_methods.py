"""Methods that read blocks, transactions and state: internal/ethapi/api.go and eth/filters/api.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quorumha.testing.goquorum.block_chain import EMPTY_ROOT, Block, gas_of
from quorumha.testing.goquorum.go_arguments import (
    Optional,
    Tag,
    Unreadable,
    address,
    anything,
    block,
    block_number,
    data,
    digest,
    flag,
    quantity,
    structure,
    text,
)
from quorumha.testing.goquorum.go_json import GoObject
from quorumha.testing.goquorum.json_forms import (
    block_form,
    header_form,
    log_form,
    receipt_form,
    transaction_form,
)
from quorumha.testing.goquorum.node_filters import criteria
from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.rpc_error import RpcError, refusal
from quorumha.testing.goquorum.rpc_visit import Method, Methods, RpcVisit, fixed
from quorumha.testing.goquorum.transaction import hexed

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_node import SimulatedNode


def block_at(node: SimulatedNode, tag: Tag) -> Block | None:
    """The block that a parameter names, if this node has it."""
    blocks = node.network.chain.blocks
    if tag == "earliest":
        return blocks[0]
    if tag in ("latest", "pending"):
        return blocks[node.height]
    number = node.network.chain.numbers.get(tag) if isinstance(tag, str) else tag
    return blocks[number] if number is not None and number <= node.height else None


def state_at(node: SimulatedNode, tag: Tag | None) -> int:
    """The height whose state a parameter names.

    @raise RpcError: this node has not come so far.
    """
    found = block_at(node, "latest" if tag is None else tag)
    if found is None:
        by_hash = isinstance(tag, str)
        raise refusal("header for hash not found" if by_hash else "header not found")
    return found.number


def _block_by(visit: RpcVisit, tag: Tag, whole: bool) -> dict[str, Any] | None:
    found = block_at(visit.node, tag)
    return None if found is None else block_form(found, whole, tag == "pending")


def _header_by(visit: RpcVisit, tag: Tag) -> dict[str, Any] | None:
    found = block_at(visit.node, tag)
    return None if found is None else header_form(found)


def _count_in(visit: RpcVisit, tag: Tag) -> str | None:
    found = block_at(visit.node, tag)
    return None if found is None else hex(len(found.transactions))


def _in_block(visit: RpcVisit, tag: Tag, index: int) -> dict[str, Any] | None:
    found = block_at(visit.node, tag)
    if found is None or index >= len(found.transactions):
        return None
    return transaction_form(found.transactions[index], found, index)


def _raw_in_block(visit: RpcVisit, tag: Tag, index: int) -> str:
    found = block_at(visit.node, tag)
    if found is None or index >= len(found.transactions):
        return "0x"
    return hexed(found.transactions[index].raw)


def _uncles(visit: RpcVisit, tag: Tag) -> str | None:
    return "0x0" if block_at(visit.node, tag) is not None else None


def _transaction(visit: RpcVisit, hash: str) -> dict[str, Any] | None:
    chain = visit.node.network.chain
    number, index = chain.places.get(hash, (visit.node.height + 1, 0))
    if number <= visit.node.height:
        found = chain.blocks[number]
        return transaction_form(found.transactions[index], found, index)
    pooled = visit.node.pool.by_hash.get(hash)
    return None if pooled is None else transaction_form(pooled)


def _receipt(visit: RpcVisit, hash: str) -> dict[str, Any] | None:
    chain = visit.node.network.chain
    number, index = chain.places.get(hash, (visit.node.height + 1, 0))
    return receipt_form(chain.blocks[number], index) if number <= visit.node.height else None


def _count(visit: RpcVisit, account: str, tag: Tag) -> str:
    node = visit.node
    if tag == "pending":
        return hex(node.pool.nonce(account))
    return hex(node.network.chain.nonce(account, state_at(node, tag)))


def _balance(visit: RpcVisit, account: str, tag: Tag) -> str:
    return hex(visit.node.network.chain.balance(account, state_at(visit.node, tag)))


def _code(visit: RpcVisit, account: str, tag: Tag) -> str:
    height = state_at(visit.node, tag)
    return "0x00" if visit.node.network.chain.is_contract(account, height) else "0x"


def _storage(visit: RpcVisit, _: str, __: str, tag: Tag) -> str:
    state_at(visit.node, tag)
    return hexed(bytes(32))


def _proof(visit: RpcVisit, account: str, _: Any, tag: Tag) -> dict[str, Any]:
    return {
        "address": account,
        "balance": _balance(visit, account, tag),
        "nonce": _count(visit, account, tag),
    }


def _called(visit: RpcVisit, asked: GoObject, tag: Tag | None) -> bytes:
    """There is no virtual machine: contracts say what they are called with, and code is looked at by its end.

    @raise RpcError: it reverts, or is not valid.
    """
    height = state_at(visit.node, tag)
    try:
        to = address(asked["to"]) if asked.get("to") is not None else None
        given = asked.get("data") if asked.get("input") is None else asked["input"]
        code = data(given) if given is not None else b""
    except Unreadable as error:
        raise RpcError(-32602, f"invalid argument 0: {error}") from None
    if to is None and code.endswith(b"\xfd"):
        raise refusal("execution reverted")
    if to is None and code.endswith(b"\xfe"):
        raise refusal("invalid opcode: opcode 0xfe not defined")
    return code if to and visit.node.network.chain.is_contract(to, height) else b""


def _call(visit: RpcVisit, asked: GoObject, tag: Tag | None, _: Any) -> str:
    return hexed(_called(visit, asked, tag))


def _estimate(visit: RpcVisit, asked: GoObject, tag: Tag | None) -> str:
    _called(visit, asked, tag)
    return "0x5608"


def _logs(visit: RpcVisit, asked: GoObject) -> list[dict[str, Any]]:
    node, wanted = visit.node, criteria(asked)
    if wanted.block_hash is not None:
        found = block_at(node, wanted.block_hash)
        if found is None:
            raise refusal("unknown block")
        return [log_form(log, found) for log in found.logs if wanted.match(log)]
    return [log_form(log, one) for one in wanted.blocks(node) for log in one.logs if wanted.match(log)]


def _list(visit: RpcVisit, asked: GoObject, tag: Tag | None) -> dict[str, Any]:
    _called(visit, asked, tag)
    return {"accessList": [], "gasUsed": "0x5608"}


def _trace(visit: RpcVisit, hash: str, _: Any) -> dict[str, Any]:
    chain = visit.node.network.chain
    number, index = chain.places.get(hash, (visit.node.height + 1, 0))
    if number > visit.node.height:
        raise refusal(f"transaction {hash} not found")
    gas = gas_of(chain.blocks[number].transactions[index])
    return {"gas": gas, "failed": False, "returnValue": "", "structLogs": []}


def _sha3(_: RpcVisit, given: bytes) -> str:
    return hexed(keccak256(given))


def _psi(visit: RpcVisit) -> str:
    return visit.psi or "private"


def _payload(visit: RpcVisit, _: str) -> str:
    if not visit.node.ptm:
        raise refusal("PrivateTransactionManager is not enabled")
    return "0x"


def _metadata(_: RpcVisit, account: str) -> None:
    raise refusal(f"{account[2:]}: the provided address is not a private contract")


def _private_root(visit: RpcVisit, tag: Tag) -> str:
    height = state_at(visit.node, tag)
    own = visit.node.private_state
    return hexed(keccak256(own + b"%d" % height)) if own else EMPTY_ROOT


def _root(visit: RpcVisit, *arguments: Any) -> str:
    state_at(visit.node, arguments[-1])
    return EMPTY_ROOT


def _new_log_filter(visit: RpcVisit, asked: GoObject) -> str:
    return visit.node.filters.logs(criteria(asked))


CHAIN_METHODS: Methods = {
    "eth_blockNumber": Method(lambda visit: hex(visit.node.height)),
    "eth_chainId": Method(lambda visit: hex(visit.node.network.chain_id)),
    "eth_gasPrice": fixed("0x0"),
    "eth_getPSI": Method(_psi),
    "eth_getPrivacyPrecompileAddress": fixed("0x000000000000000000000000000000000000007a"),
    "eth_getBlockByNumber": Method(_block_by, (block_number, flag)),
    "eth_getBlockByHash": Method(_block_by, (digest, flag)),
    "eth_getHeaderByNumber": Method(_header_by, (block_number,)),
    "eth_getHeaderByHash": Method(_header_by, (digest,)),
    "eth_getBlockTransactionCountByNumber": Method(_count_in, (block_number,)),
    "eth_getBlockTransactionCountByHash": Method(_count_in, (digest,)),
    "eth_getTransactionByBlockNumberAndIndex": Method(_in_block, (block_number, quantity)),
    "eth_getTransactionByBlockHashAndIndex": Method(_in_block, (digest, quantity)),
    "eth_getRawTransactionByBlockNumberAndIndex": Method(_raw_in_block, (block_number, quantity)),
    "eth_getRawTransactionByBlockHashAndIndex": Method(_raw_in_block, (digest, quantity)),
    "eth_getUncleCountByBlockNumber": Method(_uncles, (block_number,)),
    "eth_getUncleCountByBlockHash": Method(_uncles, (digest,)),
    "eth_getTransactionByHash": Method(_transaction, (digest,), private=True),
    "eth_getTransactionReceipt": Method(_receipt, (digest,), private=True),
    "eth_getPrivateTransactionByHash": Method(lambda visit, hash: None, (digest,), private=True),
    "eth_getPrivateTransactionReceipt": Method(lambda visit, hash: None, (digest,), private=True),
    "eth_getUncleByBlockNumberAndIndex": Method(lambda visit, tag, index: None, (block_number, quantity)),
    "eth_getUncleByBlockHashAndIndex": Method(lambda visit, hash, index: None, (digest, quantity)),
    "eth_getTransactionCount": Method(_count, (address, block), private=True),
    "eth_getBalance": Method(_balance, (address, block), private=True),
    "eth_getCode": Method(_code, (address, block), private=True),
    "eth_getStorageAt": Method(_storage, (address, text, block), private=True),
    "eth_getProof": Method(_proof, (address, anything, block), private=True),
    "eth_call": Method(_call, (structure, Optional(block), Optional(anything)), private=True),
    "eth_createAccessList": Method(_list, (structure, Optional(block)), private=True),
    "eth_estimateGas": Method(_estimate, (structure, Optional(block)), private=True),
    "eth_getLogs": Method(_logs, (structure,), private=True),
    "eth_getQuorumPayload": Method(_payload, (text,), private=True),
    "eth_getContractPrivacyMetadata": Method(_metadata, (address,), private=True),
    "eth_storageRoot": Method(_root, (address, Optional(block)), private=True),
    "eth_newFilter": Method(_new_log_filter, (structure,), private=True),
    "eth_newBlockFilter": Method(lambda visit: visit.node.filters.blocks()),
    "eth_newPendingTransactionFilter": Method(lambda visit: visit.node.filters.pending()),
    "eth_getFilterChanges": Method(lambda visit, id: visit.node.filters.changes(id), (text,)),
    "eth_getFilterLogs": Method(lambda visit, id: visit.node.filters.all_logs(id), (text,)),
    "eth_uninstallFilter": Method(lambda visit, id: visit.node.filters.uninstall(id), (text,)),
    "debug_privateStateRoot": Method(_private_root, (block_number,), private=True),
    "debug_traceTransaction": Method(_trace, (digest, Optional(anything)), private=True),
    "debug_defaultStateRoot": Method(_root, (block_number,)),
    "web3_sha3": Method(_sha3, (data,)),
}
