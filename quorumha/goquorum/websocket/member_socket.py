"""L{MemberSocket}: one WebSocket to a member: dial, handshake, calls of ours, notifications, its end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from attrs import define
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IAddress, IProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from wsproto.utilities import generate_nonce

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.member_places import websocket_of
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.websocket.alike import Alike
from quorumha.goquorum.websocket.frames import Closed, Frames, Pinged
from quorumha.goquorum.websocket.handshake_reader import HandshakeReader, Opened
from quorumha.goquorum.websocket.heartbeat import Heartbeat
from quorumha.goquorum.websocket.opening import handshake
from quorumha.goquorum.websocket.place import Place
from quorumha.goquorum.websocket.said import Notification, Notified, Said, read_said
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.parsing import MalformedResponse
from quorumha.net.timeout import Limit
from quorumha.net.writer import send_small_pieces_at_once
from quorumha.pool.dial import Dial
from quorumha.pool.member import Member
from quorumha.pool.upstream import ConnectFailed, LocalFailure, TimedOut, describe

log = Logger()

#: Bytes of a member's message: logs of many blocks may be one.
MESSAGE_LIMIT = 64 * 1024 * 1024
#: Seconds that the response to a handshake may take where no limit is configured for a connection.
HANDSHAKE_TIME = 5.0


class SocketLost(Exception):
    """There is no connection, or none any more.

    @ivar response: how the member refused the handshake; None: it did not.
    """

    def __init__(self, reason: str, response: Response | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.response = response


@define(eq=False)
class _Quiet(Factory):
    noisy = False
    protocol_made: MemberSocket

    def buildProtocol(self, addr: IAddress | None) -> MemberSocket:
        return self.protocol_made


class MemberSocket(Protocol):
    """One WebSocket to a member, with the fields of a client's handshake.

    @ivar lost: called once when it ends after L{open}, with why; not after L{close}.
    @ivar over: called once when it ends, however it does.
    @ivar pinged: called before each ping.
    @ivar received: bytes that came.
    """

    def __init__(
        self, place: Place, member: Member, caller: Caller, notified: Notified, alike: Alike
    ) -> None:
        """
        @param alike: what it says on all of its sockets.
        """
        self.member = member
        self._alike = alike
        self.lost: Callable[[str], object] = _nothing
        self.over: Callable[[], object] = _nothing
        self.pinged: Callable[[], object] = _nothing
        self._place, self._caller, self._notified = place, caller, notified
        self._opening: Deferred[None] | None = None
        self._limit: Limit | None = None
        self._heartbeat: Heartbeat | None = None
        self._frames: Frames | None = None
        self._handshake = HandshakeReader(generate_nonce())
        self._ids = count(1)
        self._calls: dict[bytes, Deferred[Said]] = {}
        self._dial: Dial | None = None
        self.received = 0
        self._over = False

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over

    def open(self) -> Deferred[None]:
        """Dial, and shake hands.

        @return: fails with L{SocketLost}.  Cancel it to give up.
        """
        opening: Deferred[None] = Deferred(lambda _: self.drop("given up"))
        self._opening = opening
        if self._place.counted:
            self.member.in_flight += 1
        place, upstream = self._place, websocket_of(self.member.upstream)
        self._dial = Dial(
            self.member,
            _Quiet(self),
            self._dialled,
            self._not_dialled,
            place.clock,
            place.connect_timeout,
            place=upstream,
        )
        return opening

    def _dialled(self, protocol: IProtocol) -> None:
        if self._over:
            self._abort()
            return
        place, upstream, caller = self._place, websocket_of(self.member.upstream), self._caller
        self._limit = Limit(
            place.clock,
            place.connect_timeout or HANDSHAKE_TIME,
            lambda: self.drop("no response to the handshake in time"),
        )
        assert self.transport is not None
        send_small_pieces_at_once(self.transport)
        self.transport.write(
            handshake(
                caller.head,
                caller.target,
                self._handshake.key,
                place.rules,
                upstream.authority,
                caller.client,
            )
        )

    def _not_dialled(self, outcome: ConnectFailed | LocalFailure | TimedOut, failure: Failure) -> None:
        self._end(describe(outcome))

    # What the member sends.

    def dataReceived(self, data: bytes) -> None:
        """Read the response to the handshake, then messages."""
        if self._over:
            return
        self.received += len(data)
        if self._heartbeat is not None:
            self._heartbeat.alive()
        if self._frames is None:
            data = self._read_handshake(data)
        if self._frames is not None and not self._over:
            self._read_frames(self._frames, data)

    def _read_frames(self, frames: Frames, data: bytes) -> None:
        begins = frames.between
        if begins and (known := self._alike.known(data)) is not None:
            self._notified(known.subscription, known.result)
            return
        frames.feed(data)
        while not self._over and (incoming := frames.next()) is not None:
            if isinstance(incoming, bytes):
                self._read(incoming, data if begins and frames.between else None)
            elif isinstance(incoming, Pinged):
                self._write(frames.pong(incoming.payload))
            elif isinstance(incoming, Closed):
                self.drop(f"it closed it ({incoming.code}{incoming.fault and ': ' + incoming.fault})")
            begins = False

    def _read_handshake(self, data: bytes) -> bytes:
        """Read the response to the handshake; what is behind it."""
        try:
            found = self._handshake.feed(data)
        except MalformedResponse as error:
            self.drop(str(error))
            return b""
        if isinstance(found, Opened):
            self._opened()
            return found.rest
        if found is not None:
            self._refused(found)
        return b""

    def _refused(self, response: Response) -> None:
        self._end(f"it refused the handshake ({response.head.status})", response)
        self._abort()

    def _opened(self) -> None:
        self._frames = Frames(MESSAGE_LIMIT, client=True)
        place = self._place
        self._heartbeat = Heartbeat(
            place.clock, place.ping_interval, self._ping, lambda: self.drop("no pong")
        )
        assert self._limit is not None and self._opening is not None
        self._limit.cancel()
        opening, self._opening = self._opening, None
        opening.callback(None)

    def _read(self, data: bytes, wire: bytes | None) -> None:
        """
        @param wire: its frames, if they came at once and alone.
        """
        found = read_said(data)
        if found is None:
            self.drop("it said what is no JSON-RPC")
        elif isinstance(found, Notification):
            if wire is not None:
                self._alike.was_read(wire, found)
            self._notified(found.subscription, found.result)
        elif (waiting := self._calls.pop(found.id, None)) is not None:
            waiting.callback(found)

    # What goes to it.

    def call(self, method: str, params: bytes) -> Deferred[Said]:
        """Send a call of ours.

        @param params: JSON.
        @return: fails with L{SocketLost}.
        """
        if self._over or self._frames is None:
            return fail(SocketLost("it is gone"))
        id = b"%d" % next(self._ids)
        waiting: Deferred[Said] = Deferred(lambda _: self._forget(id))
        self._calls[id] = waiting
        self._write(self._frames.message(Call(id, method, params).envelope))
        return waiting

    def _forget(self, id: bytes) -> None:
        self._calls.pop(id, None)

    def _ping(self) -> None:
        assert self._frames is not None
        self.pinged()
        self._write(self._frames.ping())

    def _write(self, data: bytes) -> None:
        if not self._over and self.transport is not None:
            self.transport.write(data)

    # The end.

    def close(self) -> None:
        """Nobody needs it any more."""
        self.lost = _nothing
        if self._frames is not None and not self._over:
            self._write(self._frames.close(1000))
        self._end("closed")
        if self.transport is not None:
            self.transport.loseConnection()

    def drop(self, reason: str) -> None:
        """Give it up now."""
        self._abort()
        self._end(reason)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined]  # all Twisted's have it

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The member ended it: a node that ends says no close frame."""
        response = self._handshake.end()
        if response is not None:
            self._refused(response)
        self._end("the connection ended")

    def _end(self, reason: str, response: Response | None = None) -> None:
        if self._over:
            return
        self._over = True
        if self._place.counted:
            self.member.release()
        self.over()
        if self._dial is not None:
            self._dial.cancel()
        if self._limit is not None:
            self._limit.cancel()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        calls, self._calls = self._calls, {}
        opening, self._opening = self._opening, None
        lost, self.lost = self.lost, _nothing
        if opening is not None and not opening.called:
            opening.errback(SocketLost(reason, response))
        lost(reason)
        for waiting in calls.values():
            waiting.errback(SocketLost(reason))


def _nothing(*_: object) -> None:
    pass
