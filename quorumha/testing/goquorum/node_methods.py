"""Methods by which a node speaks of itself: net, web3, raft, txpool, admin and some of eth."""

from __future__ import annotations

from typing import Any

from quorumha.testing.goquorum.json_forms import transaction_form
from quorumha.testing.goquorum.raft_group import node_id
from quorumha.testing.goquorum.rlp import keccak256
from quorumha.testing.goquorum.rpc_visit import Method, Methods, RpcVisit, fixed
from quorumha.testing.goquorum.tx_pool import ByNonce

#: What C{web3_clientVersion} says.
VERSION = "Geth/v1.10.3-stable(quorum-v24.4.1)/linux-amd64/go1.26.8"
#: C{config} of the genesis block, beside C{chainId}.
_CONFIG = {
    "homesteadBlock": 0,
    "eip150Block": 0,
    "eip150Hash": "0x" + "0" * 64,
    **{
        f"{name}Block": 0
        for name in ("eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul")
    },
    "isQuorum": True,
    "txnSizeLimit": 64,
    "maxCodeSize": 0,
    "isMPS": False,
}


def _status(visit: RpcVisit) -> dict[str, str]:
    pool = visit.node.pool
    pending, queued = (sum(len(mine) for mine in known.values()) for known in (pool.pending, pool.queued))
    return {"pending": hex(pending), "queued": hex(queued)}


def checksummed(address: str) -> str:
    """An address with the letters of EIP-55."""
    digest = keccak256(address[2:].encode()).hex()
    letters = (a.upper() if int(d, 16) > 7 else a for a, d in zip(address[2:], digest, strict=False))
    return "0x" + "".join(letters)


def _content(visit: RpcVisit) -> dict[str, Any]:
    pool = visit.node.pool

    def form(known: dict[str, ByNonce]) -> dict[str, Any]:
        return {
            checksummed(account): {str(nonce): transaction_form(one) for nonce, one in sorted(mine.items())}
            for account, mine in known.items()
        }

    return {"pending": form(pool.pending), "queued": form(pool.queued)}


def _inspect(visit: RpcVisit) -> dict[str, Any]:
    pool = visit.node.pool

    def form(known: dict[str, ByNonce]) -> dict[str, Any]:
        return {
            checksummed(account): {
                str(nonce): f"{one.to and checksummed(one.to)}: {one.value} wei + {one.gas} gas \u00d7 0 wei"
                for nonce, one in sorted(mine.items())
            }
            for account, mine in known.items()
        }

    return {"pending": form(pool.pending), "queued": form(pool.queued)}


def _own_pending(visit: RpcVisit) -> list[dict[str, Any]]:
    node = visit.node
    return [transaction_form(one) for one in node.pool.executable() if one.sender in node.store.accounts]


def _peers(visit: RpcVisit) -> list[dict[str, Any]]:
    return [
        {
            "enode": f"enode://{node_id(one)}@127.0.0.1:{21000 + one.raft_id}",
            "id": keccak256(one.name.encode()).hex(),
            "name": VERSION,
            "caps": ["eth/65", "eth/66", "snap/1"],
            "network": {
                "localAddress": f"127.0.0.1:{21000 + visit.node.raft_id}",
                "remoteAddress": f"127.0.0.1:{21000 + one.raft_id}",
                "inbound": True,
                "trusted": False,
                "static": False,
            },
            "protocols": {
                "eth": {
                    "version": 66,
                    "difficulty": 0x20000 * one.height,
                    "head": visit.node.network.chain.blocks[one.height].hash,
                },
                "snap": {"version": 1},
            },
        }
        for one in visit.node.network.neighbours(visit.node)
    ]


def _node_info(visit: RpcVisit) -> dict[str, Any]:
    node, chain = visit.node, visit.node.network.chain
    return {
        "id": keccak256(node.name.encode()).hex(),
        "name": VERSION,
        "enode": f"enode://{node_id(node)}@127.0.0.1:{21000 + node.raft_id}?discport=0",
        "enr": "enr:-made-up",
        "ip": "127.0.0.1",
        "ports": {"discovery": 0, "listener": 21000 + node.raft_id},
        "listenAddr": f"[::]:{21000 + node.raft_id}",
        "protocols": {
            "eth": {
                "network": node.network.chain_id,
                "difficulty": 0x20000 * node.height,
                "genesis": chain.blocks[0].hash,
                "config": {"chainId": node.network.chain_id, **_CONFIG},
                "head": chain.blocks[node.height].hash,
            },
            "snap": {},
        },
        "plugins": {},
    }


def _coinbase(visit: RpcVisit) -> str:
    return visit.node.coinbase


NODE_METHODS: Methods = {
    "eth_syncing": Method(lambda visit: visit.node.syncing),
    "eth_mining": fixed(False),
    "eth_hashrate": fixed("0x0"),
    "eth_coinbase": Method(_coinbase),
    "eth_etherbase": Method(_coinbase),
    "eth_pendingTransactions": Method(_own_pending),
    "net_version": Method(lambda visit: str(visit.node.network.chain_id)),
    "net_listening": fixed(True),
    "net_peerCount": Method(lambda visit: hex(len(visit.node.network.neighbours(visit.node)))),
    "web3_clientVersion": fixed(VERSION),
    "rpc_modules": Method(lambda visit: dict.fromkeys(sorted(visit.node.modules), "1.0")),
    "raft_role": Method(lambda visit: visit.node.network.raft.role(visit.node)),
    "raft_leader": Method(lambda visit: visit.node.network.raft.leader(visit.node)),
    "raft_cluster": Method(lambda visit: visit.node.network.raft.cluster(visit.node)),
    "raft_getRaftId": Method(lambda visit: visit.node.raft_id),
    "txpool_status": Method(_status),
    "txpool_content": Method(_content),
    "txpool_inspect": Method(_inspect),
    "admin_peers": Method(_peers),
    "admin_nodeInfo": Method(_node_info),
    "admin_datadir": Method(lambda visit: f"/datadir/{visit.node.name}"),
}
