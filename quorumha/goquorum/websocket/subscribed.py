"""L{Subscribed}: what one client's WebSocket has subscribed to, at one member after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol

from attrs import define, field
from msgspec.json import Decoder
from twisted.internet.defer import CancelledError, Deferred, FirstError, gatherResults
from twisted.logger import Logger
from twisted.python.failure import Failure
from wsproto.frame_protocol import CloseReason

from quorumha.goquorum.decide.call import Call, OwnResponse, quoted
from quorumha.goquorum.decide.facts import SubscriptionGap
from quorumha.goquorum.decide.floors import Floors
from quorumha.goquorum.decide.head_carry_over import HeadCarryOver
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.parameters import subscription_of
from quorumha.goquorum.decide.subscription import Subscription
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.subscribe_calls import not_found
from quorumha.goquorum.websocket.carrying import Carrying
from quorumha.goquorum.websocket.member_socket import MemberSocket, SocketLost
from quorumha.goquorum.websocket.member_sockets import MemberSockets
from quorumha.goquorum.websocket.one_socket import OneSocket, text_of
from quorumha.goquorum.websocket.said import Said
from quorumha.goquorum.websocket.socket_settings import SocketSettings
from quorumha.http.forward.round_policy import Response

log = Logger()

_TEXT: Decoder[str] = Decoder(str)


#: Messages that wait at most until the client knows the id: the rest of its batch is under way.
EARLY = 1000


class Client(Protocol):
    """The client's side."""

    def message(self, data: bytes) -> None:
        """Send a message."""

    def close(self, code: int, reason: str) -> None:
        """End it."""


