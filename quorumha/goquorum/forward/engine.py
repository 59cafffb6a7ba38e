"""L{Engine}: from a call to its answer, whether it came over HTTP or a WebSocket, alone or in a batch."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from quorumha.goquorum.decide.call import Call, OwnAnswer
from quorumha.goquorum.forward.caller import Caller
from quorumha.goquorum.forward.reply import Handling, Reply


@frozen(eq=False)
class Engine:
    """Answers calls.

    @ivar handlings: by class.
    """

    handlings: Mapping[str, Handling]

    async def answer(self, call: Call, caller: Caller, deadline: float, *, stream: bool = False) -> Reply:
        """Answer a call.  Never raises but for bugs, and when it is cancelled."""
        try:
            return await self.handlings["read"].answer(call, caller, deadline, stream=stream)
        except OwnAnswer as error:
            return Reply(b"" if call.is_notification else error.body(call.id), error.status)
