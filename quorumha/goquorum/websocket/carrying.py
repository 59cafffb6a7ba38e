"""L{Carrying}: one subscription at one member: what it says goes on, and what was missed is filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, FirstError, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from wsproto.frame_protocol import CloseReason

from quorumha.goquorum.decide.carry_over import CarryOver
from quorumha.goquorum.decide.subscription import Subscription
from quorumha.goquorum.websocket.member_socket import MemberSocket, SocketLost
from quorumha.goquorum.websocket.said import Said

log = Logger()

#: Seconds until a member is asked once more for what it does not show yet, and for which it is.
PAUSE, ASKED_FOR = 0.05, 5.0


async def asked(socket: MemberSocket, calls: list[tuple[str, bytes]]) -> list[Said]:
    """What a member says to calls, all sent at once.

    @raise SocketLost: it is gone.
    """
    try:
        return await gatherResults([socket.call(*one) for one in calls], consumeErrors=True)
    except FirstError as error:
        error.subFailure.raiseException()
        raise


@define(eq=False)
class Carrying:
    """One subscription at one member.

    @ivar told: called with what goes to the client, in order.
    @ivar end: called with a code of a close frame and why, where it cannot go on.
    @ivar most: blocks that may be filled in.
    @ivar pause: waits for so many seconds.
    """

    subscription: Subscription
    socket: MemberSocket
    clock: IReactorTime
    said: Callable[[Subscription, list[bytes]], None]
    end: Callable[[int, str], None]
    most: int
    pause: Callable[[float], Awaitable[None]]
    _filling: Deferred[None] | None = field(default=None, init=False)

    def item(self, result: bytes) -> None:
        """The member says this of it."""
        carry = self.subscription.carry
        self._pass([result] if carry is None else carry.item(result))

    def reached(self, height: int) -> None:
        """The member, asked after it was subscribed to, has this block."""
        carry = self.subscription.carry
        if carry is not None:
            self._pass(carry.reached(height))

    def _pass(self, items: list[bytes]) -> None:
        if items:
            self.said(self.subscription, items)
        carry = self.subscription.carry
        if carry is not None and carry.needs is not None and self._filling is None:
            self._filling = filling = Deferred.fromCoroutine(self._fill(carry))
            filling.addErrback(self._broke)

    def _broke(self, failure: Failure) -> None:
        # A member that is lost leaves the rest to the next one.
        if not failure.check(SocketLost, CancelledError):
            log.failure("filling in what a subscription missed failed", failure=failure)
            self.end(CloseReason.INTERNAL_ERROR, "internal error")

    async def _fill(self, carry: CarryOver) -> None:
        since = self.clock.seconds()
        while carry.needs is not None:
            if carry.missed > self.most:
                self.end(
                    CloseReason.TRY_AGAIN_LATER, f"{carry.missed} blocks were missed, more than resume_blocks"
                )
                return
            first, last = carry.needs
            last = min(last, first + carry.chunk - 1)
            results = [one.result for one in await asked(self.socket, carry.calls(first, last))]
            items = carry.read(results)
            if items is not None:
                since = self.clock.seconds()
                filled = carry.filled(last, items)
                self.said(self.subscription, filled)
            elif self.clock.seconds() - since >= ASKED_FOR:
                self.end(CloseReason.TRY_AGAIN_LATER, "blocks were missed that no member shows")
                return
            else:
                await self.pause(PAUSE)
                if self.socket.is_over:
                    return
        self._filling = None
