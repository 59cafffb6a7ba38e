"""L{SocketMessage}: one message of a client's WebSocket, from its calls to what is said to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from twisted.internet.defer import CancelledError

from quorumha.goquorum.decide.call import Call, OwnResponse, unavailable
from quorumha.goquorum.decide.message import Message
from quorumha.goquorum.decide.verdict import is_object
from quorumha.goquorum.forward.ask import Asking
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.request_books import finish
from quorumha.goquorum.forward.rpc_forwarder import RpcForwarder


class Subscriber(Protocol):
    """Who answers the calls of class C{subscribe}."""

    async def respond(self, call: Call) -> tuple[bytes, Callable[[], None] | None]:
        """What a call is answered with, and what is done once that was said.

        @raise OwnResponse: with what the client is told.
        """


class Speaker(Protocol):
    """Who sends messages to the client."""

    def message(self, data: bytes) -> None:
        """A whole one."""

    def stream(self, rest: Asking) -> Awaitable[int]:
        """One that goes down as it comes; its bytes when it is whole."""


class SocketMessage:
    """One message.  It is counted and told of as a request over HTTP is.

    @ivar count: its calls.
    """

    def __init__(self, route: RpcForwarder, caller: Caller, message: Message, size: int) -> None:
        """
        @param size: bytes that it had.
        """
        self.route, self.message = route, message
        # One for each: what came of asking is told apart.
        self.caller = Caller(caller.client, caller.head, caller.key)
        self.count = sum(isinstance(one, Call) for one in message.entries)
        self.began_at = route.clock.seconds()
        self.call: Call | str = "batch"
        self.error: OwnResponse | None = None
        self.broke = ""
        self.status = 200
        self.received, self.sent = size, 0
        route.pool.counters.requests += 1

    async def respond(self, subscriber: Subscriber, speaker: Speaker) -> None:
        """Answer it."""
        # What is told of a subscription comes after its id.
        following: list[Callable[[], None]] = []

        async def subscribe(call: Call) -> Reply:
            body, begin = await subscriber.respond(call)
            if begin is not None:
                following.append(begin)
            return Reply(body)

        try:
            reply = await self._reply(subscribe)
            self.error = reply.error
            if reply.rest is not None:
                self.sent = await speaker.stream(reply.rest)
            elif reply.body:
                self.sent = len(reply.body) + 1
                speaker.message(reply.body + b"\n")
        except CancelledError:
            # The client is gone.
            self.status = 0
            raise
        except Exception:
            self.status, self.broke = 0, "the response broke off"
            raise
        finally:
            self._end()
        for begin in following:
            begin()

    async def _reply(self, subscribe: Callable[[Call], Awaitable[Reply]]) -> Reply:
        route, message, caller = self.route, self.message, self.caller
        deadline = self.began_at + route.longest_wait
        engine = route.engine
        if message.batch:
            return await route.batches.respond(message, caller, deadline, subscribe=subscribe)
        (call,) = message.entries
        assert isinstance(call, Call)
        self.call = call
        try:
            if engine.rules.for_call(call).call_class != "subscribe":
                caller.own(call.envelope)
                return self._as_message(call, await engine.respond(call, caller, deadline, stream=True))
            reply = await subscribe(call)
        except OwnResponse as error:
            reply = engine.own(error, caller, call.id)
        return reply if call.id else Reply(b"", error=reply.error)

    def _as_message(self, call: Call, reply: Reply) -> Reply:
        """What a member refused by a status, or is no JSON, goes to no WebSocket as it is."""
        if reply.member is None or not call.id or is_object(reply.body):
            return reply
        if reply.rest is not None:
            reply.rest.leave()
        said = f"{reply.member.name}: answered {reply.status}, with what is no JSON-RPC"
        return self.route.engine.own(unavailable(said), self.caller, call.id)

    def _end(self) -> None:
        route = self.route
        pool = route.pool
        if self.status and self.error is None and not (self.caller.attempts or pool.observers.requests):
            pool.counters.answered += 1
        else:
            finish(self, route)
