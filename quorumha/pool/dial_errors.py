"""Why a dial, or a whole request, came to nothing: in words fit for logs and error bodies.

The words name kinds of failures and pools, never addresses or what was sent.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from twisted.internet import error
from twisted.python.failure import Failure

from quorumha.errors import NoResources, NoUpstream, PoolFull, UpstreamError, UpstreamTimeout
from quorumha.pool.upstream import (
    ConnectFailed,
    LocalFailure,
    Outcome,
    TimedOut,
    WentDown,
    describe,
    in_words,
)

#: More outcomes than these are counted, not listed.
_LISTED = 4


class NoThread(Exception):
    """The system gave no thread in which to look up a name."""


class TLSFailed(error.SSLError):
    """TLS was not agreed on.  The text it is made with says why, in words fit for logs and error bodies."""


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (error.ConnectionRefusedError, "refused"),
    (error.NoRouteError, "no route"),
    (error.TCPTimedOutError, "timed out"),
    (error.DNSLookupError, "name does not resolve"),
    (error.BadFileError, "no such socket"),
    (error.SSLError, "TLS failed"),
)

#: What the kernel says when the lack is this process's, or its machine's: connect(2), socket(2).
_LACKS = {
    errno.EMFILE: "no file descriptors left",
    errno.ENFILE: "no file descriptors left on this machine",
    errno.ENOBUFS: "no memory for sockets",
    errno.ENOMEM: "no memory",
    errno.EADDRNOTAVAIL: "no local address or port left",
}


def lack_of(reason: BaseException | None) -> str | None:
    """What this process lacked, by the system's error or Twisted's; None: something else is the cause."""
    if isinstance(reason, NoThread):
        return "no thread for a look-up"
    code = reason.errno if isinstance(reason, OSError) else getattr(reason, "osError", None)
    return _LACKS.get(code) if isinstance(code, int) else None


def connect_failed(failure: Failure) -> ConnectFailed | LocalFailure:
    """The outcome of a dial that failed.  It names the kind only: messages may carry addresses."""
    lack = lack_of(failure.value)
    if lack is not None:
        return LocalFailure(lack)
    if isinstance(failure.value, TLSFailed):
        return ConnectFailed(f"TLS failed: {failure.value.args[0]}")
    for kind, reason in _REASONS:
        if failure.check(kind):
            return ConnectFailed(reason)
    return ConnectFailed(failure.type.__name__ if failure.type is not None else "unknown")


def no_response(
    pool: str, outcomes: Sequence[Outcome], *, full: bool = False, silent: bool = False
) -> UpstreamError:
    """The error of a request or connection that no member of a pool took.

    @param outcomes: of every attempt, in order; empty when no member may be used.
    @param full: a member that is usable has as much to do as it may have.
    @param silent: not all are disabled: where none was tried, the others fell silent, and it is a write.
    """
    if full:
        who = "the others that could take it have" if outcomes else "each member that could take it has"
        causes = [_causes(outcomes)] if outcomes else []
        return PoolFull(f"pool {pool}: {'; '.join([*causes, f'{who} max_in_flight requests already'])}")
    if not outcomes:
        why = "every upstream that is enabled fell silent" if silent else "every upstream is disabled"
        return NoUpstream(f"pool {pool}: {why}")
    return kind_of_error(outcomes)(f"pool {pool}: {_causes(outcomes)}")


def kind_of_error(outcomes: Sequence[Outcome]) -> type[UpstreamError]:
    """What a request that came to nothing fails with, by what came of its attempts."""
    if any(isinstance(outcome, LocalFailure) for outcome in outcomes):
        # Nobody knows what that one would have come to.
        return NoResources
    late = any(isinstance(outcome, TimedOut | WentDown) for outcome in outcomes)
    return UpstreamTimeout if late else UpstreamError


def _causes(outcomes: Sequence[Outcome]) -> str:
    return in_words([describe(outcome) for outcome in outcomes], _LISTED)
