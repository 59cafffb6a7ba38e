"""What a GoQuorum shows when it is asked how it is: the signs in one batch of answers.  Pure.

A sign that a node does not give is not known, and never bad: plain geth and Besu have no C{raft_cluster},
and a node behind an authentication plugin tells nothing to who shows no token.
"""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import frozen

from quorumha.health.verdicts import Verdict

#: What is asked each time (GOQUORUM.md 5), and what only once, to see whether it is there.
SIGNS = ("eth_blockNumber", "eth_syncing", "net_peerCount", "raft_cluster")
PRIVATE_STATE = "debug_privateStateRoot"

_NO_METHOD = -32601
#: rpc/security.go: no token, one that has expired, no right; its plugin is broken.
_NO_ACCESS = -32001
#: raft/api.go.
_NO_LEADER = "no leader is currently elected"


@frozen
class RaftSigns:
    """What C{raft_cluster} shows.

    @ivar minter: somebody mints, as far as the node knows.
    @ivar voters: how many count for the majority: all but learners.
    @ivar active: how many of these the node hears from, itself among them.
    """

    minter: bool
    voters: int
    active: int

    @property
    def fault(self) -> str:
        """Why no block is made that has what the node is sent; empty: one is.

        A minter that lost its majority says for ever that it is the minter, so its role alone is no sign.
        """
        if not self.voters:
            return "raft has no cluster with it"
        if not self.minter:
            return "raft has no minter"
        if 2 * self.active <= self.voters:
            return f"raft has no majority: {self.active} of {self.voters} are active"
        return ""


@frozen
class ShownSigns:
    """The signs of one node; None: not known.

    @ivar height: of its highest block.
    @ivar syncing: whether it says that it is.
    @ivar peers: to how many other nodes it is connected.
    @ivar missing: which methods it does not have.
    @ivar fault: it answers, and not the calls; empty: it does.
    """

    height: int | None = None
    syncing: bool | None = None
    peers: int | None = None
    raft: RaftSigns | None = None
    missing: frozenset[str] = frozenset()
    fault: str = ""


@frozen
class SignsVerdict(Verdict):
    """Of a node that answers; what it shows comes to something only beside the others of its pool."""

    shown: ShownSigns = ShownSigns()


def batch_of(*calls: tuple[str, list[str]]) -> bytes:
    """A batch of calls with their parameters; ids count from 1."""
    return msgspec.json.encode(
        [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(calls, 1)
        ]
    )


def signs_verdict(status: int, body: bytes) -> Verdict:
    """Of the answer to a batch of L{SIGNS}, perhaps with L{PRIVATE_STATE}."""
    entries = entries_of(body)
    if entries is None:
        what = "what is not JSON-RPC" if status == 200 else str(status)
        return Verdict(f"its check is answered with {what}")
    if isinstance(entries, ErrorEntry):
        return SignsVerdict(shown=ShownSigns(fault=f"its check is answered with the error {entries.code}"))
    return SignsVerdict(shown=_shown(entries))


@frozen
class ErrorEntry:
    """An error of JSON-RPC."""

    code: int
    message: str


#: Results, or errors, by the place of the call.
Entries = dict[int, Any]


def entries_of(body: bytes) -> Entries | ErrorEntry | None:
    """The entries of a batch's answer; the one error that it is answered with; None: it is neither."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(found, dict):
        error = _error_of(found)
        return ErrorEntry(0, "") if error is None else error
    if not isinstance(found, list) or not found:
        return None
    entries: Entries = {}
    for entry in found:
        if not isinstance(entry, dict):
            return None
        id, error = entry.get("id"), entry.get("error")
        # A bool is an int, too.
        if type(id) is int and ("result" in entry or error is not None):
            entries[id - 1] = entry["result"] if error is None else _error_of(entry)
    if not entries:
        return None
    errors = [one for one in entries.values() if isinstance(one, ErrorEntry)]
    if len(errors) == len(entries) and not any(one.code in (_NO_METHOD, _NO_ACCESS) for one in errors):
        return errors[0]
    return entries


def _error_of(entry: dict[str, Any]) -> ErrorEntry | None:
    error = entry.get("error")
    if not isinstance(error, dict):
        return None
    code, message = error.get("code"), error.get("message")
    return ErrorEntry(code if isinstance(code, int) else 0, message if isinstance(message, str) else "")


def _shown(entries: Entries) -> ShownSigns:
    height, syncing, peers, raft = (entries.get(place) for place in range(len(SIGNS)))
    missing = [
        name
        for place, name in enumerate((*SIGNS, PRIVATE_STATE))
        if isinstance(one := entries.get(place), ErrorEntry) and one.code == _NO_METHOD
    ]
    return ShownSigns(
        quantity_of(height),
        # It says false, or how far it is.
        None if syncing is None or isinstance(syncing, ErrorEntry) else syncing is not False,
        quantity_of(peers),
        _raft_of(raft, said=len(SIGNS) - 1 in entries),
        frozenset(missing),
    )


def quantity_of(value: object) -> int | None:
    """A number as JSON-RPC of Ethereum writes it, in hex digits; None: it is none."""
    if not isinstance(value, str) or not value.startswith("0x"):
        return None
    try:
        return int(value, 16)
    except ValueError:
        return None


def _raft_of(value: object, *, said: bool) -> RaftSigns | None:
    if isinstance(value, ErrorEntry):
        return RaftSigns(False, 1, 1) if value.message == _NO_LEADER else None
    if value is None:
        # A node that was removed from the cluster has none (raft/api.go; inferred).
        return RaftSigns(False, 0, 0) if said else None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    voters = [one for one in value if one.get("role") != "learner"]
    return RaftSigns(
        any(one.get("role") == "minter" for one in value),
        len(voters),
        # Nodes before 20.10 do not say who is active.
        sum(one.get("nodeActive") is not False for one in voters),
    )
