"""L{SocketRoute}: what the WebSockets of one listener have in common."""

from __future__ import annotations

from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime

from quorumha.goquorum.forward.rpc_forwarder import RpcForwarder
from quorumha.goquorum.websocket.client_socket import ClientSocket
from quorumha.goquorum.websocket.member_sockets import MemberSockets
from quorumha.goquorum.websocket.socket_settings import SocketSettings
from quorumha.http.wire.contracts import Exchange, OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead


@frozen(eq=False)
class SocketRoute:
    """A L{Forwarder<quorumha.http.wire.contracts.Forwarder>} that speaks WebSocket.

    @ivar http: who has those that do not ask for it.
    @ivar listener: whose clients these are where they have no address.
    """

    http: RpcForwarder
    sockets: MemberSockets
    listener: str
    settings: SocketSettings
    upgrade: bool = field(default=True, init=False)

    @property
    def clock(self) -> IReactorTime:
        """The time."""
        return self.sockets.place.clock

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
    ) -> Exchange:
        """A WebSocket from its handshake on."""
        return ClientSocket(self, head, client, sink)
