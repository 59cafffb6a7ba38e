"""L{NodeFilters}: the filters that one node has made, in its memory alone (eth/filters/api.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from quorumha.testing.goquorum.block_chain import Block, Log
from quorumha.testing.goquorum.go_arguments import Tag, Unreadable, address, block_number, digest
from quorumha.testing.goquorum.go_json import GoObject
from quorumha.testing.goquorum.json_forms import log_form
from quorumha.testing.goquorum.rpc_error import RpcError, refusal
from quorumha.testing.goquorum.transaction import Transaction

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_node import SimulatedNode

#: Seconds after which a filter that nobody asks about is forgotten.
UNUSED = 300.0


@frozen
class LogCriteria:
    """Which logs.

    @ivar addresses: of contracts; empty: of any.
    @ivar topics: what may stand at each place; empty: anything.
    """

    first: Tag = "latest"
    last: Tag = "latest"
    block_hash: str | None = None
    addresses: tuple[str, ...] = ()
    topics: tuple[tuple[str, ...], ...] = ()

    def match(self, log: Log) -> bool:
        """Whether a log is one of these; its block is not looked at."""
        if self.addresses and log.address not in self.addresses:
            return False
        if len(self.topics) > len(log.topics):
            return False
        return all(not some or topic in some for some, topic in zip(self.topics, log.topics, strict=False))

    def blocks(self, node: SimulatedNode) -> Iterator[Block]:
        """Of its range, as far as the node has come."""
        first, last = (self._number(node, tag) for tag in (self.first, self.last))
        yield from node.network.chain.blocks[first : min(last, node.height) + 1]

    def _number(self, node: SimulatedNode, tag: Tag) -> int:
        if isinstance(tag, int):
            return tag
        return 0 if tag == "earliest" else node.height


def criteria(asked: GoObject) -> LogCriteria:
    """What a caller wrote.

    @raise RpcError: it cannot be read.
    """
    try:
        return _criteria(asked)
    except Unreadable as error:
        raise RpcError(-32602, f"invalid argument 0: {error}") from None


def _several(value: Any, read: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(read(one) for one in (value if isinstance(value, list) else [value]))


def _criteria(asked: GoObject) -> LogCriteria:
    first, last, hash = (asked.get(name) for name in ("fromblock", "toblock", "blockhash"))
    if hash is not None and (first is not None or last is not None):
        raise Unreadable("cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
    return LogCriteria(
        "latest" if first is None else block_number(first),
        "latest" if last is None else block_number(last),
        None if hash is None else digest(hash),
        _several(asked.get("address"), address),
        tuple(_several(one, digest) for one in asked.get("topics") or ()),
    )


@define(eq=False)
class _Filter:
    used: float
    wanted: LogCriteria | None = None
    pending: bool = False
    changes: list[Any] = field(factory=list)


class NodeFilters:
    """One life's."""

    def __init__(self, node: SimulatedNode) -> None:
        """There is none yet."""
        self._node = node
        self._filters: dict[str, _Filter] = {}

    def blocks(self) -> str:
        """One of new blocks: its id."""
        return self._made(_Filter(0.0))

    def pending(self) -> str:
        """One of transactions that have become executable."""
        return self._made(_Filter(0.0, pending=True))

    def logs(self, wanted: LogCriteria) -> str:
        """One of logs."""
        return self._made(_Filter(0.0, wanted))

    def _made(self, one: _Filter) -> str:
        if not self._filters:
            self._node.on_block.append(self._block)
            self._node.on_pending.append(self._transaction)
        id = self._node.new_id(b"filter")
        one.used = self._node.clock.seconds()
        self._filters[id] = one
        return id

    def changes(self, id: str) -> list[Any]:
        """What is new since it was asked last.

        @raise RpcError: there is no such filter.
        """
        one = self._found(id)
        changes, one.changes = one.changes, []
        return changes

    def all_logs(self, id: str) -> list[Any]:
        """All logs of its range.

        @raise RpcError: there is no such filter, or not one of logs.
        """
        wanted = self._found(id).wanted
        if wanted is None:
            raise refusal("filter not found")
        blocks = wanted.blocks(self._node)
        return [log_form(log, block) for block in blocks for log in block.logs if wanted.match(log)]

    def uninstall(self, id: str) -> bool:
        """Whether there was one."""
        found = self._filters.pop(id, None) is not None
        self._end_when_empty()
        return found

    def _found(self, id: str) -> _Filter:
        now = self._node.clock.seconds()
        for old in [id for id, one in self._filters.items() if now - one.used > UNUSED]:
            del self._filters[old]
        self._end_when_empty()
        if id not in self._filters:
            raise refusal("filter not found")
        self._filters[id].used = now
        return self._filters[id]

    def _end_when_empty(self) -> None:
        if not self._filters and self._block in self._node.on_block:
            self._node.on_block.remove(self._block)
            self._node.on_pending.remove(self._transaction)

    def _block(self, block: Block) -> None:
        for one in self._filters.values():
            if one.wanted is not None:
                one.changes += [log_form(log, block) for log in block.logs if one.wanted.match(log)]
            elif not one.pending:
                one.changes.append(block.hash)

    def _transaction(self, transaction: Transaction) -> None:
        for one in self._filters.values():
            if one.pending:
                one.changes.append(transaction.hash)
