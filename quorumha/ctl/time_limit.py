"""A limit for all that is done, however often something comes meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from quorumha.ctl.admin_client import CannotAsk


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let what is done within it take so long.  A timeout of a socket begins anew with every byte.

    @raise CannotAsk: it took longer.
    """

    def late(*_: object) -> None:
        raise CannotAsk(f"no whole response in {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
