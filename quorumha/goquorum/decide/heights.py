"""How high a chain is: what answers say of it, and what is known of members.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from quorumha.goquorum.decide.node_signs import NodeSigns
from quorumha.pool.member import Member

#: Bytes of an answer that are looked at.  In an answer with a block its number comes before what may be long,
#: but for the seals of Istanbul's validators.
LOOKED_AT = 64 * 1024

_BLOCK = b'"number":"0x'
_IN_BLOCK = b'"blockNumber":"0x'
#: After what the number of a block stands in the result of a method.
_MARKS = {
    "eth_blockNumber": b'"result":"0x',
    "eth_getBlockByNumber": _BLOCK,
    "eth_getBlockByHash": _BLOCK,
    "eth_getHeaderByNumber": _BLOCK,
    "eth_getHeaderByHash": _BLOCK,
    "eth_getTransactionByHash": _IN_BLOCK,
    "eth_getTransactionReceipt": _IN_BLOCK,
    "eth_getPrivateTransactionByHash": _IN_BLOCK,
    "eth_getPrivateTransactionReceipt": _IN_BLOCK,
    "eth_getLogs": _IN_BLOCK,
}
#: The methods whose answers show a height.
SHOW_HEIGHTS = frozenset(_MARKS)
#: A pending block of Istanbul has the number that the next one will have.
_PENDING = b'"pending"'
#: Digits of a block's number: 64 bits.
_DIGITS = 16


def height_in(method: str, params: bytes, body: bytes) -> int:
    """Which block an answer shows that its member has; -1: it shows none.

    @param params: of the call, JSON.
    @param body: the answer, or its beginning.
    """
    mark = _MARKS.get(method)
    if mark is None or _PENDING in params:
        return -1
    if method != "eth_getLogs":
        return _number_after(mark, body, body.find(mark, 0, LOOKED_AT))
    # Logs come in order: the last one is of the highest block.  It may not be there whole.
    last = body.rfind(mark)
    height = _number_after(mark, body, last)
    return height if height >= 0 or last < 0 else _number_after(mark, body, body.rfind(mark, 0, last))


def _number_after(mark: bytes, body: bytes, found: int) -> int:
    """The number behind a mark.

    @param found: where that is; -1: nowhere.
    """
    start = found + len(mark)
    end = body.find(b'"', start, start + _DIGITS + 1)
    try:
        return int(body[start:end], 16) if found >= 0 and end > start else -1
    except ValueError:
        return -1


def signs_of(member: Member) -> NodeSigns:
    """What is known of a member's node."""
    return member.node.fact(NodeSigns)


def best_height(members: Iterable[Member], now: float) -> int:
    """The highest block that a usable member is known to have; -1: nothing is known."""
    return max((signs_of(m).height for m in members if m.usable(now)), default=-1)
