"""L{Slot}: one call of a batch, and what has become of it so far."""

from __future__ import annotations

from attrs import define

from quorumha.goquorum.decide.call import UNKNOWN_OUTCOME, Call, OwnResponse, unavailable
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.verdict import prefix_of
from quorumha.goquorum.forward.accounts import Turn
from quorumha.goquorum.forward.ask import MemberResponse, Outcome
from quorumha.pool.member import Member

#: Classes whose calls are asked of any member, and again of the next.
READS = frozenset({"read", "read-at", "lookup", "own"})
#: Classes whose calls are not sent again once a byte was sent.
WRITES = frozenset({"account", "signed", "signed-private", "once", "never"})
#: The C{body} of a slot with an C{error}: what is said is made of that when all are answered.
OWN = b"{}"


@define(eq=False, init=False)
class Slot:
    """One call of a batch.

    @ivar call: as it goes to members: one without an id has one of ours, so that each has its answer.
    @ivar height: of the block that its member has to have; -1: any will do.
    @ivar body: its answer; empty: there is none yet.
    @ivar error: of the proxy's own, in place of a node's answer; then C{body} is L{OWN}.
    @ivar first: the first answer that was a node's fault: it beats an error of ours.
    @ivar lost: what came of a try that its class goes on from.
    @ivar turn: of its account, while it is in its member's hands.
    @ivar tried: members that answered it with a fault of their own.
    @ivar unreached: those that could not be reached.
    """

    call: Call
    rule: Rule
    height: int
    body: bytes
    error: OwnResponse | None
    first: MemberResponse | None
    lost: Outcome | None
    turn: Turn | None
    tried: list[Member] | None
    unreached: list[Member] | None

    # By hand: there is one for each entry.
    def __init__(self, call: Call, rule: Rule, height: int) -> None:
        self.call = call
        self.rule = rule
        self.height = height
        self.body = b""
        self.error = None
        self.first = None
        self.lost = None
        self.turn = None
        self.tried = None
        self.unreached = None

    @property
    def reads(self) -> bool:
        """Whether it may be asked of any member, and again."""
        return self.rule.call_class in READS and not self.rule.secret

    @property
    def writes(self) -> bool:
        """Whether it may be sent only once."""
        return self.rule.secret or self.rule.call_class in WRITES

    @property
    def once(self) -> bool:
        """Whether no member may be sent it twice."""
        return self.writes or self.rule.call_class == "filter"

    @property
    def prefix(self) -> bytes:
        """What its answer begins with if it has a result."""
        return prefix_of(self.call.id)

    def failed(self, error: OwnResponse) -> None:
        """It is answered so, unless a member has said that nothing was done, and none may have done it."""
        if self.first is not None and error.code != UNKNOWN_OUTCOME:
            self.error, self.body = None, self.first.body
        else:
            self.error, self.body = error, OWN

    def refused(self, response: MemberResponse) -> None:
        """A member took none of the request that it was in: nothing was done."""
        status = response.head.status
        self.failed(unavailable(f"{response.member.name} refused it with {status}"))

    def keep(self, response: MemberResponse) -> None:
        """This one is a node's fault: another member is asked."""
        if self.first is None:
            self.first = response
        self.tried = [*(self.tried or ()), response.member]


def joined(slots: list[Slot]) -> bytes:
    """Their calls as a batch."""
    return b"[%b]" % b",".join([one.call.envelope for one in slots])
