"""Whose fault an error of a node is: exact texts, with their sources.

GoQuorum 24.4.1 (geth 1.10.3) gives nearly all of its errors the code -32000: only the text says whose fault
one is.  A node's fault is one where another node may do better, and nothing was done.  What is not in the
table is the caller's, or not known to be anybody's, and is delivered as it is.

C{*} stands for any text.  No text that a contract chooses can match: GoQuorum writes C{execution reverted: }
before it.  Sources are files of Consensys/quorum; C{[I]}: inferred, not seen.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class Verdict(Enum):
    """What an answer of a node is."""

    #: The answer: a result, the caller's own fault, or anything that nothing is known of.
    DELIVER = "deliver"
    #: The node's fault: another one may do better, and nothing was done.
    NODE = "node"
    #: The account is not unlocked at this node: its fault where a call is an account's, else delivered.
    LOCKED = "locked"
    #: The node has this very transaction already: success.
    KNOWN = "known"
    #: The nonce is used up, perhaps by this very transaction: its hash tells.
    NONCE_TOO_LOW = "nonce too low"
    #: The node does not have the method: nothing was done, whatever the call is.
    NO_METHOD = "no method"
    #: No answer of JSON-RPC: another node may do better, but what this one did is not known.
    BROKEN = "broken"


@frozen
class NodeError:
    """One error.

    @ivar text: all of its message; C{*} stands for any.
    @ivar source: where it is made.
    @ivar code: of JSON-RPC.
    """

    text: str
    verdict: Verdict
    source: str
    code: int = -32000


_STATE_ERRORS = "eth/api_backend.go"
_TRACERS = "eth/tracers/api.go, eth/api.go"
_TESSERA = "private/engine/tessera/tessera.go"

#: Any error with this code says that there is no such method (rpc/errors.go).
NO_METHOD_CODE = -32601

NODE_ERRORS = (
    NodeError("header not found", Verdict.NODE, _STATE_ERRORS),
    NodeError("header for hash not found", Verdict.NODE, _STATE_ERRORS),
    NodeError("header found, but block body is missing", Verdict.NODE, _STATE_ERRORS),
    NodeError("Unable to retrieve the pending state from the miner.", Verdict.NODE, _STATE_ERRORS),
    NodeError("unknown block", Verdict.NODE, "eth/filters/filter.go"),
    NodeError("missing trie node *", Verdict.NODE, "trie/errors.go"),
    NodeError("required historical state unavailable (reexec=*)", Verdict.NODE, "eth/state_accessor.go"),
    NodeError("missing block *", Verdict.NODE, "eth/state_accessor.go"),
    NodeError("block #* not found", Verdict.NODE, _TRACERS),
    NodeError("block * not found", Verdict.NODE, _TRACERS),
    NodeError("transaction * not found", Verdict.NODE, _TRACERS),
    NodeError(
        "chain not synced beyond EIP-155 replay-protection fork block", Verdict.NODE, "internal/ethapi/api.go"
    ),
    NodeError("method handler crashed", Verdict.NODE, "rpc/service.go"),
    NodeError("database closed", Verdict.NODE, "ethdb/memorydb [I]"),
    NodeError("leveldb: closed", Verdict.NODE, "ethdb/leveldb [I]"),
    NodeError("internal error", Verdict.NODE, "rpc/security.go", -32001),
    NodeError("cannot send transaction from this node", Verdict.NODE, "permission/core"),
    NodeError("txpool is full", Verdict.NODE, "core/tx_pool.go"),
    NodeError("no leader is currently elected", Verdict.NODE, "raft/api.go"),
    # Its privacy manager.
    NodeError("unable to submit request (method:*,path:*). Cause: *", Verdict.NODE, _TESSERA),
    NodeError("5?? status: *", Verdict.NODE, _TESSERA),
    NodeError("410 status: *", Verdict.NODE, _TESSERA),
    NodeError("Non-200 status code: *", Verdict.NODE, _TESSERA),
    NodeError("private transaction manager is not ready", Verdict.NODE, "private/engine"),
    NodeError("private transaction manager is not in use", Verdict.NODE, "private/engine/notinuse"),
    NodeError("PrivateTransactionManager is not enabled", Verdict.NODE, "internal/ethapi/api.go"),
    # Calls of accounts.
    NodeError("authentication needed: password or unlock", Verdict.LOCKED, "accounts/keystore/keystore.go"),
    # Transactions that were sent before.
    NodeError("already known", Verdict.KNOWN, "core/tx_pool.go"),
    NodeError("nonce too low", Verdict.NONCE_TOO_LOW, "core/error.go"),
)

#: What a node says to a transaction without a nonce where gossip brought another one with the nonce that
#: it was about to give away: that counts for the next nonce only some milliseconds later, when it is moved
#: from the queue (core/tx_pool.go).  Nothing was done.
OVERTAKEN = frozenset({(-32000, "replacement transaction underpriced"), (-32000, "nonce too low")})

#: What a node writes in place of an answer, by status (node/rpcstack.go).
NODE_REFUSALS = {403: b"invalid host specified"}
