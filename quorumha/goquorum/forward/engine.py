"""L{Engine}: from a call to its answer, whether it came over HTTP or a WebSocket, alone or in a batch."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rules import MethodRules
from quorumha.goquorum.forward.ask import Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.passing import Otherwise, Passing
from quorumha.goquorum.forward.reads import READS, Reads
from quorumha.goquorum.forward.reply import Handling, Reply
from quorumha.http.wire.contracts import ResponseSink


@frozen(eq=False)
class Engine:
    """Answers calls.

    @ivar rules: what is done with the calls of each method.
    @ivar reads: of those that any member may answer.
    @ivar handlings: by class, of all others.
    """

    rules: MethodRules
    reads: Reads
    handlings: Mapping[str, Handling]

    async def respond(
        self,
        call: Call,
        caller: Caller,
        deadline: float,
        *,
        stream: bool = False,
        first: Outcome | None = None,
    ) -> Reply:
        """MemberResponse a call.  Never raises but for bugs, and when it is cancelled.

        @param stream: a large answer may be C{rest}.
        @param first: what came of L{pass_on}, where that was no ordinary answer.
        """
        stream = stream and not call.is_notification
        try:
            rule = self.rules.for_call(call)
            if rule.call_class in READS:
                reply = await self.reads.respond(call, rule, caller, deadline, stream=stream, first=first)
            else:
                handling = self.handlings[rule.call_class]
                reply = await handling.respond(call, rule, caller, deadline, stream=stream)
        except OwnResponse as error:
            reply = Reply(error.body(call.id), error.status)
        return Reply(b"", reply.status, member=reply.member) if call.is_notification else reply

    def pass_on(
        self, call: Call, caller: Caller, deadline: float, sink: ResponseSink, otherwise: Otherwise
    ) -> Passing | None:
        """The short way of a single read: see L{Reads.pass_on}.

        @return: None: it is for L{answer}.
        """
        try:
            rule = self.rules.for_call(call)
            if rule.call_class in READS:
                return self.reads.pass_on(call, rule, caller, deadline, sink, otherwise)
        except OwnResponse:
            # Said again where it can be answered with.
            pass
        return None
