"""L{SubscribeCalls}: calls of class C{subscribe} where there is no WebSocket, as a node responds to them."""

from __future__ import annotations

from attrs import frozen

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.forward.ask import Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.reply import Reply


def not_found() -> OwnResponse:
    """There is no such subscription (rpc/subscription.go)."""
    return OwnResponse(-32000, "subscription not found")


@frozen
class SubscribeCalls:
    """Responds to those who subscribe over HTTP."""

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
        """Say that it cannot be (rpc/handler.go).

        @raise OwnResponse: always.
        """
        if call.method.endswith("_unsubscribe"):
            raise not_found()
        raise OwnResponse(-32000, "notifications not supported")
