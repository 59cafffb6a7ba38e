"""L{RpcVisit}: one message of JSON-RPC at a node, from bytes to bytes (rpc/handler.go)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define, frozen

from quorumha.testing.goquorum.go_arguments import Optional, Read, read_arguments
from quorumha.testing.goquorum.go_json import RpcMessage, read_messages
from quorumha.testing.goquorum.rpc_error import RpcError, not_available, refusal

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_node import SimulatedNode

#: A token that is known, and good for nothing any more.
EXPIRED = ("expired",)


class Subscriber(Protocol):
    """A connection that can be told of something."""

    def subscribe(self, namespace: str, params: Any) -> str:
        """The id.

        @raise RpcError: there is no such subscription.
        """

    def unsubscribe(self, id: str) -> bool:
        """Whether there was one."""


@define
class RpcVisit:
    """Whose call it is.

    @ivar psi: the private state that it asks for; empty: the default one.
    @ivar authorization: the value of that field, whole.
    @ivar subscriber: over a WebSocket: who is told.
    """

    node: SimulatedNode
    psi: str = ""
    authorization: str = ""
    subscriber: Subscriber | None = None

    def response(self, body: bytes) -> bytes:
        """The answer; empty: none is due.  Each call is done, one after the other.

        @raise RpcError: it is no JSON, or this is said to whole batches (C{replies["[]"]}).
        """
        messages, batch = read_messages(body)
        if not batch:
            said = self._one(messages[0])
            return said + b"\n" if said else b""
        if not messages:
            return failed("null", RpcError(-32600, "empty batch")) + b"\n"
        whole = self.node.replies.get("[]")
        if isinstance(whole, RpcError):
            raise whole
        found = [said for message in messages if (said := self._one(message))]
        return b"[" + b",".join(found) + b"]\n" if found else b""

    def _one(self, message: RpcMessage) -> bytes:
        if message.is_response:
            return b""
        if not message.method or (message.id and not message.has_id):
            return failed(message.id if message.has_id else "null", RpcError(-32600, "invalid request"))
        try:
            result = self._call(message.method, message.params)
        except RpcError as error:
            return failed(message.id, error) if message.id else b""
        if not message.id:
            return b""
        return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (_echo(message.id), dumps(result))

    def _call(self, method: str, params: Any) -> Any:
        node = self.node
        if node.keep:
            node.seen.setdefault(method, []).append(params)
        self._authorize(method)
        if method in node.replies:
            said = node.replies[method]
            if callable(said):
                return said(params)
            if isinstance(said, RpcError):
                raise said
            return said
        namespace, _, name = method.partition("_")
        if name == "subscribe":
            if self.subscriber is None:
                raise refusal("notifications not supported")
            return self.subscriber.subscribe(namespace, params)
        if name == "unsubscribe":
            (id,) = read_arguments(params, (str,))
            if self.subscriber is None or not self.subscriber.unsubscribe(id):
                raise refusal("subscription not found")
            return True
        found = node.methods.get(method) if namespace in node.modules else None
        if found is None:
            raise not_available(method)
        arguments = read_arguments(params, found.wanted)
        if found.private and self.psi and node.psis is not None and self.psi not in node.psis:
            raise refusal(f"unable to find private state for context psi {self.psi}")
        return found.call(self, *arguments)

    def _authorize(self, method: str) -> None:
        # rpc/security.go; with a plugin for authentication only.
        tokens = self.node.tokens
        if tokens is None:
            return
        if not self.authorization:
            raise RpcError(-32001, "missing access token")
        token = self.authorization.rpartition(" ")[2]
        granted = tokens.get(token)
        if granted is None:
            raise RpcError(-32001, "invalid token")
        if granted == EXPIRED:
            raise RpcError(-32001, "token expired")
        namespace = method.partition("_")[0]
        if not {method, f"{namespace}_*", "*"} & set(granted):
            raise RpcError(-32001, f"{method} - access denied")


@frozen
class Method:
    """A method.

    @ivar call: gets the visit and the arguments.
    @ivar wanted: how these are read.
    @ivar private: it looks at the state of the caller's PSI.
    """

    call: Callable[..., Any]
    wanted: tuple[Read | Optional, ...] = ()
    private: bool = False


Methods = Mapping[str, Method]


def fixed(result: Any) -> Method:
    """One that always says the same."""
    return Method(lambda visit: result)


def failed(id: str, error: RpcError) -> bytes:
    """An error as an answer."""
    said: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.data is not None:
        said["data"] = error.data
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (_echo(id), dumps(said))


_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _escaped(text: str, marks: Iterable[str] = _HTML) -> str:
    for mark in marks:
        if mark in text:
            text = text.replace(mark, _HTML[mark])
    return text


def _echo(id: str) -> bytes:
    return _escaped(id).encode("utf-8", "replace")


#: Made once: C{json.dumps} makes one for each value.
_encoded = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def dumps(value: Any) -> bytes:
    """As Go writes it: no spaces, and nothing that means something in HTML."""
    return _escaped(_encoded(value)).encode("utf-8", "replace")
