"""L{MemberSockets}: the WebSockets of one listener to the members of its pool, and who may have one next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field

from quorumha.goquorum.decide.facts import MemberGraded
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.read_choice import ReadChoice
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.sleepers import Sleepers
from quorumha.goquorum.websocket.alike import Alike
from quorumha.goquorum.websocket.member_socket import MemberSocket
from quorumha.goquorum.websocket.place import Place
from quorumha.goquorum.websocket.said import Notified
from quorumha.pool.pool import Member, UpstreamPool

#: Seconds after which all members are tried once more.
PAUSE = 0.25


@define(eq=False)
class MemberSockets:
    """Opens them, and ends those of a member that is put down, disabled, removed or behind.

    @ivar choice: whose turn it is.
    """

    pool: UpstreamPool
    place: Place
    choice: ReadChoice
    _open: dict[Member, set[MemberSocket]] = field(factory=dict, init=False)
    #: Of those that have one.
    _alike: dict[Member, Alike] = field(factory=dict, init=False)
    _sleepers: Sleepers = field(factory=Sleepers, init=False)

    def begin(self) -> list[Callable[[], None]]:
        """Watch the members.

        @return: what ends that.
        """
        return [
            self.pool.watch(lambda member: self.wake()),
            self.pool.watch_down(lambda member: self._drop(member, "its checks put it down")),
            self.pool.watch_members(self._changed),
            self.pool.observers.add(self._observe),
        ]

    def _observe(self, fact: object) -> None:
        """A member that is behind is not read from, nor subscribed to, while another one can be."""
        if isinstance(fact, MemberGraded) and fact.pool == self.pool.name and fact.change == "behind":
            now = self.place.clock.seconds()
            behind = [one for one in self._open if one.name == fact.upstream]
            for member in behind:
                if any(
                    one.usable(now) and not signs_of(one).behind
                    for one in self.pool.members
                    if one is not member
                ):
                    self._drop(member, f"it is behind: {fact.cause}")

    def _changed(self, member: Member) -> None:
        if not member.eligible:
            self._drop(member, "it is removed" if member.removed else "it is disabled")

    def _drop(self, member: Member, reason: str) -> None:
        for one in tuple(self._open.get(member, ())):
            one.drop(reason)

    def next(self, height: int, tried: Sequence[Member]) -> Member | None:
        """Who may have the next one; by preference one that is known to have a block."""
        now = self.place.clock.seconds()
        return (
            self.choice.next(now, height, tried)
            or self.choice.next(now, -1, tried)
            or self.choice.guess(now, tried)
        )

    async def open(self, member: Member, caller: Caller, notified: Notified) -> MemberSocket:
        """One that is open.

        @raise SocketLost: it cannot be.
        """
        alike = self._alike.setdefault(member, Alike())
        socket = MemberSocket(self.place, member, caller, notified, alike)
        mine = self._open.setdefault(member, set())
        mine.add(socket)
        socket.over = lambda: self._forget(socket)
        await socket.open()
        return socket

    def _forget(self, socket: MemberSocket) -> None:
        mine = self._open.get(socket.member, set())
        mine.discard(socket)
        if not mine:
            self._open.pop(socket.member, None)
            self._alike.pop(socket.member, None)

    async def pause(self, seconds: float = PAUSE) -> None:
        """Until a member recovers, or it is time to look again."""
        await self._sleepers.sleep(self.place.clock, seconds)

    def wake(self) -> None:
        """A member is up."""
        self._sleepers.wake()
