"""The rule for 404: when "no such transaction" may be told to GoQuorum.

GoQuorum takes a 404 for "not a party" and skips the private state for ever; any other failure
it tries five times, and then it exits (GoQuorum, private/engine/tessera/tessera.go).  So a false 404 loses
data, and an error in place of a true one ends the node.

  - C{store = "shared"}: a 404 is delivered when the members that can be used agree, or cannot answer.
  - C{store = "replicated"}: when every enabled member has said 404; else it waits, then 503.
  - A transaction that is known to exist has no 404, in both.
  - A 404 from a member whose database is gone is no answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from quorumha.errors import Unavailable
from quorumha.http.forward.round_policy import Again, Deliver, Fail, Next, RoundFacts, RoundPolicy
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.upstream import AttemptResult, Responded
from quorumha.tessera.decide.health_check import database_of
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.keys import named_key, transaction_key

#: What is no answer to a read: something is wrong with this member, or with its database.
NO_RESPONSES = frozenset({401, 500, 502, 503, 504})
#: Seconds between rounds while copies of a database, or what is told of parties, may still be on their way.
LAG = 0.25


@frozen(eq=False)
class LookupPolicy(RoundPolicy):
    """Decides which 404 may be believed."""

    memory: ExistenceMemory
    replicated: bool = False
    statuses: frozenset[int] = NO_RESPONSES | {404}

    def decide(self, facts: RoundFacts) -> Next:
        """Deliver a 404 that the members agree on; ask again after any other."""
        response = facts.response
        if response is None or response.head.status != 404:
            return Again()
        if _key(facts) in self.memory:
            return Again(LAG)
        said = [m for m in facts.responders((404,)) if not database_of(m).dead]
        agreed = all(m in said for m in facts.members if m.enabled) if self.replicated else bool(said)
        return Deliver(response) if agreed else Again(LAG)

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        """Never a 404 on which they did not agree."""
        response = facts.response
        if response is None or response.head.status != 404:
            return super().at_last(facts)
        if _key(facts) in self.memory:
            return Fail(Unavailable("the transaction exists, but no member finds it now"))
        remedy = "; disable one that stays away" if self.replicated else ""
        return Fail(Unavailable(f"not every member could be asked whether the transaction exists{remedy}"))

    def proves_wrong(self, response: ResponseHead, attempts: Sequence[AttemptResult]) -> bool:
        """Whether it was found, though a member said that there is none."""
        return response.status == 200 and any(one.outcome == Responded(404) for one in attempts)

    def passed(self, target: bytes, response: ResponseHead, data: bytes, ended: bool) -> None:
        """Note the transaction that was read."""
        if response.status == 200:
            self.memory.read(target)


def _key(facts: RoundFacts) -> bytes | None:
    return transaction_key(facts.target) or named_key(facts.head.fields, facts.body())
