"""L{ProcessParts}: what a process has whatever its configuration says."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from twisted.internet.defer import Deferred, succeed

from quorumha.config.model import Config
from quorumha.endpoints import Endpoints
from quorumha.endpoints.certificates import Certificates
from quorumha.events import Full, Observers
from quorumha.health.shared_checks import SharedChecks
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.numbers import ListenerNumbers, ProcessNumbers
from quorumha.pool.pool import Member
from quorumha.process.in_thread import in_thread

T = TypeVar("T")


class ProcessParts:
    """What a process has.

    @ivar replay: what the bodies hold that are kept to be sent again.
    @ivar late: responses that no client waits for any more.
    @ivar checks: questions that several pools' checks have in common.
    @ivar in_thread: lets something be done that takes long, such as reading a file.
    @ivar certificates: what the files of C{tls} tables hold.
    @ivar numbers: what it has done as a whole.
    @ivar wall: gives the seconds since the epoch.
    @ivar prepare: what is done before a member of a pool, by the pool's name, comes back.
    """

    def __init__(
        self,
        reactor: Any,
        observers: Observers,
        endpoints: Endpoints,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.reactor = reactor
        self.wall = wall
        self.observers = observers
        self.endpoints = endpoints
        self.replay = ReplayBudget(filled=lambda: self.notify_full("the process"))
        self.mirror_budget = MirrorBudget(observers=observers)
        self.late = LateResponses(reactor, observers=observers)
        self.checks = SharedChecks(reactor)
        self.in_thread = in_thread(reactor)
        self.certificates = Certificates(observers.notify, self.in_thread)
        self.numbers = ProcessNumbers(certificates=self.certificates.ends)
        self.prepare: Callable[[str, Member], Deferred[None]] = lambda pool, member: succeed(None)
        self._listener_numbers: dict[str, ListenerNumbers] = {}
        #: There while anybody has one.
        self._shared: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

    def notify_full(self, whose: str) -> None:
        """A replay budget is full."""
        self.observers.notify(Full("replay-budget", whose))

    def take_limits(self, config: Config) -> None:
        """What the budgets hold from now on."""
        self.replay.limit, self.mirror_budget.limit = config.replay_budget, config.mirror_budget

    def listener_numbers(self, name: str) -> ListenerNumbers:
        """What the listener of this name has done; over a change, too."""
        return self._listener_numbers.setdefault(name, ListenerNumbers())

    def keep_numbers(self, listeners: Collection[str]) -> None:
        """Only these listeners are left, by name."""
        for name in self._listener_numbers.keys() - set(listeners):
            del self._listener_numbers[name]

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """What several listeners have together, also over a change; made when nobody has it."""
        found: T | None = self._shared.get(key)
        if found is None:
            found = self._shared[key] = make()
        return found
