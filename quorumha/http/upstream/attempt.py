"""L{Attempt}: one try of one request at one member.

It takes a kept connection or dials, sends the request as far as it is there, limits what is waited for, and
tells its request what comes of it.  What its member has in flight, and what its pool learns of the member, is
noted here.

A kept connection that dies before the first byte of a response, or on which something else comes, was
only stale: one fresh connection to the same member, held against nobody.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from attrs import define, field
from twisted.python.failure import Failure

from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.wire.contracts import ResponseEvents
from quorumha.http.wire.headers import LOCATED, with_clients_location
from quorumha.http.wire.messages import ResponseHead
from quorumha.numbers import FIRST
from quorumha.pool.passive_health import HEALTHY
from quorumha.pool.pool import Member
from quorumha.pool.upstream import (
    AttemptResult,
    AttemptState,
    Broken,
    Outcome,
    Phase,
    Responded,
    TimedOut,
)

if TYPE_CHECKING:
    from quorumha.http.forward.forwarder import PoolForwarder
    from quorumha.http.forward.request import ForwardedRequest
    from quorumha.pool.dial import Dial

#: Seconds; who leaves sooner just changed its mind.
GAVE_UP_AFTER = 1.0
#: How one counts that is ended after its response's head; the status is nobody's business.
HAD_RESPONSE = Responded(200)


@define(eq=False, repr=False)
class Attempt:
    """One try of one request at one member.

    @ivar member: who is asked.
    @ivar connection: while there is one.
    @ivar state: how far it got.
    @ivar in_flight: it counts as the member's work.
    @ivar responded: it got a response's head, and waits for the rest.
    """

    _owner: ForwardedRequest
    _forwarder: PoolForwarder
    member: Member
    #: The request's head, as it is sent to this member.
    _out: bytes
    began_at: float
    _listener: ResponseEvents
    _dial: Dial | None = None
    _kept: bool = field(init=False)
    connection: UpstreamConnection | None = None
    state: AttemptState = field(init=False)
    sent_at: float = -1.0
    in_flight: bool = True
    responded: bool = False

    def start(self, kept: bool) -> None:
        """Go; C{kept}: on a kept connection, which may turn out to be stale, if there is one."""
        member = self.member
        member.in_flight += 1
        connection = self._forwarder.connections.kept(member) if kept else None
        if connection is None:
            self._begin_dial()
        else:
            self._kept = True
            self._use(connection)

    def hand_over(self, listener: ResponseEvents) -> None:
        """Tell C{listener} from now on: nothing is held against the upstream, nor is its head limited."""
        connection = self.connection
        assert connection is not None
        body = self._owner.body
        if connection.writer.queued or not (body is None or body.sent):
            connection.reusable = False
        self._listener = listener
        connection.limit.wait(Phase.FIRST_BYTE, 0)

    def take_back(self) -> None:
        """Tell the request again."""
        self._listener = self._owner

    @property
    def _detached(self) -> bool:
        return self._listener is not self._owner

    def _begin_dial(self) -> None:
        self._kept = False
        self.state = AttemptState.DIALLED
        self.sent_at = -1.0
        forwarder = self._forwarder
        phase, seconds = self._owner.within_total(Phase.CONNECT, forwarder.pool.connect_timeout)
        dial = forwarder.connections.dial(self.member, self._connected, self._not_connected, seconds, phase)
        if not dial.over:
            self._dial = dial

    def _connected(self, connection: UpstreamConnection) -> None:
        self._dial = None
        try:
            self._use(connection)
        except Exception:
            self._owner.attempt_broke(Failure())

    def _not_connected(self, outcome: Outcome, _: Failure) -> None:
        self._dial = None
        self._fail(outcome)

    # Sending.

    def _use(self, connection: UpstreamConnection) -> None:
        owner = self._owner
        self.connection = connection
        self.state = AttemptState.SENT_SOME
        head, body = owner.head, owner.body
        connection.begin(self, head.method, self._forwarder.limits.between, head.upgrade != b"")
        connection.writer.write(self._out if body is None else body.begin(self._out))
        if body is not None and not body.sent:
            self.pump()
        elif connection.writer.queued:
            self._watch_upload(connection)
        else:
            # A kept connection takes it at once.
            self._sent(connection, self.began_at if self._kept else self._forwarder.clock.seconds())

    def pump(self) -> None:
        """Send what has come of the body and was not sent yet, as far as the upstream takes it."""
        connection, body = self.connection, self._owner.body
        if connection is None:
            if body is not None and not body.replayable:
                self._owner.pause_source()
            return
        if body is not None:
            body.send_to(connection.writer)
        self._watch_upload(connection)

    def _watch_upload(self, connection: UpstreamConnection) -> None:
        """Set the limit for what is waited for now, and stop or start the source."""
        owner = self._owner
        body = owner.body
        limits = self._forwarder.limits
        reading = self.state >= AttemptState.HEAD_SEEN
        if connection.writer.queued:
            if not reading:
                connection.limit.wait_to_send(limits.send, owner.deadline)
            if body is not None and not body.complete and not body.replayable:
                owner.pause_source()
        elif body is None or body.sent:
            if self.state < AttemptState.SENT_ALL:
                self._sent(connection, self._forwarder.clock.seconds())
        else:
            # It is the client's turn; its own limits hold.
            if not reading:
                connection.limit.wait(Phase.SEND, 0)
            owner.resume_source()

    def _sent(self, connection: UpstreamConnection, now: float) -> None:
        """The whole request is sent: the response is waited for."""
        owner, forwarder = self._owner, self._forwarder
        self.state = AttemptState.SENT_ALL
        self.sent_at = now
        owner.reached.append(self.member)
        connection.limit.wait(Phase.FIRST_BYTE, forwarder.limits.first_byte, owner.deadline, now)
        if owner.source_paused:
            # The client sends no more of this, and its end is to be seen.
            owner.resume_source()

    def waited(self) -> float:
        """Seconds since the whole request was sent; 0 when it was not."""
        return self._forwarder.clock.seconds() - self.sent_at if self.sent_at >= 0 else 0.0

    def result(self, outcome: Outcome) -> AttemptResult:
        """This attempt, told as a value."""
        seconds = self._forwarder.clock.seconds() - self.began_at
        return AttemptResult(self.member.upstream, outcome, self.state, self.waited(), seconds)

    # Its end.

    def _fail(self, outcome: Outcome) -> None:
        blames = outcome != TimedOut(Phase.TOTAL) or self.state >= AttemptState.SENT_ALL
        if blames and not self._detached:
            self._forwarder.pool.report(self.member, outcome, self._forwarder.clock.seconds())
        self.release(outcome)
        self._listener.upstream_failed(outcome)

    def release(self, outcome: Outcome | None) -> None:
        """It is the member's work no more, and came to this; None: nobody waited for it."""
        if self.in_flight:
            self.in_flight = False
            self.member.count_attempt(outcome)
            self.member.release()

    def break_off(self) -> None:
        """What comes from the member is not wanted."""
        if self._dial is not None:
            self._dial.cancel()
            self._dial = None
        connection, self.connection = self.connection, None
        if connection is not None:
            # Where the client ended a tunnel its last bytes may still be on their way.
            connection.leave() if self._is_tunnel() else connection.abort()
        self.release(HAD_RESPONSE if self.responded else None)

    def expire(self) -> None:
        """Dial no more: that took too long."""
        if self._dial is not None:
            self._dial.expire()

    def leave(self) -> None:
        """The client is gone."""
        if self.in_flight:
            pool, now = self._forwarder.pool, self._forwarder.clock.seconds()
            if self.state is AttemptState.SENT_ALL and self.waited() >= self._client_timeout():
                # The client gave up: that counts against whoever kept it waiting.
                pool.report(self.member, TimedOut(Phase.FIRST_BYTE), now)
            else:
                pool.left_open(self.member, now)
        self.break_off()

    def _client_timeout(self) -> float:
        """Seconds without a response after which a client that leaves is taken to have given up."""
        limits = self._forwarder.limits
        if limits.first_byte:
            return min(GAVE_UP_AFTER, limits.first_byte / 2)
        # What may take for ever is no hang, however long it took.
        return GAVE_UP_AFTER if limits.total else inf

    def _is_tunnel(self) -> bool:
        return bool(self._owner.head.upgrade) and self.state is AttemptState.PASSED_DOWN

    def _give_back(self) -> None:
        """The response was read whole: keep the connection if the request was sent whole, too."""
        connection = self.connection
        if connection is not None:
            self.connection = None
            body = self._owner.body
            if connection.writer.queued or not (body is None or body.sent or self._detached):
                connection.reusable = False
            self._forwarder.connections.give_back(connection)
        if self.in_flight:
            # As C{release}, without a call: nearly every response ends so.
            self.in_flight = False
            member = self.member
            member.numbers.responded += 1
            member.in_flight -= 1
            if member.on_idle is not None and not member.in_flight:
                member.on_idle()

    # What the connection tells.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Pass a response's head on, unless it only ends a stale connection."""
        if not head.keep_alive and head.status == 408:
            connection = self.connection
            if connection is not None and self._is_stale():
                # It ended an idle connection while the request was on its way (RFC 9110 section 15.5.9).
                connection.abort()
                return
        member = self.member
        now, first_byte = self._forwarder.now, member.numbers.first_byte
        seconds = now() - self.began_at
        if seconds <= FIRST:
            # As C{observe}, without a call.
            first_byte.counts[0] += 1
            first_byte.total += seconds
        else:
            first_byte.observe(seconds)
        if member.health is not HEALTHY:
            self._forwarder.responded(member, head.status)
        owner = self._owner
        if self.state < AttemptState.SENT_ALL:
            owner.reached.append(member)
        if ended:
            self._give_back()
        else:
            self.responded = True
        if head.status in LOCATED:
            rules, authority = self._forwarder.rules, member.upstream.authority
            head = with_clients_location(head, owner.head, rules, authority, owner.client)
        self._listener.upstream_head(head, data, ended)

    def upstream_data(self, data: bytes) -> None:
        """Pass a piece of the body on."""
        self._listener.upstream_data(data)

    def upstream_end(self) -> None:
        """The body is whole: the connection is free."""
        self._give_back()
        self._listener.upstream_end()

    def upstream_failed(self, outcome: Outcome) -> None:
        """Try a fresh connection if this one was only stale; else the attempt has failed."""
        connection = self.connection
        assert connection is not None
        if not connection.responded and isinstance(outcome, Broken) and self._is_stale():
            return
        self.connection = None
        self._fail(outcome)

    def _is_stale(self) -> bool:
        """Begin anew on a fresh connection, if a kept one may just have been too old."""
        owner = self._owner
        if self._detached or not self._kept or not owner.may_resend(self.state, self.waited()):
            return False
        self.connection = None
        owner.resent = True
        self._begin_dial()
        return True

    def upstream_drained(self) -> None:
        """The upstream took what waited: go on."""
        if self._is_tunnel():
            self._owner.resume_source()
        elif not self._detached:
            self.pump()
