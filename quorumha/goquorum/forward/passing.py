"""L{Passing}: the short way of a read: the member's answer goes down as it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.floors import Floor
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.verdict import begins_with_result, prefix_of
from quorumha.goquorum.forward.ask import Asking, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import Member

if TYPE_CHECKING:
    from quorumha.goquorum.forward.reads import Reads

#: Called with what came of a try that was no ordinary answer.
Otherwise = Callable[[Outcome], object]


class Passing(Asking):
    """A read that was asked of a member.  An answer that begins with a result goes down at once.

    Everything else, an error, a null that may not be believed, no answer, is for who asked.
    """

    __slots__ = ("_call", "_down", "_floor", "_reads", "_rule")

    def __init__(
        self,
        reads: Reads,
        member: Member,
        call: Call,
        rule: Rule,
        caller: Caller,
        floor: Floor,
        sink: ResponseSink,
        otherwise: Otherwise,
        deadline: float,
    ) -> None:
        """
        @param deadline: by the clock, until when its answer is waited for; 0: checks see if its member hangs.
        """
        self._reads = reads
        self._call = call
        self._rule = rule
        self._floor = floor
        self._down = sink
        asker = reads.asker
        # Not by C{super()}: to make that takes as long as the call, and there is one for each read.
        Asking.__init__(self, asker, asker.reads, member, call.envelope, caller, otherwise)
        if deadline and self._over is not None:
            # As all reads wait for about as long, that costs no delayed call for each.
            asker.deadlines.add(self, deadline, self.expire)

    def note_attempts(self) -> None:
        """It is the client's own call."""
        self._caller.own(self._body)
        super().note_attempts()

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Nearly always it is all there."""
        if ended and head.status == 200 and begins_with_result(data, self._call.id, self._rule.call_class):
            self._over = None
            # As C{_remove}, without a call.
            asker, member = self._asker, self.member
            asker.under_way[member].discard(self)
            asker.deadlines.waiting.pop(self, None)
            if asker.pool.observers.requests or asker.explains:
                self.note_attempts()
            self._reads.learn(self._call, member, self._floor, data)
            self._down.response_head(head, data, True)
            return
        super().response_head(head, data, ended)

    def _look(self) -> None:
        """Whether what has come of it shows that it is the answer."""
        head = self._head
        assert head is not None
        # It is put together only where that can show it: it may come in any number of pieces.
        first = self._joined() if head.status == 200 and self._over is not None else b""
        if not begins_with_result(first, self._call.id, self._rule.call_class):
            # Only what does not come whole is looked at for it.
            self._prefix = prefix_of(self._call.id)
            super()._look()
            return
        self._over = self._pieces = None
        self._wait_on()
        if self.kept:
            self._asker.kept.release(self)
        if self._asker.pool.observers.requests or self._asker.explains:
            self.note_attempts()
        self._sink = self._down
        self._reads.learn(self._call, self.member, self._floor, first)
        self._down.response_head(head, first, False)
