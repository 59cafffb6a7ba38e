"""Rounds as round policies see them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from twisted.internet.interfaces import IStreamClientEndpoint

from quorumha.errors import UpstreamError
from quorumha.http.forward.round_policy import Response, RoundFacts
from quorumha.http.wire.messages import Fields, RequestHead, ResponseHead
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import (
    AttemptResult,
    AttemptState,
    Broken,
    ConnectFailed,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    Upstream,
    WentDown,
)
from quorumha.tessera.decide.health_check import database_of

#: A transaction with every sign that is written differently in a URL, and the path of GoQuorum's question.
KEY = b"A" * 42 + b"/+" + b"B" * 41 + b"Q=="
OTHER_KEY = b"C" * 85 + b"A=="
LOOKUP = b"/transaction/" + KEY.replace(b"/", b"%2F")

#: What a member may do besides giving an answer:
#: C{dead}: nobody listens there.
#: C{died}: it broke off soon after it was sent the whole request.
#: C{slept}: it broke off long after.
#: C{cut off}: it broke off before it was sent the whole request.
#: C{hung}: it fell silent after it was sent the whole request.
#: C{stalled}: it fell silent before it was sent the whole request.
#: C{down}: its checks put it down long after it was sent the whole request.
Deed = Literal["dead", "died", "slept", "cut off", "hung", "stalled", "down"]
Said = int | Deed

_DEEDS: dict[Deed, tuple[Outcome, AttemptState, float]] = {
    "dead": (ConnectFailed("refused"), AttemptState.DIALLED, 0.0),
    "died": (Broken("cut"), AttemptState.SENT_ALL, 0.1),
    "slept": (Broken("cut"), AttemptState.SENT_ALL, 2.0),
    "cut off": (Broken("cut"), AttemptState.SENT_SOME, 0.0),
    "hung": (TimedOut(Phase.FIRST_BYTE), AttemptState.SENT_ALL, 1.5),
    "stalled": (TimedOut(Phase.SEND), AttemptState.SENT_SOME, 0.0),
    "down": (WentDown(), AttemptState.SENT_ALL, 20.0),
}
#: All that a member may do or say.
DEEDS = tuple(_DEEDS)


def request(
    target: bytes = b"/x", method: bytes = b"GET", fields: Fields | None = None, host: bytes = b"c"
) -> RequestHead:
    return RequestHead(method, target, 1, host, fields or [], [], 0, True)


def a_response(status: int, body: bytes = b"", fields: Fields | None = None) -> Response:
    return Response(ResponseHead(status, b"So", fields or [], len(body), False, True, len(body)), body)


def pool_of(names: str, disabled: str = "", database_dead: str = "") -> tuple[Member, ...]:
    """Members with names of one letter each."""
    nowhere = cast(IStreamClientEndpoint, None)
    members = UpstreamPool("p", [Upstream(name, nowhere) for name in names]).members
    for member in members:
        member.enabled = member.upstream.name not in disabled
        database_of(member).dead = member.upstream.name in database_dead
    return members


def attempt(member: Member, said: Said) -> AttemptResult:
    if isinstance(said, int):
        return AttemptResult(member.upstream, Responded(said), AttemptState.SENT_ALL, 0.1)
    return AttemptResult(member.upstream, *_DEEDS[said])


def facts(
    said: Mapping[str, Said],
    head: RequestHead | None = None,
    body: bytes = b"",
    *,
    earlier: Mapping[str, Said] | None = None,
    disabled: str = "",
    database_dead: str = "",
    asked: Response | UpstreamError | None = None,
) -> RoundFacts:
    """A round in which the members said so, in that order.

    The best answer is chosen as the engine does: the younger one, but no 5xx in place of another.

    @param said: without a word, the pool is of two.
    @param earlier: what was said in the rounds before.
    @param disabled: members that were not asked.
    """
    head = head or request(LOOKUP)
    names = "".join(dict.fromkeys([*(earlier or {}), *said, *disabled])) or "ab"
    members = pool_of(names, disabled, database_dead)
    by_name = {member.upstream.name: member for member in members}
    rounds = [*(earlier or {}).items(), *said.items()]
    attempts = [attempt(by_name[name], what) for name, what in rounds]
    best: int | None = None
    for status in (what for what in said.values() if isinstance(what, int)):
        if best is None or status < 500 or best >= 500:
            best = status
    return RoundFacts(
        head,
        head.target,
        lambda: body,
        attempts,
        any(one.in_doubt for one in attempts),
        members,
        None if best is None else a_response(best, b"%d" % best),
        UpstreamError("nobody") if best is None else None,
        asked,
    )


def best(round_facts: RoundFacts) -> Response:
    """The round's answer."""
    assert round_facts.response is not None
    return round_facts.response


def why(round_facts: RoundFacts) -> UpstreamError:
    """Why the round has none."""
    assert round_facts.error is not None
    return round_facts.error
