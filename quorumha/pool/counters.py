"""L{Counters}: what a pool counts."""

from __future__ import annotations

from attrs import define


@define(eq=False)
class Counters:
    """Plain numbers of one pool, read when somebody asks.

    @ivar requests: requests or relayed connections taken.
    @ivar answered: of these, those that got an upstream's answer (HTTP) or
        an upstream's connection (TCP).
    @ivar failed: of these, those that the proxy had to answer itself, or cut.
    @ivar failovers: times another member was asked after one failed.
    @ivar mirrored: copies sent whole and answered.
    @ivar mirror_failed: copies that came to nothing.
    @ivar mirror_dropped: copies not sent because a bound was reached.
    """

    requests: int = 0
    answered: int = 0
    failed: int = 0
    failovers: int = 0
    mirrored: int = 0
    mirror_failed: int = 0
    mirror_dropped: int = 0
