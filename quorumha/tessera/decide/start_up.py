"""What GoQuorum asks once, when it starts, and believes for life.

C{/version} with anything but 200 makes it a client of Constellation (GoQuorum, private/private.go).  So it is
waited for while no member can respond; at last, what was said before is said again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import evolve, frozen

from quorumha.errors import Unavailable
from quorumha.http.forward.round_policy import (
    Again,
    Ask,
    Deliver,
    Fail,
    Next,
    Response,
    RoundFacts,
    RoundPolicy,
)
from quorumha.tessera.knowledge.api_versions import OLDEST, common, order, parse_versions
from quorumha.tessera.knowledge.saved_state import SavedState

UP_CHECK = "/upcheck"
#: Seconds between two rounds of questions while nobody responds.
PAUSE = 0.5


@frozen(eq=False)
class StartUpPolicy(RoundPolicy):
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
        return super().at_last(facts)


def _path(facts: RoundFacts) -> str:
    return facts.target.partition(b"?")[0].decode("latin-1")


@frozen(eq=False)
class VersionPolicy(RoundPolicy):
    """C{/version/api}: what all members know; nobody is asked for the client.

    With anything but 200 GoQuorum gives up enhanced privacy, multi-tenancy and more (GoQuorum,
    private/engine/tessera/tessera_version_reader.go).

    @ivar saved_state: what members said before, which counts for those that do not respond.
    """

    saved_state: SavedState
    pinned: Sequence[str] = ()
    statuses: frozenset[int] = frozenset(range(200, 600))

    def decide(self, facts: RoundFacts) -> Next:
        """Ask everyone, again and again until anyone says what it knows."""
        if self.pinned:
            return _versions(sorted(self.pinned, key=order))
        if facts.said is None:
            return Ask(evolve(facts.head, length=0), everyone=True)
        responded = False
        for member, response in facts.said:
            versions = parse_versions(response.body) if response.head.status == 200 else None
            if response.head.status == 404:
                versions = frozenset({OLDEST})
            if versions:
                self.saved_state.learn_versions(member.upstream.name, versions)
                responded = True
        late = facts.left is not None and facts.left <= PAUSE
        return self.at_last(facts) if responded or late else Again(PAUSE)

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        """What is known by now."""
        known = self.saved_state.versions
        versions = common(known, [m.upstream.name for m in facts.members if m.enabled])
        if not versions:
            return Fail(Unavailable("no member has ever said which versions it knows"))
        return _versions(versions)


def _versions(versions: Sequence[str]) -> Deliver:
    """As Tessera writes it."""
    body = json.dumps(versions, separators=(",", ":")).encode("ascii")
    return Deliver(Response.made(body, b"application/json"))
