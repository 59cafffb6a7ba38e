"""L{PushPolicy}: C{/push}, where a member died after it was sent a payload, and another knows it already."""

from __future__ import annotations

from attrs import frozen

from quorumha.errors import Unavailable
from quorumha.http.forward.round_policy import (
    Again,
    Deliver,
    Fail,
    Next,
    Response,
    RoundFacts,
    RoundPolicy,
)
from quorumha.http.wire.messages import Fields, ResponseHead
from quorumha.pool.upstream import Responded
from quorumha.tessera.decide.read import accepted_type, database_is_gone
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.keys import as_key
from quorumha.tessera.knowledge.wire_format import payload_key

#: What databases say of a row that is there already; Tessera passes the text on: PostgreSQL, H2,
#: MySQL and MariaDB, Oracle, SQLite and others.  In lower case.
_DUPLICATE = (
    b"duplicate key",
    b"unique index or primary key violation",
    b"duplicate entry",
    b"ora-00001",
    b"unique constraint",
)
#: What it says for ever: it has the payload, and no key of its own is among the recipients' (captured).
_FOR_EVER = b"no suitable recipient keys"

#: Seconds from a 5xx to the next try, and before which the last try is made.
PAUSE = 0.5
#: With less time than that there is no try any more.
TOO_LATE = 0.25


@frozen(eq=False)
class PushPolicy(RoundPolicy):
    """Stores what its body is: "duplicate key" on a repeat says that the first time was done.

    Only on a repeat: without one, the row is another push's, for another recipient (Tessera 20 does
    not put the two together), and the sender must know.

    Any other 5xx is asked again while there is time: a database that breaks off answers those who were on a
    connection, and what they had begun is rolled back, or was done.

    @ivar memory: where the keys of what was taken are noted; None: nowhere.
    @ivar budget: seconds that a push waits while no member is there; when none was for so long, the next
        is refused at once, until a check is good: the sender's GoQuorum sends nothing else of that account
        meanwhile.  0: each waits.
    """

    memory: ExistenceMemory | None = None
    budget: float = 0.0
    statuses: frozenset[int] = frozenset({500, 502, 503, 504})

    def decide(self, facts: RoundFacts) -> Next:
        """Ask again while no member is there, or one fails; a duplicate on a repeat is a success."""
        response = facts.response
        if response is None:
            if self.budget and not facts.resent and _away_for(facts) >= self.budget:
                return Fail(Unavailable(f"no member for {self.budget:g} s, and no check is good yet"))
            return Again()
        responses = response, *facts.others
        duplicate = any(map(_is_duplicate, responses))
        if duplicate and self._is_repeat(facts, len(responses)):
            key = payload_key(facts.body())
            # Without the body the key is not known.  The sender does not look at it.
            return Deliver(_taken(facts.head.fields, key or b""), resolved=True)
        if response.head.status < 500:
            return Deliver(response)
        if database_is_gone(facts):
            return Again(_pause(facts.left) or PAUSE)
        pause = 0.0 if duplicate or _FOR_EVER in response.body.lower() else _pause(facts.left)
        return Again(pause) if pause else Deliver(response)

    def _is_repeat(self, facts: RoundFacts, responses: int) -> bool:
        """Whether the row that is there may be this push's own.

        After a 5xx of an earlier round it may: the database broke off while it was told to keep it.  But
        then not if another push of the payload was seen to be taken.

        @param responses: how many members responded in this round with what the policy looks at.
        """
        if facts.resent:
            return True
        failed = sum(isinstance(a.outcome, Responded) and a.outcome.status >= 500 for a in facts.attempts)
        return failed > responses and not (
            self.memory is not None and (payload_key(facts.body()) or b"") in self.memory
        )

    def passed(self, target: bytes, response: ResponseHead, data: bytes, ended: bool) -> None:
        """Note the key of what was taken."""
        if self.memory is not None and ended and response.status == 201:
            self.memory.add(as_key(data))


def _pause(left: float | None) -> float:
    """Seconds until it is asked again; 0: not at all.

    The last try is made before the time is over, not when it is.

    @param left: as in the round's facts; without a limit nobody would be told.
    """
    if left is None or left < TOO_LATE:
        return 0.0
    return PAUSE if left > PAUSE + 0.1 else left / 2


def _away_for(facts: RoundFacts) -> float:
    """For how long no member was there, as checks have it."""
    enabled = [member for member in facts.members if member.enabled]
    if not enabled or not all(member.health.down and member.faulty for member in enabled):
        return 0.0
    return facts.now - max(member.down_since for member in enabled)


def _is_duplicate(response: Response) -> bool:
    said = response.body.lower()
    return response.head.status == 500 and any(text in said for text in _DUPLICATE)


def _taken(fields: Fields, key: bytes) -> Response:
    """What the member that took it would have said (captured): in the first type that is accepted."""
    kind = accepted_type(fields)
    if not kind or b"*" in kind:
        kind = b"text/plain"
    return Response.made(key, kind, 201, b"Created")
