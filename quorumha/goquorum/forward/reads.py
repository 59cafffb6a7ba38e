"""L{Reads}: calls that any member may answer."""

from __future__ import annotations

from attrs import frozen

from quorumha.goquorum.decide.call import Call, unavailable
from quorumha.goquorum.forward.ask import Answer, Asker
from quorumha.goquorum.forward.caller import Caller
from quorumha.goquorum.forward.reply import Reply
from quorumha.pool.candidates import Candidates


@frozen(eq=False)
class Reads:
    """Answers reads."""

    asker: Asker

    async def answer(self, call: Call, caller: Caller, deadline: float, *, stream: bool = False) -> Reply:
        """Ask one member after the other."""
        asker = self.asker
        candidates = Candidates(asker.pool)
        prefix = b'{"jsonrpc":"2.0","id":%b,"result":' % call.id if stream else b""
        while (member := candidates.take(asker.clock.seconds())) is not None:
            outcome = await asker.ask(member, call.envelope, caller, prefix=prefix)
            if isinstance(outcome, Answer):
                return Reply(outcome.body.rstrip(), outcome.head.status, outcome.head, outcome.rest, member)
        raise unavailable("no member can answer")
