"""Unknown outcomes: a member died after the request was sent; what became of it?

C{/sendsignedtx}: the key of what it makes is that of the raw payload it names (measured), so a
living member can be asked.  A second insert would fail with "duplicate key" and 500.
Deleting: a second time finds nothing, and that is what was wanted.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from attrs import frozen

from quorumha.http.forward.round_policy import (
    Again,
    Ask,
    Deliver,
    Elsewhere,
    Next,
    Response,
    RoundFacts,
    RoundPolicy,
)
from quorumha.http.wire.messages import RequestHead, ResponseHead, first_value
from quorumha.tessera.decide.read import accepted_type, database_is_gone
from quorumha.tessera.decide.send import LEARNING, ROLLED_BACK, only_newcomers, says_of_its_table
from quorumha.tessera.decide.transaction_lookup import LAG, NO_RESPONSES
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.keys import deleted_key, made_key, signed_key

OCTET_STREAM = b"application/octet-stream"


@frozen(eq=False)
class SignedPolicy(RoundPolicy):
    """C{/sendsignedtx}: looked up before it is sent again, and before a 500 is believed.

    @ivar replicated: each member reads its own copy of the database: what one does not find may be
        on its way.
    """

    memory: ExistenceMemory
    replicated: bool = False
    learning: float = LEARNING
    statuses: frozenset[int] = ROLLED_BACK

    def decide(self, facts: RoundFacts) -> Next:
        """Look up what it makes before it is sent again, and before a 500 goes down."""
        response, asked = facts.response, facts.asked
        as_bytes = first_value(facts.head.fields, b"content-type").startswith(OCTET_STREAM)
        key = signed_key(facts.body(), as_bytes)
        if asked is None:
            doubtful = facts.resent or (response is not None and response.head.status == 500)
            if doubtful and key is not None:
                return Ask(_lookup(facts.head, key))
            if doubtful and response is None:
                return self.at_last(facts)
            if response is None or self._may_change(facts, response):
                return Again(LAG)
            return Deliver(response)
        assert key is not None
        if not isinstance(asked, Response) or asked.head.status not in (200, 404):
            # Nobody can say: ask again before anything is sent again.
            return Again(subrequest=_lookup(facts.head, key))
        if asked.head.status == 200:
            return Deliver(_made(facts.head, key, as_bytes), resolved=True)
        if response is None or (response.head.status >= 500 and database_is_gone(facts)):
            return Again(0.1)
        if self.replicated and facts.resent and response.head.status == 500:
            return Again(LAG, _lookup(facts.head, key))
        if response.head.status == 500 and (follows := _who_is_left(facts)) is not None:
            return follows
        if self._may_change(facts, response):
            return Again(LAG)
        return Deliver(response)

    def _may_change(self, facts: RoundFacts, response: Response) -> bool:
        """Whether what was said may be said only because something has not arrived yet; nothing was done."""
        if response.head.status == 404 and b"Message with hash" in response.body:
            # The raw payload is not there: it is no recipient that is not known.
            return self.replicated
        return says_of_its_table(response) and only_newcomers(facts, self.learning)

    def passed(self, target: bytes, response: ResponseHead, data: bytes, ended: bool) -> None:
        """Note the key of what was made."""
        if response.status in (200, 201):
            self.memory.add(made_key(response, data, ended))


def _who_is_left(facts: RoundFacts) -> Next | None:
    """Ask those who were not asked before, if they may be by now: they seemed to sleep, and respond."""
    asked = [attempt.upstream.name for attempt in facts.attempts]
    who = next((m for m in facts.members if asked and m.name == asked[-1]), None)
    left = any(m.enabled and not m.asleep and not m.full and m.name not in asked for m in facts.members)
    return Elsewhere(who) if who is not None and left else None


@frozen(eq=False)
class DeletePolicy(RoundPolicy):
    """C{DELETE /transaction/{key}} and C{POST /delete}."""

    memory: ExistenceMemory
    statuses: frozenset[int] = NO_RESPONSES | {200, 204, 404}

    def decide(self, facts: RoundFacts) -> Next:
        """Ask again while no member has its database; a 404 on a repeat says that it is done."""
        response = facts.response
        if response is None or (response.head.status >= 500 and database_is_gone(facts)):
            return Again()
        resolved = response.head.status == 404 and facts.resent
        if resolved:
            if facts.head.method == b"DELETE":
                response = Response.made(b"", status=204, reason=b"No Content")
            else:
                response = Response.made(b"Delete successful", b"text/plain")
        if response.head.status < 400:
            self.memory.forget(deleted_key(facts.target, facts.body()))
        return Deliver(response, resolved)


def _lookup(head: RequestHead, key: bytes) -> RequestHead:
    """C{GET /transaction/{key}}, asked as the client of C{head}."""
    return RequestHead.get(b"/transaction/" + _escaped(key), head.host, (b"Accept", b"application/json"))


def _escaped(key: bytes) -> bytes:
    return quote(key, safe="").encode("ascii")


def _made(head: RequestHead, key: bytes, as_bytes: bool) -> Response:
    """What the member would have said (Tessera, TransactionResource)."""
    if as_bytes:
        return Response.made(key, b"text/plain")
    body = json.dumps({"key": key.decode("ascii")}, separators=(",", ":")).encode("ascii")
    accepted = accepted_type(head.fields)
    kind = accepted if accepted.endswith(b"json") else b"application/json"
    made = Response.made(body, kind, 201, b"Created")
    made.head.fields.append((b"Location", b"http://" + head.host + b"/transaction/" + _escaped(key)))
    return made
