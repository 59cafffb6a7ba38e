"""L{finish}: what is counted, and told, when an HTTP request with a message of JSON-RPC has ended."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from quorumha.events import RequestDone
from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.rules import MethodRules
from quorumha.goquorum.forward.calling_client import Caller

if TYPE_CHECKING:
    from quorumha.goquorum.forward.rpc_forwarder import RpcForwarder


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


def finish(one: Ended, route: RpcForwarder) -> None:
    """A request has ended for its client that was not ordinary, or that somebody wants to be told of."""
    error, said, pool = one.error, one.broke, route.pool
    if error is not None and error.failed:
        said = error.message
    counters = pool.counters
    if said:
        counters.failed += 1
    elif one.status:
        counters.answered += 1
    caller = one.caller
    attempts = caller.attempts or ()
    for before, after in pairwise(attempts):
        if before.upstream.name != after.upstream.name:
            counters.failed_over(before.outcome)
    if said or pool.observers.requests:
        pool.observers.notify(
            RequestDone(
                route.listener,
                name_of(one.call, route.engine.rules),
                pool.name,
                caller.client.address.decode("latin-1"),
                caller.head.method.decode("latin-1"),
                one.status,
                said,
                tuple(attempts),
                one.received,
                one.sent,
                route.clock.seconds() - one.began_at,
                caller.waited,
                caller.client.request_id.decode("ascii"),
                pool.observers.shown_target(caller.head.target),
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
