"""A Posix reactor that is never run."""

from __future__ import annotations

from twisted.internet.posixbase import PosixReactorBase


class PosixReactor(PosixReactorBase):
    """Just its type counts: no waker, no signals, nothing installed."""

    def __init__(self) -> None:
        pass
