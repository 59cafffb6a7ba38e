"""Facts of GoQuorum listeners: as those of L{quorumha.events}, and nothing of parameters or results."""

from __future__ import annotations

from attrs import frozen


@frozen
class Behind:
    """A client has an answer of a member that is not known to have a block that the client has seen.

    @ivar pool: whose member it is.
    @ivar member: the best one that could be asked.
    @ivar height: the highest block that it is known to have; -1: none.
    @ivar seen: the highest block that the client has seen.
    """

    pool: str
    member: str
    height: int
    seen: int
