"""L{NamedEndpoint}: an upstream given by name, looked up at each dial.

The system's resolver keeps what it finds, for it knows the time to live.  Dials at the same time wait for one
lookup, in a thread of its own that nobody waits for at the end: so a name server that does not answer takes
one thread for each upstream, and holds up no stop.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from itertools import zip_longest
from threading import Thread
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.endpoints.race import race
from quorumha.pool.dial_errors import NoThread, lack_of

#: Looks up one name; fires with its IP addresses.
LookUp = Callable[[], Deferred[list[str]]]


@define(eq=False)
@implementer(IStreamClientEndpoint)
class NamedEndpoint:
    """Dials a name: looks it up at each dial, and tries its addresses in turn.

    @ivar look_up: never cancelled; it fails, or finds nothing, where there are no addresses.
    @ivar clock: says when an address that says nothing is not waited for alone; None: it is.
    """

    _look_up: LookUp
    _dial: Callable[[str], IStreamClientEndpoint]
    _clock: IReactorTime | None = None
    _looking: bool = field(default=False, init=False)
    _waiting: list[Deferred[list[str]]] = field(factory=list, init=False)

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to the first address that takes the connection.  Cancel the Deferred to give up.

        @return: fails with C{DNSLookupError}, or as L{race}.
        """
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        addresses = await self._addresses()
        if len(addresses) == 1:
            return await self._dial(addresses[0]).connect(factory)
        return await race(addresses, self._dial, factory, self._clock)

    def _addresses(self) -> Deferred[list[str]]:
        waiting: Deferred[list[str]] = Deferred(self._forget)
        self._waiting.append(waiting)
        if not self._looking:
            self._looking = True
            self._look_up().addBoth(self._found)
        return waiting

    def _forget(self, waiting: Deferred[list[str]]) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def _found(self, found: list[str] | Failure) -> None:
        self._looking = False
        everyone, self._waiting = self._waiting, []
        for waiting in everyone:
            if isinstance(found, Failure) or not found:
                waiting.errback(_why_not_found(found))
            else:
                waiting.callback(found)


def _why_not_found(found: list[str] | Failure) -> Exception:
    """A lack of our own keeps its own error: the name is not to blame."""
    if isinstance(found, Failure) and isinstance(found.value, Exception) and lack_of(found.value):
        return found.value
    return DNSLookupError()


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
            lack = _lack_of_descriptors()
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


def _lack_of_descriptors() -> OSError | None:
    """What keeps this process from having a socket; the resolver only says that it found no name."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        return error
    return None
