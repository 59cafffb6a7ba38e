"""Reads whose 404 means nothing special: any member, again and again until one can answer.

The rule for 404 on C{/transaction} is in L{quorumha.tessera.decide.transaction_lookup}.
"""

from __future__ import annotations

from attrs import frozen

from quorumha.http.forward.round_policy import Again, Deliver, Next, RoundFacts, RoundPolicy
from quorumha.http.wire.messages import Fields, first_value
from quorumha.tessera.decide.health_check import database_of
from quorumha.tessera.decide.transaction_lookup import NO_RESPONSES

#: Seconds after a member can reach its database again in which what it answered may be from before.
BEFORE = 2.0


def database_is_gone(facts: RoundFacts) -> bool:
    """Whether all who answered with a 5xx had no database, as far as is known: that is no answer."""
    who = facts.responders(range(500, 1000))
    return bool(who) and all(one.dead or facts.now - one.since < BEFORE for one in map(database_of, who))


def accepted_type(fields: Fields) -> bytes:
    """The first content type that a client accepts; empty: it does not say."""
    return first_value(fields, b"accept").partition(b",")[0].partition(b";")[0].strip()


@frozen(eq=False)
class ReadPolicy(RoundPolicy):
    """A 5xx that all give is the answer (C{/groups/resident} says 503 for ever where there is
    no such group), unless the database is gone."""

    statuses: frozenset[int] = NO_RESPONSES

    def decide(self, facts: RoundFacts) -> Next:
        """Ask again while nobody can answer."""
        if facts.response is None or database_is_gone(facts):
            return Again()
        return Deliver(facts.response)
