"""L{finish}: what is counted, and told, when an HTTP request with a message of JSON-RPC has ended."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from quorumha.events import RequestDone
from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rules import MethodRules
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import AttemptResult


class Ended(Protocol):
    """A request.

    @ivar began_at: by the clock.
    @ivar call: the call; or a word for what it is.
    @ivar error: what the proxy answered itself.
    @ivar broke: why there is no whole answer, in words.
    @ivar status: of the response.
    @ivar received: bytes of the body; C{sent}: of the response's.
    """

    caller: Caller
    began_at: float
    call: Call | str
    error: OwnResponse | None
    broke: str
    status: int
    received: int
    sent: int


def finish(one: Ended, pool: UpstreamPool, listener: str, now: float, rules: MethodRules) -> None:
    """A request has ended for its client that was not ordinary, or that somebody wants to be told of."""
    error, said = one.error, one.broke
    if error is not None and error.failed:
        said = error.message
    counters = pool.counters
    if said:
        counters.failed += 1
    elif one.status:
        counters.answered += 1
    caller = one.caller
    attempts = caller.attempts or ()
    counters.failovers += _failovers(attempts)
    if said or pool.observers.requests:
        pool.observers.notify(
            RequestDone(
                listener,
                name_of(one.call, rules),
                pool.name,
                caller.client.address.decode("latin-1"),
                caller.head.method.decode("latin-1"),
                one.status,
                said,
                tuple(attempts),
                one.received,
                one.sent,
                now - one.began_at,
                caller.waited,
            )
        )


def name_of(call: Call | str, rules: MethodRules) -> str:
    """What facts call it: a name or pattern of the table, C{other}, or C{batch}; no text of a client's."""
    if isinstance(call, str):
        return call
    try:
        return rules.of(call.method).name
    except OwnResponse:
        return "not served"


def _failovers(attempts: Sequence[AttemptResult]) -> int:
    names = [one.upstream.name for one in attempts]
    return sum(one != other for one, other in pairwise(names))
