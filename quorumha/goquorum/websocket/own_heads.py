"""L{OwnHeads}: the proxy's own subscription to heads at each member, so that heights are known at once."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field
from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.read_choice import ReadChoice
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.websocket.member_socket import MemberSocket, SocketLost
from quorumha.goquorum.websocket.member_sockets import MemberSockets
from quorumha.goquorum.websocket.place import Place
from quorumha.http.wire.headers import Client, HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Member, UpstreamPool

log = Logger()

#: Seconds until a member is tried again: one that was lost, and one that has no WebSocket for us.
AGAIN, LATER = 1.0, 60.0


class _Head(Struct):
    number: str


_HEAD = Decoder(_Head)


@define(eq=False)
class OwnHeads:
    """Follows the members of one pool, for all listeners that want heights.

    It has no client's token: where nodes want one, they refuse it, and heights are known by checks and
    by what answers say.
    """

    pool: UpstreamPool
    place: Place
    _users: int = field(default=0, init=False)
    _sockets: MemberSockets = field(init=False)
    _following: dict[Member, Deferred[None]] = field(factory=dict, init=False)
    _watching: list[Callable[[], None]] = field(factory=list, init=False)

    @_sockets.default
    def _make_sockets(self) -> MemberSockets:
        place = evolve(self.place, rules=HeaderRules("off", "upstream"), counted=False)
        return MemberSockets(self.pool, place, ReadChoice(self.pool))

    def begin(self) -> Callable[[], None]:
        """One more listener wants heights.

        @return: what ends that.
        """
        self._users += 1
        if self._users == 1:
            self._watching = [*self._sockets.begin(), self.pool.watch_members(self._changed)]
            for member in self.pool.members:
                self._changed(member)
        return self._end

    def _end(self) -> None:
        self._users -= 1
        if not self._users:
            watching, self._watching = self._watching, []
            for stop in watching:
                stop()
            for member in tuple(self._following):
                self._following.pop(member).cancel()

    def _changed(self, member: Member) -> None:
        if not member.eligible:
            following = self._following.pop(member, None)
            if following is not None:
                following.cancel()
        elif member not in self._following:
            self._following[member] = following = Deferred.fromCoroutine(self._follow(member))
            following.addErrback(self._broke)

    def _broke(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("following the heads of a member failed", failure=failure)

    async def _follow(self, member: Member) -> None:
        while True:
            pause = AGAIN
            if not member.health.down:
                try:
                    await self._follow_once(member)
                except SocketLost as error:
                    pause = AGAIN if error.response is None else LATER
            await self._sockets.pause(pause)

    async def _follow_once(self, member: Member) -> None:
        signs, clock = signs_of(member), self.place.clock

        def notified(_: str, result: bytes) -> None:
            try:
                signs.has(int(_HEAD.decode(result).number, 16), clock.seconds())
            except (DecodeError, ValueError):
                # Some other chain's.
                return

        caller = Caller(Client(), RequestHead.get(b"/", b""), "")
        socket = await self._sockets.open(member, caller, notified)
        try:
            await self._until_lost(socket)
        finally:
            socket.close()

    async def _until_lost(self, socket: MemberSocket) -> None:
        ended: Deferred[None] = Deferred()
        socket.lost = lambda reason: ended.callback(None)
        said = await socket.call("eth_subscribe", b'["newHeads"]')
        if said.error:
            # Until something about it changes.
            await self._sockets.pause(LATER)
            return
        await ended
