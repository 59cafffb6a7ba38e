"""One upstream connection in memory, and a user of it that notes what it is told."""

from __future__ import annotations

from twisted.internet.protocol import Factory

from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Outcome, Upstream
from quorumha.testing import MemoryTopology, Recorder


class User:
    """An L{AttemptEvents} that keeps everything."""

    def __init__(self) -> None:
        self.heads: list[ResponseHead] = []
        self.body = b""
        self.ended = False
        self.outcome: Outcome | None = None
        self.drained = 0

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self.heads.append(head)
        self.body += data
        self.ended = ended

    def upstream_data(self, data: bytes) -> None:
        assert not self.ended
        self.body += data

    def upstream_end(self) -> None:
        assert not self.ended
        self.ended = True

    def upstream_failed(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def upstream_drained(self) -> None:
        self.drained += 1


class Stage:
    """A connection to a node whose bytes the test writes.

    @ivar node: the node's end.
    @ivar lost: connections that ended without a user.
    """

    def __init__(self) -> None:
        self.net = MemoryTopology()
        nodes: list[Recorder] = []

        class Nodes(Factory):
            noisy = False

            def buildProtocol(self, addr: object) -> Recorder:
                nodes.append(Recorder.half_closing())
                return nodes[-1]

        self.net.listen("a:1", Nodes())
        self.lost: list[UpstreamConnection] = []
        endpoint = self.net.client_endpoint("a:1")
        self.member = Member(Upstream("a", endpoint))
        self.connection = UpstreamConnection(self.member, self.net.clock, self.lost.append)
        endpoint.connect(Factory.forProtocol(lambda: self.connection))
        self.net.run()
        (self.node,) = nodes

    def ask(self, method: bytes = b"GET", between: float = 3, upgrade: bool = False) -> User:
        """Begin a request."""
        user = User()
        self.connection.begin(user, method, between, upgrade=upgrade)
        self.connection.writer.write(b"ASK")
        self.net.run()
        return user

    def say(self, *pieces: bytes) -> None:
        """What the node answers, piece by piece."""
        for piece in pieces:
            self.node.write(piece)
            self.net.run()
