"""One upstream connection in memory, and a user of it that notes what it is told."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from quorumha.http.forward.request_body import RequestBody
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import AttemptState, Outcome, Phase, Upstream
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


class Asker:
    """A request as its attempt sees it, that keeps everything it is told.

    @ivar again: it may be sent once more.
    @ivar outcome: of the attempt that failed.
    """

    body: RequestBody | None = None
    client = Client()
    deadline = 0.0
    resent = False
    source_paused = False
    ended = False
    outcome: Outcome | None = None

    def __init__(self, head: RequestHead, *, again: bool = True) -> None:
        self.head = head
        self.again = again
        self.reached: list[Member] = []
        self.heads: list[ResponseHead] = []
        self.data = b""

    def may_resend(self, state: AttemptState, waited: float) -> bool:
        return self.again

    def within_total(self, phase: Phase, limit: float) -> tuple[Phase, float]:
        return phase, limit

    def pause_source(self) -> None:
        self.source_paused = True

    def resume_source(self) -> None:
        self.source_paused = False

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self.heads.append(head)
        self.data += data
        self.ended = ended

    def upstream_data(self, data: bytes) -> None:
        self.data += data

    def upstream_end(self) -> None:
        self.ended = True

    def upstream_failed(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def attempt_broke(self, failure: Failure) -> None:
        failure.raiseException()


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
