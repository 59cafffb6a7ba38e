"""L{WriteRounds}: a write in rounds.

A write that finds no member does not wait for ever, however long its client waits: who sent it may have
given up since, or may be kept from sending anything else.
"""

from __future__ import annotations

from quorumha.errors import Unavailable
from quorumha.http.judging import RoundFacts
from quorumha.http.messages import RequestHead
from quorumha.http.rounds import Rounds
from quorumha.upstream import Attempt, AttemptState, Responded


class WriteRounds(Rounds):
    """See the module."""

    _waits_since = 0.0
    _taken = -1

    def _park(self, after: float, question: RequestHead | None, facts: RoundFacts) -> None:
        taken = sum(map(_was_taken, facts.attempts))
        if taken != self._taken:
            # It has found a member since it waited last.
            self._taken, self._waits_since = taken, facts.now
        super()._park(after, question, facts)

    def _left(self) -> float | None:
        most, left = self._line.wait, super()._left()
        if not most or left is not None:
            return left
        return max(0.0, self._waits_since + most - self._line.forwarder.clock.seconds())

    def _give_up(self, facts: RoundFacts) -> None:
        if facts.error is None or not self._line.wait or self._forwarding.deadline:
            super()._give_up(facts)
            return
        # The pool's name in front of it is put there again.
        causes = str(facts.error).partition(": ")[2] or str(facts.error)
        self._tell(Unavailable(f"no member could take it for {self._line.wait:g} s: {causes}"))


def _was_taken(attempt: Attempt) -> bool:
    """Whether a member worked on it, as far as is known; one without its database did not."""
    outcome = attempt.outcome
    failed = isinstance(outcome, Responded) and outcome.status >= 500
    return attempt.state >= AttemptState.SENT_ALL and not failed
