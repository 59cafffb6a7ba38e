"""What C{X-Quorumha} says of a response: who gave it, and who else was asked.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from quorumha.pool.upstream import (
    AttemptResult,
    Broken,
    ConnectFailed,
    LocalFailure,
    Outcome,
    Responded,
    TimedOut,
    WentDown,
    giver_of,
)

#: More attempts than these are not listed.
LISTED = 8
_WORDS: dict[type, str] = {
    ConnectFailed: "connect",
    LocalFailure: "local",
    TimedOut: "timeout",
    Broken: "broken",
    WentDown: "down",
}


def explained(attempts: Sequence[AttemptResult], status: int) -> bytes:
    """The value of the field.

    @param attempts: all that there were, in order.
    @param status: of the response; 0: it is the proxy's own.
    @return: such as C{upstream=10.0.0.12:9101; tries=2; failed_over=404}.
    """
    given = giver_of(attempts, status)
    others = [one for at, one in enumerate(attempts) if at != given]
    said = [] if given < 0 else [f"upstream={quote(attempts[given].upstream.name, safe=':[]')}"]
    said.append(f"tries={len(attempts)}")
    if others:
        said.append(f"failed_over={','.join(_word(one.outcome) for one in others[:LISTED])}")
    return "; ".join(said).encode("ascii")


def _word(outcome: Outcome) -> str:
    return str(outcome.status) if isinstance(outcome, Responded) else _WORDS[type(outcome)]
