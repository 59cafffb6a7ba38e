"""Reads whose 404 means nothing special: any member, again and again until one can answer."""

from __future__ import annotations

from attrs import frozen

from quorumha.errors import Unavailable
from quorumha.http.judging import Again, Deliver, Fail, Next, RoundFacts
from quorumha.http.messages import RequestHead, ResponseHead
from quorumha.quorum.tessera.lookup import NO_ANSWERS
from quorumha.upstream import Outcome, Responded

#: Seconds after a member can reach its database again in which what it answered may be from before.
BEFORE = 2.0


def database_is_gone(facts: RoundFacts) -> bool:
    """Whether all who answered with a 5xx had no database, as far as is known: that is no answer."""
    said = {a.upstream.name for a in facts.attempts if _is_5xx(a.outcome)}
    who = [member for member in facts.members if member.upstream.name in said]
    return bool(who) and all(m.database_dead or facts.now - m.database_since < BEFORE for m in who)


def _is_5xx(outcome: Outcome) -> bool:
    return isinstance(outcome, Responded) and outcome.status >= 500


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
