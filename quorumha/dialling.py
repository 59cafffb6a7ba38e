"""Why a dial, or a whole request, came to nothing: in words fit for logs and error bodies.

The words name kinds of failures and pools, never addresses or what was sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from twisted.internet import error
from twisted.python.failure import Failure

from quorumha.errors import NoUpstream, UpstreamError, UpstreamTimeout
from quorumha.upstream import ConnectFailed, Outcome, TimedOut, describe

#: More outcomes than these are counted, not listed.
_LISTED = 4


class TLSFailed(error.SSLError):
    """TLS was not agreed on: the other side is not who it should be, or will not have us.

    The text it is made with says why, in words fit for logs and error bodies.
    """

    @property
    def reason(self) -> str:
        """That text."""
        return str(self.args[0])


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (error.ConnectionRefusedError, "refused"),
    (error.NoRouteError, "no route"),
    (error.TCPTimedOutError, "timed out"),
    (error.DNSLookupError, "name does not resolve"),
    (error.BadFileError, "no such socket"),
    (error.SSLError, "TLS failed"),
)


def connect_failed(failure: Failure) -> ConnectFailed:
    """The outcome of a dial that failed.

    The text names the kind of failure only: messages of exceptions may carry addresses.
    """
    if isinstance(failure.value, TLSFailed):
        return ConnectFailed(f"TLS failed: {failure.value.reason}")
    for kind, reason in _REASONS:
        if failure.check(kind):
            return ConnectFailed(reason)
    return ConnectFailed(failure.type.__name__ if failure.type is not None else "unknown")


def no_answer(pool: str, outcomes: Sequence[Outcome]) -> UpstreamError:
    """The error of a request or connection that no member of a pool took.

    @param pool: its name.
    @param outcomes: of every attempt, in order; empty when no member may be used.
    """
    if not outcomes:
        return NoUpstream(f"pool {pool}: every upstream is disabled")
    causes = "; ".join(_told(outcomes))
    late = any(isinstance(outcome, TimedOut) for outcome in outcomes)
    return (UpstreamTimeout if late else UpstreamError)(f"pool {pool}: {causes}")


def _told(outcomes: Sequence[Outcome]) -> Iterable[str]:
    words = map(describe, outcomes)
    if len(outcomes) <= _LISTED:
        return words
    return [word if times == 1 else f"{word}, {times} times" for word, times in Counter(words).items()]
