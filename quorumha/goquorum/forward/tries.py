"""L{Tries}: what came of one call so far, and how it ends; for calls of every class."""

from __future__ import annotations

from attrs import define, field

from quorumha.goquorum.decide.call import unavailable
from quorumha.goquorum.decide.causes import causes
from quorumha.goquorum.decide.verdict import is_object
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse
from quorumha.goquorum.forward.reply import Reply
from quorumha.pool.pool import Member, UpstreamPool


def reply_of(response: MemberResponse) -> Reply:
    """A member's answer, as it goes down."""
    body = response.body if response.rest is not None else response.body.rstrip()
    return Reply(body, response.head.status, response.head, response.rest, response.member)


@define(eq=False)
class Tries:
    """The members that were asked for one call.

    @ivar tried: those of this round, in order.
    @ivar first: the first answer that was a node's fault, or else what is none of JSON-RPC: it beats an error
        of ours.
    """

    pool: UpstreamPool
    tried: list[Member] = field(factory=list)
    first: MemberResponse | None = None
    _failures: dict[Member, str] = field(factory=dict)

    def keep(self, response: MemberResponse) -> None:
        """This one is a node's fault: another member is asked."""
        self.tried.append(response.member)
        if self.first is None or (is_object(response.body) and not is_object(self.first.body)):
            self.first = response
        elif response.rest is not None:
            response.rest.leave()

    def lost(self, outcome: NoResponse) -> None:
        """This one did not answer: another member is asked, if the class of the call lets it be."""
        self.tried.append(outcome.member)
        self._failures[outcome.member] = outcome.error

    def causes(self, now: float) -> str:
        """Each member and its cause."""
        return causes(self.pool.members, now, self._failures)

    def end(self, now: float, reason: str = "unavailable") -> Reply:
        """There is nobody left to ask.

        @param reason: a word for programs.
        @raise OwnResponse: no member has answered: -32050, with the cause of each.
        """
        if self.first is not None:
            return reply_of(self.first)
        raise unavailable(f"no member can answer: {self.causes(now)}", reason)
