"""What GoQuorum asks once, when it starts, and believes for life.

C{/version} with anything but 200 makes it a client of Constellation (GoQuorum, private/private.go).  So it is
waited for while no member can respond; at last, what was said before is said again.
"""

from __future__ import annotations

from attrs import frozen

from quorumha.errors import Unavailable
from quorumha.http.forward.round_policy import (
    Again,
    Deliver,
    Fail,
    Next,
    PlainRoundPolicy,
    Response,
    RoundFacts,
)
from quorumha.tessera.knowledge.saved_state import SavedState

UP_CHECK = "/upcheck"


@frozen(eq=False)
class StartUpPolicy(PlainRoundPolicy):
    """C{/upcheck}, C{/version}, C{/version/distribution}: only a 200 is an answer.

    @ivar saved_state: the last good answers.  C{/upcheck} is never answered from it: GoQuorum then
        does not start, and is none the worse.
    """

    saved_state: SavedState
    statuses: frozenset[int] = frozenset(range(200, 600))

    def decide(self, facts: RoundFacts) -> Next:
        """Ask again until a member says 200, and remember what it said."""
        response = facts.response
        if response is None or response.head.status != 200:
            return Again()
        path = _path(facts)
        if path != UP_CHECK:
            self.saved_state.learn_text(path, response.body.decode("latin-1"))
        return Deliver(response)

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        """What was said before; else the response there is, or the error."""
        path = _path(facts)
        text = self.saved_state.texts.get(path)
        if text is not None and path != UP_CHECK:
            return Deliver(Response.made(text.encode("latin-1"), b"text/plain"))
        if facts.response is not None:
            return Deliver(facts.response)
        return Fail(facts.error or Unavailable("no member answered"))


def _path(facts: RoundFacts) -> str:
    return facts.target.partition(b"?")[0].decode("latin-1")
