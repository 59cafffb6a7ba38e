"""L{Caller}: whose calls these are."""

from __future__ import annotations

from collections.abc import Hashable

from attrs import define, field

from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead

#: Not passed on: answers must be read; and what says of what type a body is, which is written anew.
_LEFT_OUT = (b"accept-encoding", b"content-type")


@define(eq=False)
class Caller:
    """Who calls, and with which token: everything that is asked for a client, lookups of ours too, has the
    C{Authorization}, C{Quorum-PSI}, query and C{Origin} of the call that it serves.

    @ivar client: for the forwarding fields.
    @ivar head: of the client's request, or of its WebSocket handshake.
    @ivar key: whose view of the chain does not run backwards: its address; on a unix socket the listener.
    """

    client: Client
    head: RequestHead
    key: Hashable
    _fields: list[tuple[bytes, bytes]] = field(init=False)
    _target: bytes = field(init=False)

    def __attrs_post_init__(self) -> None:
        kept = [one for one in self.head.fields if one[0].lower() not in _LEFT_OUT]
        self._fields = [*kept, (b"Content-Type", b"application/json")]
        query = self.head.target.partition(b"?")[2]
        self._target = b"/?" + query if query else b"/"

    def request(self, length: int) -> RequestHead:
        """The head of a request to a member, with a body of so many bytes."""
        head = self.head
        return RequestHead(b"POST", self._target, 1, head.host, self._fields, head.forwarded, length, True)
