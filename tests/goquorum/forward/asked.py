"""C{Asked}: an L{Asker} before scripted members."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed

from quorumha.errors import UpstreamError
from quorumha.goquorum.forward.ask import Asker, MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.contracts import Nobody
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import AttemptResult, AttemptState, LocalFailure
from quorumha.testing.http.plays import Moment, Play, Send, Step, Wait, chunks_of, head_of
from tests.http.server.proxied import Proxied

CALL = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
PREFIX = b'{"jsonrpc":"2.0","id":1,"result":'


class Asked(Proxied):
    """Members a, b, and who asks them."""

    def __init__(self, response_limit: int = 1000) -> None:
        super().__init__("ab")
        nothing: frozenset[int] = frozenset()
        self.late = LateResponses(self.net.clock, observers=self.pool.observers)
        limits = Limits(0.0, 0.0, 60.0, 60.0)
        twice = RetryPolicy(statuses=nothing, tries=1)
        once = RetryPolicy(statuses=nothing, tries=1, non_idempotent=False)
        self.asker = Asker(
            self.pool,
            self.forwarder(policy=twice, limits=limits, origin=None),
            self.forwarder(policy=once, limits=limits, origin=None, kept_once=True),
            self.late,
            response_limit,
        )
        head = RequestHead(b"POST", b"/", 1, b"proxy", [], [], len(CALL), True)
        self.caller = Caller(Client(b"192.0.2.7"), head, b"192.0.2.7")

    def member(self, name: str) -> Member:
        return self.pool.member(name)

    def ask(self, name: str = "a", *, prefix: bytes = b"", deadline: float = 0.0) -> list[Outcome]:
        """What came of it, once it is known."""
        asked = self.asker.ask(self.member(name), CALL, self.caller, prefix=prefix, deadline=deadline)
        return self.results(asked)

    def results(self, asked: Deferred[Outcome]) -> list[Outcome]:
        found: list[Outcome] = []
        asked.addCallback(found.append)
        self.net.run()
        return found


def answer_of(found: list[Outcome]) -> MemberResponse:
    """The one outcome, which is an answer."""
    (one,) = found
    assert isinstance(one, MemberResponse), one
    return one


def no_answer_of(found: list[Outcome]) -> NoResponse:
    """The one outcome, which is none."""
    (one,) = found
    assert isinstance(one, NoResponse), one
    return one


def in_pieces(*parts: bytes) -> Play:
    """An answer whose body comes so."""
    fields = [(b"Transfer-Encoding", b"chunked")]
    steps: list[Step] = [Send(head_of(200, fields))]
    for number, part in enumerate(parts, 1):
        steps += [Send(chunks_of([part], last=number == len(parts))), Wait(0.1)]
    return Play(Moment.REQUEST, tuple(steps))


class RecordingSink(Nobody):
    """Where an answer goes down.

    @ivar how: how it ended; empty: it has not.
    """

    def __init__(self) -> None:
        self.head: ResponseHead | None = None
        self.body = b""
        self.how = ""

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        self.head = head
        self.body += data
        if ended:
            self.how = "whole"

    def response_data(self, data: bytes) -> None:
        self.body += data

    def response_end(self) -> None:
        self.how = "whole"

    def response_cut(self) -> None:
        self.how = "cut"

    def response_failed(self, error: UpstreamError) -> None:
        self.how = "failed"


class Lacking:
    """Asks nobody: this process has no means to.

    @ivar limited: it has no room for answers.
    """

    def __init__(self, asker: Asker, *, limited: bool = False) -> None:
        self.pool, self.clock = asker.pool, asker.clock
        self.limited = limited

    def ask(self, member: Member, body: bytes, caller: Caller, **settings: Any) -> Deferred[Outcome]:
        if self.limited:
            return succeed(NoResponse(member, True, "too many bytes of answers are kept", limited=True))
        result = AttemptResult(member.upstream, LocalFailure("no file descriptor"), AttemptState.DIALLED)
        return succeed(NoResponse(member, False, "no file descriptor", (result,)))
