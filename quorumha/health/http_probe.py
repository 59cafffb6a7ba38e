"""L{HttpProbe}: one question to one member by an HTTP request, at as little cost as can be: a few times a
second for each member, so by no pool and no policy, with one kept connection, one head and one limit.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import Factory, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.health.check_limits import CheckLimits
from quorumha.health.probes import Probe, of_failed_dial
from quorumha.health.verdicts import LATE, Verdict, VerdictOf
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.wire.headers import Client, HeaderRules, request_bytes
from quorumha.http.wire.messages import Fields, RequestHead, ResponseHead
from quorumha.pool.dial import Dial
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Outcome, describe

log = Logger()

#: Seconds that a connection for checks is used.
RENEWED = 5.0
#: Bytes of a response's body that are taken; those to checks are short.
RESPONSE_LIMIT = 256 * 1024


@frozen(eq=False)
class HttpProbe(Probe):
    """Good is who answers a GET, or what else is asked, as it should.

    It has a connection of its own for each member, kept from one question to the next, and made
    anew after L{RENEWED} seconds: a name may lead to another machine by then, and a member that takes
    no connections any more is not healthy.

    @ivar timeout: seconds, from connecting to the last byte.
    @ivar body: of what is asked, which can be asked twice; then it is a POST.
    @ivar content_type: of the body.
    @ivar located: makes of a verdict what it is by the IP address that responded; asked where that may be
        another one the next time: a member given by name.
    """

    clock: IReactorTime
    timeout: float
    path: bytes
    verdict_of: VerdictOf
    connections: Connections = Factory(lambda self: Connections(self.clock, 1, 0.0), takes_self=True)
    body: bytes = b""
    content_type: bytes = b"application/json"
    located: Callable[[Verdict, str], Verdict] | None = None
    limits: CheckLimits = Factory(lambda self: CheckLimits(self.clock, self.timeout), takes_self=True)
    _requests: dict[Member, bytes] = field(init=False, factory=dict)

    def ask(self, member: Member) -> Deferred[Verdict]:
        return _ProbeRequest(self, member).result

    def request_for(self, member: Member) -> bytes:
        """What is sent to a member, made once."""
        made = self._requests.get(member)
        if made is None:
            made = self._requests[member] = self.request_with(self.body, member)
        return made

    def request_with(self, body: bytes, member: Member) -> bytes:
        """What is sent with a body; empty: it is a GET."""
        authority = member.upstream.authority
        head = RequestHead.get(self.path, authority)
        if body:
            fields: Fields = [(b"content-type", self.content_type)]
            head = RequestHead(b"POST", self.path, 1, authority, fields, [], len(body), True)
        return request_bytes(head, HeaderRules(), authority, Client(b"unknown", b"http")) + body

    def forget(self, member: Member) -> None:
        self.connections.drop(member)
        self._requests.pop(member, None)

    def stop(self) -> None:
        self.connections.stop()


class _ProbeRequest:
    """One question on its way; an L{AttemptEvents<quorumha.http.wire.contracts.AttemptEvents>}."""

    def __init__(self, probe: HttpProbe, member: Member) -> None:
        self._probe = probe
        self._member = member
        self._head: ResponseHead | None = None
        self._body = b""
        self._connection: UpstreamConnection | None = None
        self._dialling: Dial | None = None
        self._limit = probe.limits.begin(self._too_late)
        self.result: Deferred[Verdict] = Deferred(lambda _: self._give_up())
        kept = probe.connections.kept(member)
        self._kept = kept is not None
        if kept is None:
            self._dial()
        else:
            self._send(kept)

    def _dial(self) -> None:
        self._kept = False
        self._connection = None
        self._dialling = self._probe.connections.dial(self._member, self._dialled, self._dial_failed)

    def _dialled(self, connection: UpstreamConnection) -> None:
        connection.use_until = self._probe.clock.seconds() + RENEWED
        try:
            self._send(connection)
        except Exception:
            self._bug(Failure())

    def _dial_failed(self, outcome: Outcome, _: Failure) -> None:
        self._over(of_failed_dial(outcome))

    def _bug(self, failure: Failure) -> None:
        if self.result.called:
            log.failure("asking {upstream} failed", failure, upstream=self._member.upstream.name)
            return
        self._give_up()
        self.result.errback(failure)

    def _send(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        request = self._probe.request_for(self._member)
        connection.begin(self, request[: request.index(b" ")], 0.0)
        connection.writer.write(request)

    def _give_up(self) -> None:
        self._limit.cancel()
        connection, self._connection = self._connection, None
        dialling, self._dialling = self._dialling, None
        if connection is not None:
            connection.abort()
        if dialling is not None:
            dialling.cancel()

    def _over(self, verdict: Verdict) -> None:
        self._limit.cancel()
        self._connection = self._dialling = None
        self.result.callback(verdict)

    def _too_late(self, late: bool) -> None:
        reached, begun = self._connection is not None, self._head is not None
        if late:
            verdict = LATE
        else:
            fault = f"no {'whole ' if begun else ''}answer within {self._probe.timeout:g} s"
            verdict = Verdict(fault, silent=True, reached=reached)
        # It ends by that, and what ends then must find that it is over.
        self.result.callback(verdict)
        self._give_up()

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        connection = self._connection
        if self._kept and head.status == 408 and not head.keep_alive and connection is not None:
            # It was said of the idle connection, and crossed the question.
            connection.abort()
            self._dial()
            return
        self._head = head
        self._body = data
        if ended:
            self.upstream_end()

    def upstream_data(self, data: bytes) -> None:
        connection = self._connection
        self._body += data
        if len(self._body) > RESPONSE_LIMIT and connection is not None:
            connection.abort()
            self._over(Verdict("the answer to its check is too large"))

    def upstream_end(self) -> None:
        connection, head = self._connection, self._head
        if connection is None or head is None:
            # It was over in the midst of what was read at once.
            return
        self._probe.connections.give_back(connection)
        self._connection = None
        try:
            verdict = self._probe.verdict_of(head.status, self._body)
            located = self._probe.located
            if located is not None and self._member.upstream.named:
                verdict = located(verdict, getattr(connection.transport.getPeer(), "host", ""))
        except Exception:
            self._bug(Failure())
            return
        self._over(verdict)

    def upstream_failed(self, outcome: Outcome) -> None:
        connection, self._connection = self._connection, None
        if self._head is not None:
            self._over(Verdict("an answer broke off"))
        elif self._kept and connection is not None and not connection.responded:
            # It was only stale.
            self._dial()
        else:
            self._over(Verdict(describe(outcome)))

    def upstream_drained(self) -> None:
        pass
