"""L{EarlyFactory}: clients of whom something has to come before anything is built for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twisted.internet.interfaces import IProtocolFactory, IReactorTime
from twisted.protocols.policies import WrappingFactory

from quorumha.net.idle_clients import Idle
from quorumha.net.timeout import Limit

#: Called with the address of a client that is refused, and the cause.
Notify = Callable[[str, str], object]


def nobody(client: str, cause: str) -> None:  # nobody wants to know
    """In place of who is told of clients that are refused."""


class EarlyFactory(WrappingFactory[Any]):
    """Builds what another factory builds, for each client once what comes first has come."""

    noisy = False

    def __init__(
        self,
        factory: IProtocolFactory,
        clock: IReactorTime,
        timeout: Callable[[], float],
        refused: Notify = nobody,
    ) -> None:
        """
        @param timeout: gives the seconds that a client has for it; 0 means no limit.
        @param refused: told of each client at fault.
        """
        super().__init__(factory)  # type: ignore[no-untyped-call]  # Twisted's own
        self._clock = clock
        self._timeout = timeout
        self._refused = refused
        #: By who waits: since when, and the limit.
        self._early: dict[Any, tuple[float, Limit | None]] = {}

    def wait(self, protocol: Any, late: Callable[[], object]) -> None:
        """A client waits from now on; C{late} is called when it has taken too long."""
        seconds = self._timeout()
        limit = Limit(self._clock, seconds, late) if seconds else None
        self._early[protocol] = self._clock.seconds(), limit

    def waits(self, protocol: Any) -> bool:
        """Whether a client waits still."""
        return protocol in self._early

    def over(self, protocol: Any) -> None:
        """A client waits no more."""
        _, limit = self._early.pop(protocol, (0, None))
        if limit is not None:
            limit.cancel()

    def give_up(self, protocol: Any) -> bool:
        """End a client's connection, if it waits still; say whether it did."""
        waited = self.waits(protocol)
        if waited:
            self.over(protocol)
            protocol.transport.abortConnection()
        return waited

    def refuse(self, address: Any, cause: str) -> None:
        """Tell who wants to know."""
        self._refused(getattr(address, "host", "a unix socket"), cause)

    def in_handshake(self) -> Iterable[Idle]:
        """The clients that wait: whoever takes long for it may make room for others."""
        for protocol, (begun, _) in self._early.items():
            yield Idle(begun, partial(self.give_up, protocol))

    def doStop(self) -> None:
        """Who waits now is not waited for."""
        for protocol in list(self._early):
            protocol.transport.abortConnection()
        super().doStop()  # type: ignore[no-untyped-call]  # as above
