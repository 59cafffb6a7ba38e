"""L{SocketCalls}: the messages of one client's WebSocket that are under way."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.floors import Floor
from quorumha.goquorum.decide.message import Message, read_message
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.rpc_forwarder import RpcForwarder
from quorumha.goquorum.websocket.outgoing import BrokenOff
from quorumha.goquorum.websocket.socket_message import SocketMessage, Speaker, Subscriber

log = Logger()


@define(eq=False)
class SocketCalls:
    """Answers the messages of one client, in any order.

    @ivar done: called when calls are; fewer are under way now.
    @ivar broke: called where a message cannot be answered whole.
    @ivar count: calls under way.
    @ivar size: bytes of the messages that these came in.
    @ivar seen: the highest block that this client has seen: for it latest does not run backwards though its
        address was forgotten.
    """

    route: RpcForwarder
    caller: Caller
    subscriber: Subscriber
    speaker: Speaker
    done: Callable[[], None]
    broke: Callable[[], None]
    count: int = field(default=0, init=False)
    size: int = field(default=0, init=False)
    seen: int = field(default=-1, init=False)
    _working: set[Deferred[None]] = field(factory=set, init=False)

    def take(self, data: bytes) -> None:
        """A message came."""
        try:
            message = read_message(data, self.route.batch_limit)
        except OwnResponse as error:
            # A real node just ends the stream where it cannot read on.
            message = Message((error,), False)
        if not any(isinstance(one, Call) for one in message.entries):
            self._say_errors([one for one in message.entries if isinstance(one, OwnResponse)], message.batch)
            return
        floor = self.route.engine.reads.floors.of(self.caller.key)
        floor.raise_to(self.seen)
        under_way = SocketMessage(self.route, self.caller, message, len(data))
        self.count += under_way.count
        self.size += len(data)
        working = Deferred.fromCoroutine(under_way.respond(self.subscriber, self.speaker))
        self._working.add(working)
        working.addErrback(self._broke)
        working.addBoth(self._end, working, under_way, floor)

    def _end(self, _: object, working: Deferred[None], under_way: SocketMessage, floor: Floor) -> None:
        self._working.discard(working)
        # It may have fallen, where nobody could do better.
        self.seen = floor.height
        self.count -= under_way.count
        self.size -= under_way.received
        self.done()

    def _broke(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        if not failure.check(BrokenOff):
            log.failure("answering a message failed", failure=failure)
        self.broke()

    def _say_errors(self, errors: list[OwnResponse], batch: bool) -> None:
        for error in errors:
            self.route.engine.count(error)
        if errors:
            said = b",".join([one.body(request_id=self.caller.request_id) for one in errors])
            self.speaker.message(b"[%b]\n" % said if batch else said + b"\n")

    def leave(self) -> None:
        """The client is gone."""
        self.done = self.broke = _nothing
        for working in tuple(self._working):
            working.cancel()


def _nothing() -> None:
    pass
