"""L{Reads}: calls that may be asked of any member that has the block they need, and of the next one again."""

from __future__ import annotations

from attrs import Factory, field, frozen

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.floors import Floor, Floors
from quorumha.goquorum.decide.heights import SHOW_HEIGHTS, height_in
from quorumha.goquorum.decide.node_signs import NodeSigns
from quorumha.goquorum.decide.parameters import Tag, block_of
from quorumha.goquorum.decide.read_choice import ReadChoice
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.forward.ask import Asker, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.forward.catch_up import CatchUp
from quorumha.goquorum.forward.passing import Otherwise, Passing
from quorumha.goquorum.forward.reading import Reading
from quorumha.goquorum.forward.reply import Reply
from quorumha.goquorum.forward.waits import Waits
from quorumha.http.wire.contracts import ResponseSink
from quorumha.pool.pool import Member

#: So the parameters of nearly all reads end: the last one is this tag, or one that no node takes.
_LATEST = b'"latest"]'
#: Classes whose calls may be asked of any member.
READS = frozenset({"read", "read-at", "lookup", "own"})


@frozen(eq=False)
class Reads:
    """Answers the calls of C{read}, C{read-at}, C{lookup} and C{own}.

    @ivar waits: for members that can answer.
    @ivar floors: what each client has seen.
    @ivar monotonic: latest does not run backwards for a client.
    """

    asker: Asker
    waits: Waits
    floors: Floors
    monotonic: bool = True
    choice: ReadChoice = field(default=Factory(lambda self: ReadChoice(self.asker.pool), takes_self=True))
    catch_up: CatchUp = field(default=Factory(lambda self: CatchUp(self.asker), takes_self=True))

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
        """Ask one member after the other.

        @param first: what came of the first try, where there was one.
        """
        floor = self.floors.of(caller.key)
        reading = Reading(
            self, call, rule, caller, floor, deadline, stream, self.height_for(call, rule, floor)
        )
        try:
            return await reading.run(first)
        finally:
            reading.end()

    def pass_on(
        self,
        call: Call,
        rule: Rule,
        caller: Caller,
        deadline: float,
        sink: ResponseSink,
        otherwise: Otherwise,
    ) -> Passing | None:
        """Ask a member, and have its answer go down as it comes if it is an ordinary one.

        It is the short way of nearly every read: no answer is kept, nothing is awaited.

        @param otherwise: called with what came of it if that is not so: L{respond} goes on from there.
        @param deadline: by the clock, for members that nothing checks.
        @return: None: it takes the long way.
        @raise OwnResponse: the parameters have no clear reading.
        """
        floor = self.floors.of(caller.key)
        pool = self.asker.pool
        if rule.secret or not call.id:
            return None
        height = self.height_for(call, rule, floor)
        prefer = floor.member if rule.call_class == "own" else None
        now = self.asker.reads.now()
        member = self.choice.next(now, height, (), prefer)
        if height >= 0 and now >= self.catch_up.due_at:
            self.catch_up.refresh(height, caller, now)
        if member is None:
            return None
        if pool.checks_override is not None:
            # They see if it hangs.
            deadline = 0.0
        return Passing(self, member, call, rule, caller, floor, sink, otherwise, deadline)

    def height_for(self, call: Call, rule: Rule, floor: Floor) -> int:
        """Which block a member has to have; -1: any member will do.

        @raise OwnResponse: the parameters have no clear reading.
        """
        call_class = rule.call_class
        if not self.monotonic or call_class == "own":
            return -1
        if call_class == "read":
            return floor.height if call.method == "eth_blockNumber" else -1
        if call_class == "lookup" or call.params.endswith(_LATEST):
            return floor.height
        block = block_of(call, rule)
        if isinstance(block, int):
            return block
        # Of a hash nobody knows the number; the client has it from an answer that it got.
        return -1 if block is None or block is Tag.EARLIEST else floor.height

    def learn(self, call: Call, member: Member, floor: Floor, body: bytes) -> None:
        """Take note of what an answer shows, as it goes to the client."""
        # What C{signs_of} does, without a call: this is done for every read.
        signs = member.node.fact(NodeSigns)
        if call.method in SHOW_HEIGHTS:
            height = height_in(call.method, call.params, body)
            if height >= 0 and height >= signs.height:
                signs.has(height, self.asker.clock.seconds())
        floor.member = member
        if self.monotonic and signs.height > floor.height:
            floor.height = signs.height
