"""L{Member}: one node's place in a pool, and what is known of it now."""

from __future__ import annotations

import math
from collections.abc import Callable

from attrs import Factory, define, field
from twisted.internet.defer import Deferred, succeed

from quorumha.numbers import MemberNumbers
from quorumha.pool.identity import Node
from quorumha.pool.passive_health import HEALTHY, Health
from quorumha.pool.upstream import Broken, ConnectFailed, Outcome, Responded, TimedOut, Upstream


@define(eq=False)
class Member:
    """One node's place in a pool: the frozen value, and what changes about it.

    Health and numbers are those of one use of it: of traffic, or of copies (L{for_copies}).  Checks keep
    theirs themselves.

    @ivar upstream: as configured; the pool replaces it when that changes.
    @ivar traffic: whether this is traffic's use, whose attempts say something of the member's health.
    @ivar eligible: whether it may get new connections or requests: enabled, and not removed.
    @ivar removed: it is no member any more; what it has in flight ends as it would.
    @ivar in_flight: connections or requests it has now; see L{release}.
    @ivar picked: times it was chosen.
    @ivar failed: failures reported.
    @ivar credit: what its balancing policy owes it.
    @ivar silent: its last check had no response in time, and no refusal; nor has a request had one since.
    @ivar faulty: its last check was bad; nor has a request had a response since.
    @ivar deep: that was a check of all that it needs, as its database: not any response proves it wrong.
    @ivar responded_at: when it responded last to a request though something was wrong with it, by the clock.
    @ivar down_since: when its checks put it down last, by the clock.
    @ivar up_since: when it recovered last, by the clock, and may have been started anew meanwhile;
        minus infinity: never.
    @ivar slow_since: when it recovered last, by the clock, while its share still grows; else None.
    @ivar starting: its checks have begun, and none is over yet.
    @ivar draining: it is disabled, and what it has yet is to end.
    @ivar numbers: what it has done since it is a member.
    @ivar on_idle: called when nothing is in flight at it any more; None: nobody waits for that.
    """

    upstream: Upstream
    traffic: bool = True
    node: Node = Factory(lambda self: self.upstream.node or Node(self.upstream.name), takes_self=True)
    health: Health = HEALTHY
    eligible: bool = field(init=False, default=Factory(lambda self: self.upstream.enabled, takes_self=True))
    removed: bool = False
    in_flight: int = 0
    picked: int = 0
    failed: int = 0
    credit: int = 0
    silent: bool = False
    faulty: bool = False
    deep: bool = False
    down_since: float = -math.inf
    responded_at: float = -math.inf
    up_since: float = -math.inf
    slow_since: float | None = None
    starting: bool = False
    draining: bool = False
    numbers: MemberNumbers = field(factory=MemberNumbers, repr=False)
    on_idle: Callable[[], None] | None = field(default=None, repr=False)
    _enabled: bool = field(init=False, default=Factory(lambda self: self.eligible, takes_self=True))
    _changed: Callable[[Member], None] | None = field(default=None, repr=False)
    _copies: Member | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """What logs, errors and tables call it; unique in its pool."""
        return self.upstream.name

    @property
    def enabled(self) -> bool:
        """The operator's word, apart from health.  Whoever assigns it disables or enables the member."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        changed, self._enabled = self._enabled != value, value
        self.eligible = value and not self.removed
        if value:
            self.draining = False
        if changed and self._changed is not None:
            self._changed(self)

    @property
    def asleep(self) -> bool:
        """Whether its checks put it down, and its last one had no response in time."""
        return self.silent and self.health.down

    def usable(self, now: float) -> bool:
        """Whether it may be picked before those that are ejected, down or disabled."""
        return self.eligible and self.health.usable(now)

    @property
    def full(self) -> bool:
        """Whether it has as many requests, or connections, as it may have."""
        most = self.upstream.max_in_flight
        return most > 0 and self.in_flight >= most

    def for_copies(self) -> Member:
        """The use that copies make of it: they count apart, and are held against nobody."""
        if self._copies is None:
            self._copies = Member(self.upstream, traffic=False, node=self.node, removed=self.removed)
        return self._copies

    def replace(self, upstream: Upstream) -> bool:
        """It is configured so from now on; whether that changes anything."""
        node = upstream.node or self.node
        if self.upstream == upstream and node is self.node:
            return False
        self.upstream, self.node = upstream, node
        if self._copies is not None:
            self._copies.upstream = upstream
        return True

    def remove(self) -> None:
        """It is no member any more."""
        self.removed, self.eligible = True, False
        if self._copies is not None:
            self._copies.remove()

    def count_attempt(self, outcome: Outcome | None) -> None:
        """An attempt came to this; None: nobody waited for it."""
        numbers = self.numbers
        match outcome:
            case Responded():
                numbers.responded += 1
            case ConnectFailed():
                numbers.connect_failed += 1
            case TimedOut():
                numbers.timed_out += 1
            case Broken():
                numbers.broken += 1
            case _:
                numbers.cancelled += 1

    def release(self) -> None:
        """One connection or request less; where that is hot it is done in place, as here."""
        self.in_flight -= 1
        if self.on_idle is not None and not self.in_flight:
            self.on_idle()

    def idle(self) -> Deferred[None]:
        """Fires when nothing is in flight; at once where nothing is.  Cancel it to wait no more."""
        if not self.in_flight:
            return succeed(None)
        before, waiting = self.on_idle, Deferred[None]()

        def on_idle() -> None:
            self.on_idle = None
            if before is not None:
                before()
            if not waiting.called:
                waiting.callback(None)

        self.on_idle = on_idle
        return waiting
