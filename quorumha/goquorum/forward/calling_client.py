"""L{Caller}: whose calls these are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from attrs import define

from quorumha.http.wire.headers import MADE, Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.upstream import AttemptResult

#: Not passed on: answers must be read; and what says of what type a body is, which is written anew.
_LEFT_OUT = (b"accept-encoding", b"content-type")


def _root_of(target: bytes) -> bytes:
    query = target.partition(b"?")[2]
    return b"/?" + query if query else b"/"


@define(eq=False, init=False)
class Caller:
    """Who calls, and with which token: everything that is asked for a client, lookups of ours too, has the
    C{Authorization}, C{Quorum-PSI}, query and C{Origin} of the call that it serves.

    @ivar client: for the forwarding fields.
    @ivar head: of the client's request, or of its WebSocket handshake.
    @ivar key: whose view of the chain does not run backwards: its address; on a unix socket the listener.
    @ivar target: of requests to members: the root, with the client's query.
    @ivar asked: bodies that are the client's own calls, by C{id()}: what else is asked of members meanwhile
        is not told of as an attempt.
    @ivar attempts: what came of asking for these, in order.
    @ivar waited: seconds for which they waited, because no member could take them.
    """

    client: Client
    head: RequestHead
    key: Hashable
    asked: set[int] | None
    attempts: list[AttemptResult] | None
    waited: float
    target: bytes

    # By hand: there is one for each request, and it takes half as long.
    def __init__(self, client: Client, head: RequestHead, key: Hashable) -> None:
        self.client = client
        self.head = head
        self.key = key
        self.asked = self.attempts = None
        self.waited = 0.0
        target = head.target
        self.target = target if target == b"/" else _root_of(target)

    @property
    def request_id(self) -> bytes:
        """The id of the client's request, or of its WebSocket handshake; empty: it has none."""
        return self.client.request_id

    def own(self, *bodies: bytes) -> None:
        """These are its own calls."""
        if self.asked is None:
            self.asked, self.attempts = set(), []
        self.asked.update(map(id, bodies))

    def note(self, body: bytes, attempts: Sequence[AttemptResult]) -> None:
        """So members were asked for this body."""
        if self.attempts is not None and self.asked is not None and id(body) in self.asked:
            self.attempts += attempts

    def request(self, length: int) -> RequestHead:
        """The head of a request to a member, with a body of so many bytes; its target is L{target}.

        It is remembered with the client's head, which is the same one as long as the client sends the same.
        """
        made = self.head.made
        found: RequestHead | None = made.get(length)
        if found is None:
            if len(made) >= MADE:
                made.clear()
            found = made[length] = self._make_request(length)
        return found

    def _make_request(self, length: int) -> RequestHead:
        head = self.head
        kept = [one for one in head.fields if one[0].lower() not in _LEFT_OUT]
        fields = [*kept, (b"Content-Type", b"application/json")]
        return RequestHead(b"POST", b"/", 1, head.host, fields, head.forwarded, length, True)
