"""L{Engine}: from a call to its answer, whether it came over HTTP or a WebSocket, alone or in a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from attrs import field, frozen

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rules import MethodRules
from quorumha.goquorum.forward.ask import Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.passing import Otherwise, Passing
from quorumha.goquorum.forward.reads import READS, Reads
from quorumha.goquorum.forward.reply import Handling, Reply
from quorumha.http.wire.contracts import ResponseSink

#: The id of a call that came without one, on its way.
SILENT = b'"-"'


@frozen(eq=False)
class Engine:
    """Answers calls.

    @ivar rules: what is done with the calls of each method.
    @ivar reads: of those that any member may answer.
    @ivar handlings: by class, of all others.
    @ivar errors: how often the proxy answered itself, by its reason; by its code where that is a node's own.
    """

    rules: MethodRules
    reads: Reads
    handlings: Mapping[str, Handling]
    errors: Counter[str] = field(factory=Counter)

    def own(self, error: OwnResponse, caller: Caller, id: bytes = b"") -> Reply:
        """What the proxy answers itself, counted.

        @param caller: who gets it.
        @param id: the call's, JSON.
        """
        self.count(error)
        return Reply(error.body(id, caller.request_id), error.status, error=error)

    def count(self, error: OwnResponse) -> None:
        """The proxy answers itself."""
        self.errors[error.reason or str(error.code)] += 1

    async def respond(
        self,
        call: Call,
        caller: Caller,
        deadline: float,
        *,
        stream: bool = False,
        first: Outcome | None = None,
    ) -> Reply:
        """Answer a call.  Never raises but for bugs, and when it is cancelled.

        @param stream: a large answer may be C{rest}.
        @param first: what came of L{pass_on}, where that was no ordinary answer.
        """
        silent = call.is_notification
        if silent:
            # It goes with an id of ours: so it is known what became of it.
            call, stream = Call(SILENT, call.method, call.params), False
        try:
            rule = self.rules.for_call(call)
            if rule.call_class in READS:
                reply = await self.reads.respond(call, rule, caller, deadline, stream=stream, first=first)
            else:
                handling = self.handlings[rule.call_class]
                reply = await handling.respond(call, rule, caller, deadline, stream=stream)
        except OwnResponse as error:
            reply = self.own(error, caller, call.id)
        if silent:
            return Reply(b"", reply.status, reply.head, member=reply.member, error=reply.error)
        return reply

    def pass_on(
        self, call: Call, caller: Caller, deadline: float, sink: ResponseSink, otherwise: Otherwise
    ) -> Passing | None:
        """The short way of a single read: see L{Reads.pass_on}.

        @return: None: it is for L{respond}.
        """
        try:
            rule = self.rules.for_call(call)
            if rule.call_class in READS:
                return self.reads.pass_on(call, rule, caller, deadline, sink, otherwise)
        except OwnResponse:
            # Said again where it can be answered with.
            pass
        return None
