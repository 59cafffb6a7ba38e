"""The interfaces that parts of quorumha, and users' own parts, meet at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from quorumha.http.forward.retry_policy import AttemptFacts, RequestFacts, Verdict
    from quorumha.pool.pool import Member
    from quorumha.pool.upstream import AttemptState, Outcome


class IBalancingPolicy(Interface):
    """Which of the members that could take the next connection or request does."""

    def pick(members: Sequence[Member]) -> Member:
        """Choose one.

        @param members: at least one; all usable, all primaries or all
            backups, none tried yet for this request, in the pool's order.
        """


class IRetryPolicy(Interface):
    """What follows from how an attempt ended.  Pure: the same in, the same out."""

    statuses = Attribute(
        """
        C{frozenset[int]}: the statuses L{decide} wants to see.  Any other is
        delivered without asking, which keeps the common case cheap.
        """
    )

    def decide(request: RequestFacts, outcome: Outcome, attempt: AttemptFacts) -> Verdict:
        """Deliver the answer, hold it, try the next upstream, or give up."""

    ask_all = Attribute(
        """
        C{bool}: with an answer in hand, ask members that are put aside, too.
        """
    )

    ask_all_after = Attribute(
        """
        C{frozenset[int]}: do so when the best answer in hand has one of these statuses.
        """
    )

    def may_resend(request: RequestFacts, state: AttemptState, waited: float = 0.0) -> bool:
        """Whether the request may be sent once more after an attempt got so far.

        Asked by itself when a kept connection turns out to be stale.

        @param waited: seconds since the whole request was sent; 0 when it was not.
        """
