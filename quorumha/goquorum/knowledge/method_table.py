"""The methods of GoQuorum 24.4.1, each with its class and where it was read (GOQUORUM.md 3).

Files are those of Consensys/quorum at 0d4a719f.  A method that is not here, nor matched by a pattern, is
C{once}: it may do something, and nothing says that it may be done twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import field, frozen


@frozen
class Variant:
    """What a method is where its parameters say so.

    @ivar when: C{pending}: its block is that; C{private}: its transaction has C{privateFor}.
    """

    when: Literal["pending", "private"]
    call_class: str
    parameter: int


@frozen
class Method:
    """One method, or all that a pattern with C{*} matches.

    @ivar call_class: as C{treat_as} takes it.
    @ivar parameter: which one names the block or account, from 0; -1: the last one.
    @ivar secret: parameters hold a key or a password.
    @ivar allowed: of class C{never}: what it is where C{allow} names it.
    @ivar source: the file that has it.
    """

    name: str
    call_class: str
    source: str
    parameter: int | None = None
    secret: bool = False
    allowed: str = "never"
    variant: Variant | None = field(default=None, kw_only=True)


_ETHAPI = "internal/ethapi/api.go"
_FILTERS = "eth/filters/api.go"
_ETH = "eth/api.go"
_TRACERS = "eth/tracers/api.go"
_DEBUG = "internal/debug/api.go"
_ISTANBUL = "consensus/istanbul/backend/api.go"
_CLIQUE = "consensus/clique/api.go"
_RAFT = "raft/api.go"
_PERMISSION = "permission/api.go"
_EXTENSION = "extension/api.go"
_NODE = "node/api.go"

#: Namespace, source, class, methods; where it matters, which parameter.
_TABLE: tuple[tuple[str, str, str, str], ...] = (
    (
        "eth",
        _ETHAPI,
        "read",
        "chainId gasPrice accounts getPSI getPrivacyPrecompileAddress getBlockByHash getHeaderByHash"
        " getUncleByBlockHashAndIndex getUncleCountByBlockHash getBlockTransactionCountByHash"
        " getTransactionByBlockHashAndIndex getRawTransactionByBlockHashAndIndex getQuorumPayload"
        " getQuorumPayloadExtra decryptQuorumPayload getContractPrivacyMetadata blockNumber",
    ),
    (
        "eth",
        _ETHAPI,
        "read-at",
        "getBalance(1) getCode(1) getStorageAt(2) getProof(2) call(1) estimateGas(1) createAccessList(1)"
        " getTransactionCount(1) getBlockByNumber(0) getHeaderByNumber(0) getUncleByBlockNumberAndIndex(0)"
        " getUncleCountByBlockNumber(0) getBlockTransactionCountByNumber(0)"
        " getTransactionByBlockNumberAndIndex(0) getRawTransactionByBlockNumberAndIndex(0)",
    ),
    (
        "eth",
        _ETHAPI,
        "lookup",
        "getTransactionByHash getTransactionReceipt getRawTransactionByHash getPrivateTransactionByHash"
        " getPrivateTransactionReceipt",
    ),
    ("eth", _ETHAPI, "count", "fillTransaction(0)"),
    ("eth", _ETHAPI, "account", "sendTransaction(0) sendTransactionAsync(0) resend(0)"),
    ("eth", _ETHAPI, "signed", "sendRawTransaction"),
    ("eth", _ETHAPI, "signed-private", "sendRawPrivateTransaction distributePrivateTransaction"),
    ("eth", _ETHAPI, "sign", "sign(0) signTransaction(0)"),
    ("eth", _ETHAPI, "own", "syncing pendingTransactions"),
    ("eth", _ETH, "own", "etherbase coinbase hashrate mining"),
    ("eth", "consensus/ethash/api.go", "own", "getHashrate"),
    ("eth", "consensus/ethash/api.go", "never", "getWork submitWork submitHashrate"),
    ("eth", _ETH, "read-at", "storageRoot(1)"),
    # Of its range the upper end.
    ("eth", _FILTERS, "read-at", "getLogs(0)"),
    ("eth", _FILTERS, "filter-new", "newFilter newBlockFilter newPendingTransactionFilter"),
    ("eth", _FILTERS, "filter", "getFilterChanges getFilterLogs uninstallFilter"),
    ("eth", _FILTERS, "subscribe", "subscribe unsubscribe"),
    ("net", _ETHAPI, "own", "listening peerCount"),
    ("net", _ETHAPI, "read", "version"),
    ("web3", _NODE, "read", "clientVersion sha3"),
    ("rpc", "rpc/server.go", "read", "modules"),
    ("txpool", _ETHAPI, "own", "content status inspect"),
    ("personal", _ETHAPI, "account secret", "sendTransaction(0) signAndSendTransaction(0)"),
    (
        "personal",
        _ETHAPI,
        "sign secret",
        "sign(1) signTransaction(0) unlockAccount(0) lockAccount(0)",
    ),
    ("personal", _ETHAPI, "read", "listAccounts ecRecover"),
    (
        "personal",
        _ETHAPI,
        "never secret",
        "listWallets openWallet deriveAccount initializeWallet unpair",
    ),
    # They write a file into the key store that the nodes share.
    ("personal", _ETHAPI, "never secret once", "newAccount importRawKey"),
    ("personal", _ETHAPI, "once secret", "*"),
    ("debug", _ETH, "read-at", "privateStateRoot(0) defaultStateRoot(0) dumpBlock(0) dumpAddress(1)"),
    ("debug", _ETH, "read-at", "accountRange(0)"),
    ("debug", _TRACERS, "read-at", "traceBlockByNumber(0) traceCall(1)"),
    ("debug", _TRACERS, "read", "traceTransaction traceBlockByHash traceBlock"),
    ("debug", _ETH, "read", "storageRangeAt preimage getModifiedAccountsByNumber getModifiedAccountsByHash"),
    ("debug", _ETHAPI, "read", "getBlockRlp printBlock seedHash"),
    ("debug", _ETH, "own", "getBadBlocks"),
    ("debug", _DEBUG, "own", "memStats gcStats stacks"),
    ("debug", _ETHAPI, "never", "setHead chaindbCompact chaindbProperty testSignCliqueBlock"),
    ("debug", _DEBUG, "never", "verbosity vmodule backtraceAt cpuProfile blockProfile mutexProfile goTrace"),
    ("debug", _DEBUG, "never", "freeOSMemory start* stop* write* set*"),
    ("debug", _TRACERS, "never", "traceBlockFromFile traceBadBlock standardTrace*ToFile"),
    ("debug", _TRACERS, "subscribe", "subscribe unsubscribe"),
    ("raft", _RAFT, "own", "role leader cluster getRaftId"),
    ("raft", _RAFT, "never", "addPeer addLearner promoteToPeer removePeer"),
    (
        "istanbul",
        _ISTANBUL,
        "read-at",
        "getValidators(0) getSnapshot(0) getSignersFromBlock(0) isValidator(0)",
    ),
    (
        "istanbul",
        _ISTANBUL,
        "read",
        "getValidatorsAtHash getSnapshotAtHash getSignersFromBlockByHash status",
    ),
    ("istanbul", _ISTANBUL, "own", "nodeAddress candidates"),
    ("istanbul", _ISTANBUL, "never", "propose discard"),
    ("clique", _CLIQUE, "read-at", "getSigners(0) getSnapshot(0)"),
    ("clique", _CLIQUE, "read", "getSignersAtHash getSnapshotAtHash status"),
    ("clique", _CLIQUE, "own", "proposals"),
    ("clique", _CLIQUE, "never", "propose discard"),
    (
        "quorumPermission",
        _PERMISSION,
        "read",
        "orgList nodeList roleList acctList getOrgDetails transactionAllowed connectionAllowed",
    ),
    (
        "quorumPermission",
        _PERMISSION,
        "account",
        "addOrg(-1) addSubOrg(-1) approveOrg(-1) updateOrgStatus(-1) approveOrgStatus(-1) addNode(-1)"
        " updateNodeStatus(-1) assignAdminRole(-1) approveAdminRole(-1) addNewRole(-1) removeRole(-1)"
        " addAccountToOrg(-1) changeAccountRole(-1) updateAccountStatus(-1) recoverBlackListedNode(-1)"
        " recoverBlackListedAccount(-1) approveBlackListedNodeRecovery(-1)"
        " approveBlackListedAccountRecovery(-1)",
    ),
    ("quorumExtension", _EXTENSION, "read", "activeExtensionContracts getExtensionStatus"),
    (
        "quorumExtension",
        _EXTENSION,
        "account",
        "extendContract(-1) approveExtension(-1) cancelExtension(-1) generateExtensionApprovalUuid(-1)",
    ),
    ("admin", _NODE, "never own", "peers nodeInfo qpeers qnodeInfo datadir"),
    ("admin", _NODE, "never subscribe", "subscribe unsubscribe"),
    ("admin", _NODE, "never", "*"),
    ("miner", _ETH, "never", "*"),
    ("qlight", "qlight/api.go", "never", "*"),
    ("ethash", "consensus/ethash/api.go", "never", "*"),
    ("consensus", "eth/catalyst/api.go", "never", "*"),
    ("plugin@account", "plugin/account", "once secret", "newAccount importRawKey"),
)
_VARIANTS = {
    "eth_getTransactionCount": Variant("pending", "count", 0),
    # It stores the payload with the privacy manager.
    "eth_fillTransaction": Variant("private", "account", 0),
}


def entries() -> Iterator[Method]:
    """Each line of the table, method by method."""
    for namespace, source, said, names in _TABLE:
        call_class, *more = said.split()
        secret = "secret" in more
        allowed = next((one for one in more if one != "secret"), "never")
        for written in names.split():
            short, _, parameter = written.rstrip(")").partition("(")
            name = f"{namespace}_{short}"
            yield Method(
                name,
                call_class,
                source,
                int(parameter) if parameter else None,
                secret,
                allowed,
                variant=_VARIANTS.get(name),
            )
    # Unknown to us: whatever plugins an operator has.
    yield Method("plugin@*", "once", "plugin")


#: By name.
METHODS: Mapping[str, Method] = {one.name: one for one in entries() if "*" not in one.name}
#: For names that are not there; the first that matches is meant.
PATTERNS: tuple[Method, ...] = tuple(one for one in entries() if "*" in one.name)


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern with C{*}, for any letters, means a method.  Case counts.

    Clients write the name: however long it is, it is gone through once.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    *middle, last = rest
    at, end = len(first), len(name) - len(last)
    if at > end or not name.startswith(first) or not name.endswith(last):
        return False
    for part in middle:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def method_of(name: str) -> Method | None:
    """What is known of a method; None: nothing."""
    found = METHODS.get(name)
    if found is None:
        found = next((one for one in PATTERNS if matches(one.name, name)), None)
    return found
