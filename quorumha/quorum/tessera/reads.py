"""Reads whose 404 means nothing special: any member, again and again until one can answer."""

from __future__ import annotations

from attrs import frozen

from quorumha.errors import Unavailable
from quorumha.http.judging import Again, Deliver, Fail, Next, RoundFacts
from quorumha.http.messages import RequestHead, ResponseHead
from quorumha.quorum.tessera.lookup import NO_ANSWERS


def database_is_gone(facts: RoundFacts) -> bool:
    """Whether no enabled member can reach its database, as far as is known."""
    return all(member.database_dead for member in facts.members if member.enabled)


@frozen(eq=False)
class ReadJudge:
    """A 5xx that all give is the answer (C{/groups/resident} says 503 for ever where there is
    no such group), unless the database is gone."""

    statuses: frozenset[int] = NO_ANSWERS

    def decide(self, facts: RoundFacts) -> Next:
        """See L{Judge<quorumha.http.judging.Judge>}."""
        if facts.answer is None or database_is_gone(facts):
            return Again()
        return Deliver(facts.answer)

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        """See L{Judge<quorumha.http.judging.Judge>}."""
        if facts.answer is not None:
            return Deliver(facts.answer)
        return Fail(facts.error or Unavailable("no member answered"))

    def passed(
        self, head: RequestHead, target: bytes, answer: ResponseHead, data: bytes, ended: bool
    ) -> None:
        """See L{Judge<quorumha.http.judging.Judge>}."""
