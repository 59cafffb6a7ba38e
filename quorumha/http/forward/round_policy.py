"""What follows when every member was asked once: the values that a L{RoundPolicy} decides with.

One pass over the candidates is a round.  Where a plain error or a plain 404 would do harm, a policy decides
whether the client is told so, or the request waits, or members are asked something else first.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from attrs import frozen

from quorumha.errors import Unavailable, UpstreamError
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import AttemptResult, Responded


@frozen
class Response:
    """A whole response."""

    head: ResponseHead
    body: bytes

    @classmethod
    def made(
        cls, body: bytes, content_type: bytes = b"", status: int = 200, reason: bytes = b"OK"
    ) -> Response:
        """One of our own.

        @param content_type: empty: it has none.
        """
        fields = [(b"Content-Type", content_type)] if content_type else []
        stated = None if status == 204 else len(body)
        head = ResponseHead(status, reason, fields, len(body), False, True, stated)
        return cls(head, body)


@frozen
class RoundFacts:
    """What is known when a round is over.

    @ivar target: the request's, as sent up.
    @ivar body: gives the request's whole body while the policy decides; empty when it was not kept.
    @ivar attempts: of all rounds so far, with the responses that the policy looks at.
    @ivar resent: the request was sent more than once, and an earlier time may have taken effect.
    @ivar members: of the pool, with what is known of them now.
    @ivar response: the best one of this round, if any.
    @ivar others: further responses of this round that the policy looks at, in order.
    @ivar left: seconds until the request's time is over; None: it has no limit.
    @ivar refused_for: seconds since a member first said no to it, by a status below 500; 0: none has before.
    @ivar error: why there is none.
    @ivar asked: what came of the subrequest that the policy asked for last, if it did.
    @ivar said: what members responded to the last subrequest that went to all, each; None: there was none.
    @ivar now: the clock's seconds.
    """

    head: RequestHead
    target: bytes
    body: Callable[[], bytes]
    attempts: Sequence[AttemptResult]
    resent: bool
    members: Sequence[Member]
    response: Response | None = None
    error: UpstreamError | None = None
    asked: Response | UpstreamError | None = None
    now: float = 0.0
    others: Sequence[Response] = ()
    left: float | None = None
    refused_for: float = 0.0
    said: Sequence[tuple[Member, Response]] | None = None

    def responders(self, statuses: Container[int] = range(1000)) -> list[Member]:
        """The members that have responded with one of these, with what is known of them now."""
        names = {
            attempt.upstream.name
            for attempt in self.attempts
            if isinstance(attempt.outcome, Responded) and attempt.outcome.status in statuses
        }
        return [member for member in self.members if member.upstream.name in names]


@frozen
class Deliver:
    """This response goes down.

    @ivar resolved: it says what became of a request that was in doubt.
    """

    response: Response
    resolved: bool = False


@frozen
class Fail:
    """This error goes down."""

    error: UpstreamError


@frozen
class Again:
    """The request waits, and is asked for again when a member recovers.

    @ivar after: or after so many seconds, whichever is first.
    @ivar subrequest: what is asked then in place of the request; see L{Ask}.
    """

    after: float = 0.5
    subrequest: RequestHead | None = None


@frozen
class Elsewhere:
    """The request goes to the members but this one, at once."""

    member: Member


@frozen
class Ask:
    """A subrequest goes to the members first; its response comes as C{asked}.

    @ivar head: of the subrequest; it has no body.
    @ivar member: who alone is asked; None: whom the pool chooses.
    @ivar within: seconds that the response may take; 0: as long as the request.
    @ivar everyone: each enabled member is asked, whatever is known of it; responses come as C{said}.
    """

    head: RequestHead
    member: Member | None = None
    within: float = 0.0
    everyone: bool = False


Next = Deliver | Fail | Again | Elsewhere | Ask


class RoundPolicy:
    """Decides what follows from a round.  Pure, but for what C{passed} remembers.

    @ivar statuses: the responses it wants to see; all others go down at once.
    """

    __slots__ = ()
    statuses: frozenset[int]

    def decide(self, facts: RoundFacts) -> Next:
        """What follows now."""
        raise NotImplementedError

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        """What goes down when there is no more time: the best response so far, else the error."""
        if facts.response is not None:
            return Deliver(facts.response)
        return Fail(facts.error or Unavailable("no member answered"))

    def proves_wrong(self, response: ResponseHead, attempts: Sequence[AttemptResult]) -> bool:
        """Whether this response shows that what another member said is false, and would have done harm."""
        return False

    def passed(self, target: bytes, response: ResponseHead, data: bytes, ended: bool) -> None:
        """A response goes down: take note.

        @param data: the first of its body; all of it if C{ended}.
        """
