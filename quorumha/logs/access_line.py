"""A line of the access log: what became of one request, or of one relayed connection, as JSON.  Pure.

C{path} is what the configuration names, a route or a call, and no text of a client's, unless the fact has
the target (C{access_paths}).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from quorumha.events import ConnectionDone, Refused, RequestDone
from quorumha.logs.json_lines import utc
from quorumha.pool.upstream import AttemptResult, Responded, describe, giver_of

_ENCODE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def access_line(fact: object, now: float, *, errors_only: bool = False) -> bytes | None:
    """The line of a fact; None: it has none.

    @param now: in seconds since the epoch.
    @param errors_only: nothing of what did not fail.
    """
    if isinstance(fact, RequestDone):
        return None if errors_only and not fact.error and fact.status < 400 else _request(fact, now)
    if isinstance(fact, ConnectionDone):
        return None if errors_only and not fact.error else _connection(fact, now)
    if isinstance(fact, Refused):
        return _refused(fact, now)
    return None


def dropped_line(count: int, now: float) -> bytes:
    """What stands where so many lines are missing."""
    return _line({"time": utc(now), "dropped": count})


def _line(keys: dict[str, object]) -> bytes:
    return f"{_ENCODE(keys)}\n".encode("ascii")


def _request(fact: RequestDone, now: float) -> bytes:
    return _line(
        {
            "time": utc(now),
            "id": fact.id,
            "listener": fact.listener,
            "client": fact.client,
            "method": fact.method,
            "path": fact.target or fact.call or "/",
            "status": fact.status,
            "seconds": round(fact.seconds, 6),
            "in": fact.received,
            "out": fact.sent,
            "own": fact.error,
            "tries": _tries(fact.attempts, fact.status),
        }
    )


def _tries(attempts: Sequence[AttemptResult], status: int) -> list[dict[str, object]]:
    given, last = giver_of(attempts, status), len(attempts) - 1
    return [
        {
            "upstream": one.upstream.name,
            "outcome": describe(one.outcome),
            "state": one.state.name.lower().replace("_", " "),
            "seconds": round(one.seconds, 6),
            "verdict": _verdict(one, given=at == given, last=at == last),
        }
        for at, one in enumerate(attempts)
    ]


def _verdict(one: AttemptResult, *, given: bool, last: bool) -> str:
    """What the retry policy made of it, in its words."""
    if given:
        return "deliver"
    if isinstance(one.outcome, Responded):
        return "hold"
    return "give up" if last else "try next"


def _connection(fact: ConnectionDone, now: float) -> bytes:
    return _line(
        {
            "time": utc(now),
            "listener": fact.listener,
            "client": fact.client,
            "pool": fact.pool,
            "upstream": fact.upstream,
            "seconds": round(fact.seconds, 6),
            "in": fact.received,
            "out": fact.sent,
            "own": fact.error,
            "ended": fact.ended,
        }
    )


def _refused(fact: Refused, now: float) -> bytes:
    """Nobody was asked; what could not be read is null."""
    return _line(
        {
            "time": utc(now),
            "id": fact.id,
            "listener": fact.listener,
            "client": fact.client,
            "method": fact.method or None,
            "path": fact.target or fact.call or None,
            "status": fact.status,
            "seconds": 0.0,
            "in": 0,
            "out": 0,
            "own": fact.cause,
            "tries": [],
        }
    )
