"""L{NamedEndpoint}: an upstream given by name, looked up at each dial; and L{race}, of its addresses.

The system's resolver keeps what it finds, for it knows the time to live.  Dials at the same time wait for one
lookup, in a thread of its own that nobody waits for at the end: so a name server that does not answer takes
one thread for each upstream, and holds up no stop.

The next address is dialled while the last one still says nothing (RFC 8305): one that swallows everything
would else use up the time that there is to connect.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import partial
from itertools import zip_longest
from threading import Thread
from typing import Any

from attrs import Factory, define, field
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
from zope.interface import implementer

from quorumha.endpoints.shared_look_up import LookUp, SharedLookUp, lack_of_descriptors
from quorumha.net.callbacks import Pending, dial
from quorumha.net.timeout import Limit
from quorumha.pool.dial_errors import NoThread, lack_of

#: Seconds until the next address is dialled, too: RFC 8305's Connection Attempt Delay.
NEXT_AFTER = 0.25


class INamedEndpoint(IStreamClientEndpoint):
    """An endpoint that looks up a name, and can dial one of its addresses by itself."""

    def at(address: str) -> IStreamClientEndpoint:
        """What dials this IP address, and looks up nothing."""


@define(eq=False)
@implementer(INamedEndpoint)
class NamedEndpoint:
    """Dials a name: looks it up at each dial, and tries its addresses in turn.

    @ivar look_up: never cancelled; it fails, or finds nothing, where there are no addresses.
    @ivar clock: says when an address that says nothing is not waited for alone; None: it is.
    """

    _look_up: LookUp
    _dial: Callable[[str], IStreamClientEndpoint]
    _clock: IReactorTime | None = None
    _found: SharedLookUp = Factory(lambda self: SharedLookUp(self._look_up), takes_self=True)

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to the first address that takes the connection.  Cancel the Deferred to give up.

        @return: fails with C{DNSLookupError}, or as L{race}.
        """
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    def at(self, address: str) -> IStreamClientEndpoint:
        """What dials this address of it."""
        return self._dial(address)

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        addresses = await self._found.addresses()
        if len(addresses) == 1:
            return await self._dial(addresses[0]).connect(factory)
        return await race(addresses, self._dial, factory, self._clock)


def look_up(
    reactor: Any, host: str, getaddrinfo: Callable[..., Sequence[Any]] = socket.getaddrinfo
) -> LookUp:
    """Ask the system's resolver, in a thread that ends with the answer.

    @return: what finds the addresses, IPv4 and IPv6 in turn; none where the name does not resolve.
    """

    def found_in_thread(finding: Deferred[list[str]]) -> None:
        try:
            rows = getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            lack = lack_of_descriptors()
            if lack is not None:
                reactor.callFromThread(finding.errback, lack)
                return
            rows = []
        reactor.callFromThread(finding.callback, _in_turn(rows))

    def find() -> Deferred[list[str]]:
        finding: Deferred[list[str]] = Deferred()
        looking = Thread(target=found_in_thread, args=(finding,), daemon=True, name=f"look up {host}")
        try:
            looking.start()
        except RuntimeError:
            finding.errback(NoThread())
        return finding

    return find


def _in_turn(rows: Sequence[Any]) -> list[str]:
    """The addresses, each once, IPv4 and IPv6 in turn (RFC 8305 section 4): one of them may lead nowhere."""
    families: dict[bool, list[str]] = {False: [], True: []}
    for row in rows:
        addresses = families[row[0] == socket.AF_INET6]
        if row[4][0] not in addresses:
            addresses.append(row[4][0])
    pairs = zip_longest(families[False], families[True])
    return [address for pair in pairs for address in pair if address is not None]


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
