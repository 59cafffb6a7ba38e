"""L{Asker}: one request to one member, and what came of it.  Whom to ask, and what follows, others decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from attrs import Factory, define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.goquorum.decide.kept_responses import KeptResponses
from quorumha.goquorum.forward.asking import Asking, MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.sending import DOWN_FOR, Sending
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.round_policy import Response
from quorumha.net.deadlines import Deadlines
from quorumha.numbers import ListenerNumbers
from quorumha.pool.candidates import Candidates, SingleCandidate
from quorumha.pool.pool import Member, UpstreamPool

__all__ = ["DOWN_FOR", "Asker", "Asking", "MemberResponse", "NoResponse", "Outcome", "outcomes_of"]


@define(eq=False)
class Asker:
    """Sends requests of one listener to single members.

    @ivar reads: how what may be sent twice goes: on kept connections, with one fresh try where one was stale.
    @ivar writes: how what may not goes: a byte that was sent is never sent again.
    @ivar late: where responses to writes are read that nobody waits for any more.
    @ivar nobody: who is asked beside the member that a request is for.
    @ivar response_limit: bytes of a response that is kept whole; 0: no limit.
    @ivar deadlines: until when reads wait that nothing else would end.
    @ivar kept: what all such responses hold; of the process.
    @ivar numbers: of the listener.
    @ivar explains: responses say who was asked: so what came of it is noted for each.
    """

    pool: UpstreamPool
    reads: PoolForwarder
    writes: PoolForwarder
    late: LateResponses
    response_limit: int = 16 * 1024**2
    kept: KeptResponses = field(factory=KeptResponses)
    numbers: ListenerNumbers = field(factory=ListenerNumbers, repr=False)
    explains: bool = False
    clock: IReactorTime = field(default=Factory(lambda self: self.reads.clock, takes_self=True), init=False)
    nobody: Candidates = field(
        default=Factory(lambda self: SingleCandidate(self.pool), takes_self=True), init=False
    )
    deadlines: Deadlines = field(
        default=Factory(lambda self: Deadlines(self.clock), takes_self=True), init=False
    )
    under_way: defaultdict[Member, set[Asking]] = field(factory=lambda: defaultdict(set), init=False)

    def ask(
        self,
        member: Member,
        body: bytes,
        caller: Caller,
        *,
        prefix: bytes = b"",
        deadline: float = 0.0,
        once: bool = False,
    ) -> Deferred[Outcome]:
        """Ask for what may be asked twice.

        @param prefix: a response that begins with it is not waited for whole: it is the answer's C{rest}.
        @param deadline: by the clock, until when the answer is waited for; 0: as long as its member is not
            put down.
        @param once: but not of this member: a byte that was sent is never sent to it again.
        @return: never fails.  Cancel it to give up.
        """
        outcome: Deferred[Outcome] = Deferred(lambda _: asking.leave())
        forwarder = self.writes if once else self.reads
        asking = Asking(self, forwarder, member, body, caller, outcome.callback, prefix)
        asking.wait_until(deadline)
        return outcome

    def send(
        self,
        member: Member,
        body: bytes,
        caller: Caller,
        deadline: float,
        late: Callable[[Response | None], object] = lambda response: None,
    ) -> Deferred[Outcome]:
        """Send what may be sent once.

        @param deadline: by the clock, until when the answer is waited for; 0: for ever.
        @param late: called with an answer that came after C{NoResponse}, or None: none will come.
        @return: never fails.  Cancelled, it is read further, and C{late} is told.
        """
        outcome: Deferred[Outcome] = Deferred(lambda _: telling.leave())
        telling = Sending(self, self.writes, member, body, caller, outcome.callback, deadline, late)
        return outcome

    def down(self, member: Member) -> None:
        """Its checks put a member down: reads leave it at once, writes a little later."""
        for one in tuple(self.under_way.get(member, ())):
            one.member_down()


async def outcomes_of(asked: Sequence[Deferred[Outcome]]) -> list[Outcome]:
    """What came of each.  Cancelled, none is waited for any more.

    @param asked: of L{Asker.ask}, side by side.
    """
    try:
        return [await one for one in asked]
    finally:
        for one in asked:
            one.addErrback(lambda failure: None)
            one.cancel()
