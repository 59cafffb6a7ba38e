"""L{ProcessDrain}: the process is left alone by its clients: it is not ready, and later takes nobody new.

Load balancers look from time to time whether it is ready, so it takes clients for a while after it says
that it is not.  The admin's own listeners are never closed: somebody has to be able to take it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.admin.running import NotNow
from quorumha.app.listener import Listener
from quorumha.config.model import Config
from quorumha.events import DrainChanged, NotListening, Observers
from quorumha.net.timeout import Limit


@define(eq=False)
class ProcessDrain:
    """Whether the process is to be left alone.

    @ivar draining: it says that it is not ready.
    @ivar drained: it takes nobody new.
    """

    _clock: IReactorTime
    _observers: Observers
    _config: Callable[[], Config]
    _listeners: Callable[[], Sequence[Listener]]
    draining: bool = field(default=False, init=False)
    drained: bool = field(default=False, init=False)
    _stopping: bool = field(default=False, init=False)
    #: When it said so, by the clock.
    _since: float = field(default=0.0, init=False)
    _call: Limit | None = field(default=None, init=False)

    def drain(self) -> None:
        """Be not ready, and take nobody new after C{drain_delay}."""
        if not self.draining:
            delay = self._config().drain_delay
            self._not_ready("draining", delay)
            self._later(delay, self._take_nobody)

    def undrain(self) -> None:
        """Take all back.

        @raise NotNow: the process stops.
        """
        if self._stopping:
            raise NotNow("it stops already: start it again instead")
        was, self.draining = self.draining, False
        self.drained = False
        self._cancel()
        # Also those whose address another process had, when it was undrained last.
        for listener in self._listeners():
            try:
                listener.go_on()
            except OSError as error:
                reason = error.strerror or str(error)
                self._observers.notify(NotListening(listener.config.name, reason))
        if was:
            self._observers.notify(DrainChanged("undrained"))

    def before_stop(self, stop: Callable[[], object]) -> None:
        """Be not ready, and stop C{stop_delay} after that was said first."""
        self._stopping = True
        delay = self._config().stop_delay
        if self.draining:
            delay = max(self._since + delay - self._clock.seconds(), 0.0)
        if not delay:
            stop()
            return
        self._not_ready("stopping", delay)
        self._later(delay, stop)

    def follow(self) -> None:
        """Other listeners serve by now: they do as the others do."""
        if self.drained:
            for listener in self._listeners():
                listener.pause()

    def stop(self) -> None:
        """The process stops now."""
        self._stopping = True
        self._cancel()

    def _not_ready(self, step: str, seconds: float) -> None:
        if not self.draining:
            self._since = self._clock.seconds()
        self.draining = True
        self._observers.notify(DrainChanged(step, round(seconds, 3)))

    def _take_nobody(self) -> None:
        self._call = None
        self.drained = True
        self._observers.notify(DrainChanged("drained"))
        self.follow()

    def _later(self, seconds: float, then: Callable[[], object]) -> None:
        self._cancel()
        if seconds:
            self._call = Limit(self._clock, seconds, then)
        else:
            then()

    def _cancel(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None
