"""L{Place}: what all WebSockets to the members of one pool have in common."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from quorumha.http.wire.headers import HeaderRules


@frozen
class Place:
    """What all WebSockets to the members of one pool have in common.

    @ivar connect_timeout: seconds; 0: no limit of the dial's own.
    @ivar counted: each counts as one of those that a member may have at once.
    """

    clock: IReactorTime
    rules: HeaderRules
    ping_interval: float
    connect_timeout: float
    counted: bool = True
