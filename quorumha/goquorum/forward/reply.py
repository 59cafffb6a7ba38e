"""L{Reply}: what one call is answered with, and L{Handling}: how the calls of one class are answered."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.forward.ask import Asking, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import Member


@frozen(eq=False)
class Reply:
    """What a call is answered with.

    @ivar body: one object of JSON-RPC, without the newline that nodes end with over HTTP; empty: nothing, as
        for a notification; where there is C{rest}, its beginning.
    @ivar status: of the response to a single call over HTTP.
    @ivar head: of the member's response, whose fields go down; None: the proxy answers itself.
    @ivar rest: the answer is too large to be kept, and goes down as it comes.
    @ivar member: whose answer it is.
    @ivar error: what the proxy says itself; of a batch, the first that says that no member answered a call.
    """

    body: bytes
    status: int = 200
    head: ResponseHead | None = None
    rest: Asking | None = None
    member: Member | None = None
    error: OwnResponse | None = None


class Handling(Protocol):
    """How the calls of one class are answered, one by one."""

    async def respond(
        self,
        call: Call,
        rule: Rule,
        caller: Caller,
        deadline: float,
        *,
        stream: bool = False,
        first: Outcome | None = None,
    ) -> Reply:
        """Answer a call.

        @param rule: what is done with calls of its method.
        @param deadline: by the clock, when waiting for a member is over.
        @param first: what came of a first try, where there was one, in a batch: it goes on from there.
        @param stream: a large answer may be C{rest}; else it is kept whole, up to C{response_limit}.
        @raise OwnResponse: with what the client is told.
        """