@define(eq=False)
class Subscribed:
    """What one client has subscribed to.  It has one WebSocket to a member from the first time on.

    @ivar floors: what clients have seen of the chain; None: that is not looked at.
    """

    sockets: MemberSockets
    caller: Caller
    client: Client
    settings: SocketSettings
    floors: Floors | None
    _made: dict[str, Subscription] = field(factory=dict, init=False)
    _making: int = field(default=0, init=False)
    one: OneSocket = field(init=False)
    #: By the id at the member that has them now.
    _at_member: dict[str, Carrying] = field(factory=dict, init=False)
    _resuming: Deferred[None] | None = field(default=None, init=False)

    @one.default
    def _make_one(self) -> OneSocket:
        return OneSocket(self.sockets, self.caller, self.floors, self._notified, self._lost, self._complete)

    # Calls of the client.

    async def respond(self, call: Call) -> tuple[bytes, Callable[[], None] | None]:
        """Subscribe, or end that.

        @return: what is said to it, and what is done once that was said.
        @raise OwnResponse: with what the client is told.
        """
        if call.method.endswith("_unsubscribe"):
            return self._unsubscribe(call), None
        if len(self._made) + self._making >= self.settings.subscription_limit:
            raise OwnResponse(-32000, "too many subscriptions")
        self._making += 1
        try:
            return await self._subscribe(call)
        finally:
            self._making -= 1

    async def _subscribe(self, call: Call) -> tuple[bytes, Callable[[], None] | None]:
        deadline = self._now() + self.settings.longest_wait
        while True:
            socket = await self.one.connected(deadline)
            made = Subscription.of(call, subscription_of(call) or "", self.settings.resume_blocks + 1)
            try:
                if made.carry is not None:
                    # Before it: what comes after is not missed.
                    height = await self.one.height_of(socket)
                    if height < 0:
                        made.carry = None
                    else:
                        made.carry.begin(height)
                said = await self.one.ask(socket, call.method, call.params)
            except SocketLost:
                await self.sockets.pause()
                continue
            id = text_of(said)
            if id is None:
                return said.response_to(call), None
            made.known_as(id)
            self._made[id] = made
            self._at_member[id] = self._carrying(made, socket)
            return said.response_to(call), partial(self._begin, made)

    def _begin(self, made: Subscription) -> None:
        """The client knows its id."""
        early, made.early = made.early or [], None
        for message in early:
            self.client.message(message)

    def _unsubscribe(self, call: Call) -> bytes:
        made = self._made.pop(subscription_of(call) or "", None)
        if made is None:
            raise not_found()
        for id, one in tuple(self._at_member.items()):
            if one.subscription is made:
                del self._at_member[id]
                self._unsubscribe_at(one.socket, made, id)
        return Said(b"true", b"").response_to(call)

    def _unsubscribe_at(self, socket: MemberSocket, made: Subscription, id: str) -> None:
        method = made.method.removesuffix("subscribe") + "unsubscribe"
        # Nobody waits for what is said to it.
        socket.call(method, b"[" + quoted(id) + b"]").addErrback(lambda failure: failure.trap(SocketLost))

    # What goes to the client.

    def _notified(self, id: str, result: bytes) -> None:
        one = self._at_member.get(id)
        if one is not None:
            one.item(result)

    def _said(self, made: Subscription, items: list[bytes]) -> None:
        if made.id not in self._made:
            return
        for result in items:
            message = made.message(result)
            if made.early is None:
                self.client.message(message)
            elif len(made.early) < EARLY:
                made.early.append(message)
            else:
                self.client.close(CloseReason.TRY_AGAIN_LATER, "a batch that subscribes takes too long")
                return
        if isinstance(made.carry, HeadCarryOver) and items:
            if self.one.socket is not None:
                signs_of(self.one.socket.member).has(made.carry.last, self._now())
            if self.floors is not None:
                self.floors.of(self.caller.key).raise_to(made.carry.last)

    # Members.

    def _now(self) -> float:
        return self.one.now()

    def _carrying(self, made: Subscription, socket: MemberSocket) -> Carrying:
        sockets = self.sockets
        most = self.settings.resume_blocks
        return Carrying(made, socket, sockets.place.clock, self._said, self.client.close, most, sockets.pause)

    async def open_first(self) -> Response | None:
        """Connect before anything is subscribed to: nodes say whether a client may come from its origin.

        @return: how a member refused it.
        @raise OwnResponse: none can be reached.
        """
        try:
            await self.one.connected(self._now() + self.settings.longest_wait, refusal_counts=True)
        except SocketLost as error:
            return error.response
        return None

    def _complete(self, height: int) -> None:
        for made in self._made.values():
            if made.carry is not None:
                made.carry.complete(height)

    # From one member to the next.

    def _lost(self, socket: MemberSocket) -> None:
        self._at_member.clear()
        if not self._made:
            return
        for made in self._made.values():
            if not made.moves:
                self.client.close(
                    CloseReason.SERVICE_RESTART,
                    f"{socket.member.name} is gone, and a subscription cannot go on at another member",
                )
                return
        self._lose(socket)
        resuming = Deferred.fromCoroutine(self._resume(socket))
        self._resuming = resuming
        resuming.addErrback(self._broke)

    def _broke(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("going on at another member failed", failure=failure)
            self.client.close(CloseReason.INTERNAL_ERROR, "internal error")

    def _lose(self, socket: MemberSocket) -> None:
        known = signs_of(socket.member).height
        for made in self._made.values():
            if made.carry is not None:
                made.carry.lose(known)

    async def _resume(self, gone: MemberSocket) -> None:
        deadline = self._now() + (self.settings.resume_timeout or math.inf)
        tried = [gone.member]
        await self.one.lock.acquire()
        try:
            while True:
                try:
                    socket = await self.one.open(deadline, tried)
                except OwnResponse:
                    # It ends here: nothing is left to be cancelled.
                    self._resuming = None
                    self.client.close(CloseReason.TRY_AGAIN_LATER, "no member can go on with subscriptions")
                    return
                try:
                    await self._attach(socket)
                except SocketLost:
                    # The last item told is where the next one starts.
                    self._at_member.clear()
                    socket.close()
                    self._lose(socket)
                    tried.append(socket.member)
                    continue
                return
        finally:
            self.one.lock.release()

    async def _attach(self, socket: MemberSocket) -> None:
        """Make each subscription again, then see what was missed.

        @raise SocketLost: it cannot be, here.
        """
        made = tuple(self._made.values())
        making = [Deferred.fromCoroutine(self._make_again(one, socket)) for one in made]
        try:
            await gatherResults(making, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()
        height = -1
        if any(one.carry is not None for one in made):
            height = await self.one.height_of(socket)
            if height < 0:
                raise SocketLost("it does not say how far it is")
        if socket.is_over:
            raise SocketLost("it is gone")
        self.one.use(socket)
        for carrying in tuple(self._at_member.values()):
            carrying.reached(height)
            if carrying.subscription.carry is None:
                gap = SubscriptionGap(self.sockets.pool.name, socket.member.name, carrying.subscription.name)
                self.sockets.pool.observers.notify(gap)

    async def _make_again(self, made: Subscription, socket: MemberSocket) -> None:
        if made.carry is not None:
            made.carry.attach()
        said = await self.one.ask(socket, made.method, made.params)
        id = text_of(said)
        if id is None:
            raise SocketLost("it cannot be subscribed to")
        if made.id in self._made:
            self._at_member[id] = self._carrying(made, socket)
        else:
            self._unsubscribe_at(socket, made, id)

    # The end.

    def leave(self) -> None:
        """The client is gone."""
        self._made.clear()
        self._at_member.clear()
        if self._resuming is not None:
            self._resuming.cancel()
        self.one.close()
