"""L{NodeSubscriptions}: what one WebSocket has subscribed to (rpc/subscription.go, eth/filters/api.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen

from quorumha.testing.goquorum.block_chain import Block
from quorumha.testing.goquorum.go_json import GoObject, Number
from quorumha.testing.goquorum.json_forms import head_form, log_form
from quorumha.testing.goquorum.node_filters import LogCriteria, criteria
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.rpc_visit import dumps
from quorumha.testing.goquorum.transaction import Transaction

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_node import SimulatedNode

#: What there is; those that are not of C{eth} never say anything here.
NAMES = {
    "eth": ("newHeads", "logs", "newPendingTransactions", "syncing"),
    "admin": ("peerEvents",),
    "debug": ("traceChain",),
}


@frozen
class _Subscription:
    namespace: str
    name: str
    wanted: LogCriteria | None = None


class NodeSubscriptions:
    """One WebSocket's.  A L{Subscriber<quorumha.testing.goquorum.rpc_visit.Subscriber>}."""

    def __init__(self, node: SimulatedNode, send: Callable[[bytes], None]) -> None:
        """
        @param send: gets each notification.
        """
        self._node = node
        self._send = send
        self._made: dict[str, _Subscription] = {}

    def subscribe(self, namespace: str, params: Any) -> str:
        """The id."""
        name = params[0] if isinstance(params, list) and params else None
        if not isinstance(name, str) or isinstance(name, Number):
            raise RpcError(-32602, "expected subscription name as first argument")
        if name not in NAMES.get(namespace, ()) or namespace not in self._node.modules:
            raise RpcError(-32601, f'no "{name}" subscription in {namespace} namespace')
        wanted = None
        if name == "logs":
            given = params[1] if len(params) > 1 else None
            wanted = criteria(given if isinstance(given, GoObject) else GoObject())
        if not self._made:
            self._node.on_block.append(self._block)
            self._node.on_pending.append(self._pending)
            self._node.on_syncing.append(self._syncing)
        id = self._node.new_id(b"subscription")
        self._made[id] = _Subscription(namespace, name, wanted)
        return id

    def unsubscribe(self, id: str) -> bool:
        """Whether there was one."""
        found = self._made.pop(id, None) is not None
        if found and not self._made:
            self._listen_no_more()
        return found

    def end(self) -> None:
        """The connection is gone."""
        self._made.clear()
        self._listen_no_more()

    def _listen_no_more(self) -> None:
        node = self._node
        if self._block in node.on_block:
            node.on_block.remove(self._block)
            node.on_pending.remove(self._pending)
            node.on_syncing.remove(self._syncing)

    def _notify(self, id: str, one: _Subscription, result: Any) -> None:
        said = {"subscription": id, "result": result}
        method = f"{one.namespace}_subscription"
        self._send(dumps({"jsonrpc": "2.0", "method": method, "params": said}) + b"\n")

    def _block(self, block: Block) -> None:
        for id, one in tuple(self._made.items()):
            if one.name == "newHeads":
                self._notify(id, one, head_form(block))
            elif one.wanted is not None:
                for log in block.logs:
                    if one.wanted.match(log):
                        self._notify(id, one, log_form(log, block))

    def _pending(self, transaction: Transaction) -> None:
        for id, one in tuple(self._made.items()):
            if one.name == "newPendingTransactions":
                self._notify(id, one, transaction.hash)

    def _syncing(self, state: Any) -> None:
        for id, one in tuple(self._made.items()):
            if one.name == "syncing":
                self._notify(id, one, bool(state) and {"syncing": True, "status": state})
