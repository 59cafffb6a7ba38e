"""L{OneSocket}: the WebSocket to a member that a client has, at one member after the other."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from msgspec import DecodeError
from msgspec.json import Decoder
from twisted.internet.defer import DeferredLock, TimeoutError

from quorumha.goquorum.decide.call import unavailable
from quorumha.goquorum.decide.causes import causes
from quorumha.goquorum.decide.floors import Floors
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.websocket.member_socket import MemberSocket, SocketLost
from quorumha.goquorum.websocket.member_sockets import PAUSE, MemberSockets
from quorumha.goquorum.websocket.said import Notified, Said
from quorumha.net.timeout import end_within
from quorumha.pool.member import Member

#: Seconds that a member may take to say how far it is, or to subscribe.
ASK_TIME = 5.0

_TEXT: Decoder[str] = Decoder(str)


def text_of(said: Said) -> str | None:
    """A result that is text; None: it is none, or there is an error."""
    try:
        return _TEXT.decode(said.result) if said.result[:1] == b'"' else None
    except DecodeError:
        return None


@define(eq=False)
class OneSocket:
    """It is opened when it is needed first.

    @ivar floors: what clients have seen of the chain; None: that is not looked at.
    @ivar notified: gets what the member says of subscriptions.
    @ivar lost: called with one that was in use and has ended.
    @ivar complete: called with a height: the member has said all there was up to that block.
    @ivar socket: the one in use.
    @ivar lock: held by who opens one.
    """

    sockets: MemberSockets
    caller: Caller
    floors: Floors | None
    notified: Notified
    lost: Callable[[MemberSocket], None]
    complete: Callable[[int], None]
    socket: MemberSocket | None = field(default=None, init=False)
    lock: DeferredLock = field(factory=DeferredLock, init=False)
    #: Bytes that had come at the last ping; heights that the member was known to have at the one before it,
    #: and at it.
    _received: int = field(default=0, init=False)
    _heights: tuple[int, int] = field(default=(-1, -1), init=False)

    def now(self) -> float:
        """By the clock."""
        return self.sockets.place.clock.seconds()

    async def connected(self, deadline: float, *, refusal_counts: bool = False) -> MemberSocket:
        """The one in use; if there is none, the next.

        @raise OwnResponse: no member could be reached in time.
        @raise SocketLost: a refusal that counts; see L{open}.
        """
        await self.lock.acquire()
        try:
            if self.socket is None:
                tried: list[Member] = []
                socket = await self.open(deadline, tried, refusal_counts=refusal_counts)
                self.use(socket)
                return socket
            return self.socket
        finally:
            self.lock.release()

    def use(self, socket: MemberSocket) -> None:
        """Let it be the one in use."""
        self.socket = socket
        socket.lost = lambda reason: self._lost(socket)
        socket.pinged = lambda: self._pinged(socket)
        self._heights = -1, -1

    def _pinged(self, socket: MemberSocket) -> None:
        """A member that is heard a whole interval after it had a block has said all there was of it."""
        before, last = self._heights
        if before >= 0 and socket.received > self._received:
            self.complete(before)
        self._heights = last, signs_of(socket.member).height
        self._received = socket.received

    async def open(
        self, deadline: float, tried: list[Member], *, refusal_counts: bool = False
    ) -> MemberSocket:
        """Try one member after the other.

        @param refusal_counts: one that refuses the handshake speaks for all.
        @raise OwnResponse: none could be reached in time.
        @raise SocketLost: such a refusal.
        """
        failures: dict[Member, str] = {}
        while True:
            height = -1 if self.floors is None else self.floors.of(self.caller.key).height
            member = self.sockets.next(height, tried)
            if member is not None:
                try:
                    return await self.sockets.open(member, self.caller, self.notified)
                except SocketLost as error:
                    if refusal_counts and error.response is not None:
                        raise
                    tried.append(member)
                    failures[member] = error.reason
                    continue
            left = deadline - self.now()
            if left <= 0:
                said = causes(self.sockets.pool.members, self.now(), failures)
                raise unavailable(f"no member can be subscribed to: {said}")
            await self.sockets.pause(min(PAUSE, left))
            tried.clear()

    def _lost(self, socket: MemberSocket) -> None:
        self.socket = None
        self.lost(socket)

    async def height_of(self, socket: MemberSocket) -> int:
        """How far a member has come; -1: it does not say.

        @raise SocketLost: it is gone.
        """
        said = await self.ask(socket, "eth_blockNumber", b"[]")
        try:
            height = int(text_of(said) or "", 16)
        except ValueError:
            return -1
        signs_of(socket.member).has(height, self.now())
        return height

    async def ask(self, socket: MemberSocket, method: str, params: bytes) -> Said:
        """What a member says to what takes it no time; one that says nothing is given up.

        @raise SocketLost: it is gone.
        """
        try:
            return await end_within(socket.call(method, params), ASK_TIME, self.sockets.place.clock)
        except TimeoutError:
            socket.drop("no answer in time")
            raise SocketLost("no answer in time") from None

    def close(self) -> None:
        """Nobody needs it any more."""
        socket, self.socket = self.socket, None
        if socket is not None:
            socket.close()
