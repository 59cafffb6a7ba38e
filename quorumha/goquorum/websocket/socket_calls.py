"""L{SocketCalls}: the messages of one client's WebSocket, from their bytes to what is said to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.message import Message, read_message
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.engine import Engine

log = Logger()


class Subscriber(Protocol):
    """Who answers the calls of class C{subscribe}."""

    async def respond(self, call: Call) -> tuple[bytes, Callable[[], None] | None]:
        """What a call is answered with, and what is done once that was said.

        @raise OwnResponse: with what the client is told.
        """


@define(eq=False)
class SocketCalls:
    """Answers the messages of one client, in any order.

    @ivar say: sends a message to the client.
    @ivar done: called when calls are; fewer are under way now.
    @ivar count: calls under way.
    @ivar size: bytes of the messages that these came in.
    """

    engine: Engine
    caller: Caller
    subscriber: Subscriber
    batch_limit: int
    client_timeout: float
    say: Callable[[bytes], None]
    done: Callable[[], None]
    count: int = field(default=0, init=False)
    size: int = field(default=0, init=False)
    _working: set[Deferred[None]] = field(factory=set, init=False)

    def take(self, data: bytes) -> None:
        """A message came."""
        try:
            message = read_message(data, self.batch_limit)
        except OwnResponse as error:
            # A real node just ends the stream where it cannot read on.
            self._say(error.body())
            return
        calls = sum(isinstance(one, Call) for one in message.entries)
        if not calls:
            said = [one.body() for one in message.entries if isinstance(one, OwnResponse)]
            self._say_all(said, message.batch)
            return
        self.count += calls
        self.size += len(data)
        working = Deferred.fromCoroutine(self._respond(message))
        self._working.add(working)
        working.addErrback(self._broke)
        working.addBoth(self._end, working, calls, len(data))

    def _end(self, _: object, working: Deferred[None], calls: int, size: int) -> None:
        self._working.discard(working)
        self.count -= calls
        self.size -= size
        self.done()

    def _broke(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("answering a message failed", failure=failure)

    async def _respond(self, message: Message) -> None:
        deadline = self.engine.reads.asker.clock.seconds() + self.client_timeout
        said: list[bytes] = []
        following: list[Callable[[], None]] = []
        # The entries of a batch one after the other, as a node does them.
        for entry in message.entries:
            if isinstance(entry, OwnResponse):
                said.append(entry.body())
            elif entry is not None:
                # A node says nothing to a notification: that is no way to see whether it did it.
                call = entry if entry.id else Call(b"0", entry.method, entry.params)
                body = await self._one(call, deadline, following)
                if entry.id:
                    said.append(body)
        self._say_all(said, message.batch)
        for begin in following:
            begin()

    async def _one(self, call: Call, deadline: float, following: list[Callable[[], None]]) -> bytes:
        try:
            if self.engine.rules.for_call(call).call_class == "subscribe":
                body, begin = await self.subscriber.respond(call)
                if begin is not None:
                    following.append(begin)
                return body
        except OwnResponse as error:
            return error.body(call.id)
        reply = await self.engine.respond(call, self.caller, deadline)
        return reply.body

    def _say_all(self, said: list[bytes], batch: bool) -> None:
        if said:
            self._say(b"[" + b",".join(said) + b"]" if batch else said[0])

    def _say(self, body: bytes) -> None:
        self.say(body + b"\n")

    def leave(self) -> None:
        """The client is gone."""
        self.done = _nothing
        for working in tuple(self._working):
            working.cancel()


def _nothing() -> None:
    pass
