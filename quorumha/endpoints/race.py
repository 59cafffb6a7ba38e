"""L{race}: dials the addresses of one name, the next one while the last one still says nothing (RFC 8305).

An address that swallows everything would else use up the time that there is to connect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import (
    IAddress,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure

from quorumha.net.callbacks import Pending, dial
from quorumha.net.timeout import Limit
from quorumha.pool.dial_errors import lack_of

#: Seconds until the next address is dialled, too: RFC 8305's Connection Attempt Delay.
NEXT_AFTER = 0.25


def race(
    addresses: Sequence[str],
    endpoint_of: Callable[[str], IStreamClientEndpoint],
    factory: IProtocolFactory,
    clock: IReactorTime | None = None,
) -> Deferred[IProtocol]:
    """Connect to whichever address takes the connection first.  Cancel the Deferred to give up.

    @param addresses: at least one, the best first.
    @param clock: None: the next one is dialled only when the last one has failed.
    @return: fails as the address that failed last, or as the first one that failed otherwise than by having
        no connection; for a lack of our own only where there is no other cause.
    """
    gate = _Gate(factory)  # type: ignore[no-untyped-call]  # Twisted's own
    return _Race(list(addresses), endpoint_of, gate, clock).done


class _Gate(WrappingFactory[Any]):
    """Lets only one connection through, whatever comes late."""

    noisy = False
    closed = False

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Build the protocol of the connection that won; None for any later one."""
        return None if self.closed else self.wrappedFactory.buildProtocol(addr)


@define(eq=False)
class _Race:
    """One dial of several addresses; the first connection wins."""

    _left: list[str]
    _endpoint_of: Callable[[str], IStreamClientEndpoint]
    _gate: _Gate
    _clock: IReactorTime | None
    _pending: dict[str, Pending] = field(factory=dict, init=False)
    _limit: Limit | None = field(default=None, init=False)
    _failure: Failure | None = field(default=None, init=False)
    _dialling: bool = field(default=False, init=False)
    done: Deferred[IProtocol] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.done = Deferred(lambda _: self._stop())
        self._go_on()

    def _go_on(self) -> None:
        """Dial the next one that does not fail at once; a loop, for there may be many that do."""
        self._limit = None
        self._dialling = True
        while self._left and not self._gate.closed:
            address = self._left.pop(0)
            failed = partial(self._failed, address)
            pending = dial(self._endpoint_of(address), self._gate, self._connected, failed)
            if pending is not None:
                self._pending[address] = pending
                if self._left and self._clock is not None:
                    self._limit = Limit(self._clock, NEXT_AFTER, self._go_on)
                break
        self._dialling = False
        if not (self._gate.closed or self._left or self._pending):
            assert self._failure is not None
            self._fail(self._failure)

    def _connected(self, protocol: IProtocol) -> None:
        if not self._gate.closed:
            self._stop()
            self.done.callback(protocol)

    def _failed(self, address: str, failure: Failure) -> None:
        self._pending.pop(address, None)
        if self._gate.closed:
            return
        if self._failure is None or lack_of(failure.value) is None or lack_of(self._failure.value):
            # A machine without IPv6 lacks an address of its own for half of them: that excuses no node.
            self._failure = failure
        if not failure.check(ConnectError):
            self._fail(failure)
        elif not self._dialling:
            if self._limit is not None:
                self._limit.cancel()
            self._go_on()

    def _fail(self, failure: Failure) -> None:
        self._stop()
        self.done.errback(failure)

    def _stop(self) -> None:
        """Dial no more, and give up what is under way."""
        self._gate.closed = True
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        pending, self._pending = self._pending, {}
        for one in pending.values():
            one.cancel()
