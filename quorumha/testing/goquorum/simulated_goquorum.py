"""L{SimulatedGoQuorum}: a GoQuorum node's JSON-RPC over HTTP, as 24.4.1 answers it.

    chain = Chain()
    first, second = SimulatedGoQuorum(net.clock, chain), SimulatedGoQuorum(net.clock, chain)
    net.listen("q1:22000", first.rpc)

Nodes that share a L{Chain} agree at once.  A transaction makes a block.  There is no virtual machine and
no signature: a method gives an answer of the right form for the state that the chain has.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.testing.goquorum.plain_methods import METHODS, Chain
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.http.faults import Faults
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeFactory, NodeResponse

#: Bytes that a request may have, inclusive (rpc/http.go).
BODY_LIMIT = 5 * 1024 * 1024

_CONTENT_TYPES = (b"application/json", b"application/json-rpc", b"application/jsonrequest")


@define(eq=False)
class SimulatedGoQuorum:
    """One node.

    @ivar faults: see L{Faults}; C{database_dead} makes every method fail, with status 200 as real ones do.
    @ivar vhosts: names that C{Host} may have; an address always may, C{"*"} lets all pass.
    @ivar rpc: its port; a factory to listen with.
    """

    clock: IReactorTime
    chain: Chain = field(factory=Chain)
    keep: bool = True
    vhosts: tuple[str, ...] = ("localhost",)
    faults: Faults = field(factory=Faults)
    rpc: NodeFactory = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rpc = NodeFactory(self.clock, self.respond, self.faults, keep=self.keep)

    def respond(self, request: Message) -> NodeResponse:
        """The pure core."""
        if not self._may_call(request):
            return _plain(403, "invalid host specified")
        if request.method in (b"PUT", b"DELETE"):
            return _plain(405, "method not allowed")
        if request.method == b"GET" and not request.body and b"?" not in request.target:
            # Looks like a health check, and says nothing about health.
            return NodeResponse(200)
        if len(request.body) > BODY_LIMIT:
            return _plain(413, f"content length too large ({len(request.body)}>{BODY_LIMIT})")
        kind = (request.get(b"content-type") or b"").split(b";")[0].strip().lower()
        if kind not in _CONTENT_TYPES:
            return _plain(415, "invalid content type, only application/json is supported")
        return NodeResponse(200, self._rpc(request.body) + b"\n", b"application/json")

    def _may_call(self, request: Message) -> bool:
        host = (request.get(b"host") or b"").decode("latin-1").rsplit(":", 1)[0].lower()
        numeric = host.replace(".", "").isdecimal() or host.startswith("[")
        return not host or numeric or host in self.vhosts or "*" in self.vhosts

    def _rpc(self, body: bytes) -> bytes:
        try:
            asked = json.loads(body)
        except ValueError:
            return _dumps(_error(None, -32700, "parse error"))
        if isinstance(asked, list):
            if not asked:
                return _dumps(_error(None, -32600, "empty batch"))
            return _dumps([self._one(call) for call in asked])
        return _dumps(self._one(asked))

    def _one(self, call: Any) -> dict[str, Any]:
        if not isinstance(call, dict) or not isinstance(call.get("method"), str):
            return _error(None, -32600, "invalid request")
        name, params, number = call["method"], call.get("params") or [], call.get("id")
        method = METHODS.get(name)
        if method is None:
            return _error(number, -32601, f"the method {name} does not exist/is not available")
        if self.faults.database_dead:
            return _error(number, -32000, "database closed")
        try:
            return {"jsonrpc": "2.0", "id": number, "result": method(self.chain, params)}
        except RpcError as error:
            return _error(number, error.code, str(error))
        except (IndexError, KeyError, TypeError, ValueError, AttributeError):
            return _error(number, -32602, "missing value for required argument 0")


def _error(number: Any, code: int, said: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": said}}


def _dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _plain(status: int, said: str) -> NodeResponse:
    # What Go's net/http writes for an error.
    nosniff = ((b"X-Content-Type-Options", b"nosniff"),)
    return NodeResponse(status, said.encode() + b"\n", b"text/plain; charset=utf-8", nosniff)
