"""L{NodePort}: HTTP around JSON-RPC as GoQuorum has it (rpc/http.go, node/rpcstack.go), or a WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from twisted.internet.interfaces import IAddress

from quorumha.testing.goquorum.node_connection import NodeConnection
from quorumha.testing.goquorum.node_socket import NodeSocket
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.rpc_visit import RpcVisit, failed
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeFactory, NodeResponse, date_of
from quorumha.testing.http.plays import Do, chunks_of

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_node import SimulatedNode

#: Bytes that a request may have, inclusive.
BODY_LIMIT = 5 * 1024 * 1024
#: A larger body is sent in chunks (net/http, its buffer).
LENGTH_LIMIT = 2048
#: Most bytes of one chunk.
CHUNK = 4096

_JSON = (b"application/json", b"application/json-rpc", b"application/jsonrequest")
_PLAIN = b"text/plain; charset=utf-8"


def on_calls(*methods: str) -> Callable[[Message], bool]:
    """A predicate for L{Faults.only}: the body calls one of these methods, alone or in a batch."""
    wanted = tuple(b'"%b"' % method.encode() for method in methods)
    return lambda request: any(method in request.body for method in wanted)


class NodePort(NodeFactory):
    """One port of a node."""

    def __init__(self, node: SimulatedNode, keep: bool, *, http: bool = True) -> None:
        """
        @param http: speak HTTP; False: whoever does not upgrade gets 400.
        """
        super().__init__(node.clock, self._core, node.faults, keep=keep)
        self.node = node
        self.http = http
        self.sockets: list[NodeSocket] = []
        self.paused = False

    def buildProtocol(self, addr: IAddress | None) -> NodeConnection:
        connection = NodeConnection(self)
        self.connections.append(connection)
        return connection

    def pause(self, paused: bool) -> None:
        """Read nothing any more, from new connections neither; or go on."""
        self.paused = paused
        for connection in self.live:
            if connection.transport is not None:
                connection.perform(Do.STOP_READING if paused else Do.READ)

    def wake(self) -> None:
        """Let plays and sockets go on for which what they wait for holds now."""
        super().wake()
        for socket in tuple(self.sockets):
            socket.wake()

    def _wake(self) -> None:
        if self.waiting or self.sockets:
            self.clock.callLater(0, self.wake)

    def _core(self, request: Message) -> NodeResponse:
        if not self.http:
            return _plain(400, "Bad Request")
        if not self.may_call(request):
            return _plain(403, "invalid host specified")
        if request.target.partition(b"?")[0] != b"/":
            return NodeResponse(404)
        cross = self._cross_origin(request)
        if request.method == b"OPTIONS" and request.get(b"access-control-request-method"):
            return NodeResponse(200, headers=cross)
        if request.method == b"GET" and not request.body and b"?" not in request.target:
            # Looks like a health check, and says nothing about health.
            return NodeResponse(200, headers=cross)
        return self._checked(request, cross)

    def _checked(self, request: Message, cross: tuple[tuple[bytes, bytes], ...]) -> NodeResponse:
        if request.method in (b"PUT", b"DELETE"):
            return _plain(405, "method not allowed", cross)
        size = len(request.body)
        if size > BODY_LIMIT and request.framing == "content-length":
            return _plain(413, f"content length too large ({size}>{BODY_LIMIT})", cross)
        kind = (request.get(b"content-type") or b"").split(b";")[0].strip().lower()
        if kind not in _JSON and request.method != b"OPTIONS":
            return _plain(415, "invalid content type, only application/json is supported", cross)
        return NodeResponse(200, self._rpc(request), b"application/json", cross)

    def _rpc(self, request: Message) -> bytes:
        # Without a length the reader just stops.
        body = request.body[:BODY_LIMIT]
        if not body.strip():
            return b""
        visit = RpcVisit(
            self.node, self.psi_of(request), (request.get(b"authorization") or b"").decode("latin-1")
        )
        try:
            return visit.response(body)
        except RpcError as error:
            return failed("null", error) + b"\n"

    @staticmethod
    def psi_of(request: Message) -> str:
        """The private state that a request asks for: the field wins over the query."""
        if (said := request.get(b"quorum-psi")) is not None:
            return said.decode("latin-1")
        _, _, query = request.target.decode("latin-1").partition("?")
        return parse_qs(query).get("PSI", [""])[0]

    def may_call(self, request: Message) -> bool:
        """Whether its C{Host} is one of ours."""
        host = (request.get(b"host") or b"").decode("latin-1").rsplit(":", 1)[0].lower()
        numeric = host.replace(".", "").isdecimal() or host.startswith("[")
        return not host or numeric or host in self.node.vhosts or "*" in self.node.vhosts

    def _cross_origin(self, request: Message) -> tuple[tuple[bytes, bytes], ...]:
        cors = self.node.cors
        if not cors:
            return ()
        origin = request.get(b"origin") or b""
        allowed = origin if origin and (origin.decode("latin-1") in cors or "*" in cors) else b""
        fields: list[tuple[bytes, bytes]] = []
        asked = request.get(b"access-control-request-method")
        if request.method == b"OPTIONS" and asked:
            if allowed:
                wanted = request.get(b"access-control-request-headers") or b""
                fields += [(b"Access-Control-Allow-Headers", wanted.title())] if wanted else []
                fields += [(b"Access-Control-Allow-Methods", asked)]
                fields += [(b"Access-Control-Allow-Origin", allowed), (b"Access-Control-Max-Age", b"600")]
            vary = (b"Origin", b"Access-Control-Request-Method", b"Access-Control-Request-Headers")
            return (*fields, *((b"Vary", name) for name in vary))
        if allowed:
            fields.append((b"Access-Control-Allow-Origin", allowed))
        return (*fields, (b"Vary", b"Origin"))

    def head_and_body(self, said: NodeResponse, request: Message) -> bytes:
        """An answer as bytes, framed as Go's net/http frames it."""
        phrase = HTTPStatus(said.status).phrase
        # An empty answer has no type: nothing was written.
        kind = said.content_type if said.body or said.status != 200 or request.method == b"POST" else b""
        fields = [(b"Content-Type", kind)] if kind else []
        fields += said.headers
        fields.append((b"Date", date_of(int(self.clock.seconds()))))
        chunked = len(said.body) > LENGTH_LIMIT
        length = (b"Content-Length", b"%d" % len(said.body))
        fields.append((b"Transfer-Encoding", b"chunked") if chunked else length)
        if not request.keeps_alive:
            fields.append((b"Connection", b"close"))
        lines = [f"HTTP/1.1 {said.status} {phrase}".encode(), *(b"%s: %s" % pair for pair in fields)]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        if request.method == b"HEAD":
            return head
        if not chunked:
            return head + said.body
        return head + chunks_of(said.body[at : at + CHUNK] for at in range(0, len(said.body), CHUNK))


def _plain(status: int, said: str, cross: tuple[tuple[bytes, bytes], ...] = ()) -> NodeResponse:
    # What Go's net/http writes for an error.
    fields = (*cross, (b"X-Content-Type-Options", b"nosniff"))
    return NodeResponse(status, said.encode() + b"\n", _PLAIN, fields)
