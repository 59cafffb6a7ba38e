"""L{PushJudge}: C{/push}, where a member died after it was sent a payload, and another knows it already."""

from __future__ import annotations

from attrs import frozen

from quorumha.http.judging import Again, Answer, Deliver, Next, PlainJudge, RoundFacts
from quorumha.http.messages import Fields, RequestHead, ResponseHead
from quorumha.quorum.tessera.keys import as_key
from quorumha.quorum.tessera.memory import ExistenceMemory
from quorumha.quorum.tessera.octets import payload_key
from quorumha.quorum.tessera.reads import database_is_gone

#: What databases say of a row that is there already; Tessera passes the text on: PostgreSQL, H2,
#: MySQL and MariaDB, Oracle, SQLite and others.  In lower case.
_DUPLICATE = (
    b"duplicate key",
    b"unique index or primary key violation",
    b"duplicate entry",
    b"ora-00001",
    b"unique constraint",
)


@frozen(eq=False)
class PushJudge(PlainJudge):
    """Stores what its body is: "duplicate key" on a repeat says that the first time was done.

    Only on a repeat: without one, the row is another push's, for another recipient (Tessera 20 does
    not put the two together), and the sender must know.

    @ivar memory: where the keys of what was taken are noted; None: nowhere.
    """

    memory: ExistenceMemory | None = None
    statuses: frozenset[int] = frozenset({500})

    def decide(self, facts: RoundFacts) -> Next:
        """See L{Judge<quorumha.http.judging.Judge>}."""
        answer = facts.answer
        if answer is None:
            return Again()
        if facts.resent and any(map(_is_duplicate, (answer, *facts.others))):
            key = payload_key(facts.body())
            # Without the body the key is not known.  The sender does not look at it.
            return Deliver(_taken(facts.head.fields, key or b""))
        if answer.head.status >= 500 and database_is_gone(facts):
            return Again()
        return Deliver(answer)

    def passed(
        self, head: RequestHead, target: bytes, answer: ResponseHead, data: bytes, ended: bool
    ) -> None:
        """See L{Judge<quorumha.http.judging.Judge>}."""
        if self.memory is not None and ended and answer.status == 201:
            self.memory.add(as_key(data))


def _is_duplicate(answer: Answer) -> bool:
    told = answer.body.lower()
    return answer.head.status == 500 and any(text in told for text in _DUPLICATE)


def _taken(fields: Fields, key: bytes) -> Answer:
    """What the member that took it would have said (captured): in the first type that is accepted."""
    accepted = next((value for name, value in fields if name.lower() == b"accept"), b"")
    kind = accepted.partition(b",")[0].partition(b";")[0].strip()
    if not kind or b"*" in kind:
        kind = b"text/plain"
    head = ResponseHead(201, b"Created", [(b"Content-Type", kind)], len(key), False, True, len(key))
    return Answer(head, key)
