"""L{Spreading}: what became of an acknowledged transaction on its way to a second member.  Values."""

from __future__ import annotations

from enum import Enum


class Spreading(Enum):
    """What became of it."""

    #: A second member has it.
    SEEN = "seen"
    #: Its member lives, and no other one takes it, or there is none: the client gets its hash all the same.
    KEPT = "kept"
    #: Its member is gone, or another one has another transaction with its nonce: nobody knows whether it
    #: takes place.
    LOST = "lost"
